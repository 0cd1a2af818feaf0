/** The ways out of a node: as the file writes them, and those that are there without being written. */
import { isSpecialLabel, SPECIAL_LABELS } from "../nodes/node.ts";
import type { CheckedNode } from "./check-nodes.ts";
import type { KeyPath } from "./load.ts";
import type { Fork, PlanNode, Ways } from "./plan.ts";
import type { Report } from "./report.ts";

/** The label that a `then` by labels may name for samples that pass a node by. */
export const SKIPPED = "skipped";

/** What the ways of a fork are called where labels are shown. */
export const FORKED = "side by side";

/** Reads a `then`; undefined where its form is already reported. */
export function readWays(then: unknown, at: KeyPath, report: Report): Ways | undefined {
  if (typeof then === "string") return { by: "one", to: then };
  if (Array.isArray(then)) return readCases(then, at, report);
  if (then === null || typeof then !== "object") return undefined;
  const to = then as Record<string, unknown>;
  if (isFork(to)) return { by: "fork", fork: to.fork, join: to.join };
  if (typeof to.fork === "string" && typeof to.join === "string") {
    const hint = `Write fork: [${to.fork}, <another node>].`;
    report.error("wrong-type", '"fork" must be a list of nodes, the first of each branch', [...at, "fork"], { hint });
    return undefined;
  }
  return Object.values(to).every((target) => typeof target === "string")
    ? { by: "label", to: to as Record<string, string> }
    : undefined;
}

function isFork(then: Record<string, unknown>): then is { fork: string[]; join: string } {
  return (
    Array.isArray(then.fork) && then.fork.every((head) => typeof head === "string") && typeof then.join === "string"
  );
}

function readCases(then: readonly unknown[], at: KeyPath, report: Report): Ways | undefined {
  const cases = then as { when?: string; to: string }[];
  const sound = (way: { when?: unknown; to?: unknown } | null) =>
    typeof way?.to === "string" && (way.when === undefined || typeof way.when === "string");
  if (cases.length === 0 || !cases.every(sound)) return undefined;
  // A `when` that was misspelt is one mistake, not also a list in the wrong order.
  if (cases.some((way) => Object.keys(way).some((key) => key !== "when" && key !== "to"))) return undefined;
  const elseAt = cases.findIndex((way) => way.when === undefined);
  if (elseAt < 0) {
    const message =
      "A sample that meets none of these conditions has nowhere to go: the list has no last way without `when`";
    report.error("no-else", message, at, { key: true, hint: "End the list with - { to: <node or outcome> }." });
    return undefined;
  }
  if (elseAt < cases.length - 1) {
    const message = `The way to "${cases[elseAt]!.to}" above has no \`when\` and takes every sample, so this one is never taken`;
    report.error("way-never-taken", message, [...at, elseAt + 1], { hint: "Put the way without `when` last." });
    return undefined;
  }
  return { by: "condition", cases };
}

type Way = { readonly to: string; readonly label: string };

/** The targets that the file names, with the label or condition that leads to each. */
export function writtenTargets({ then, onError }: Pick<PlanNode, "then" | "onError">): Way[] {
  const ways = targetsOfThen(then);
  return onError === undefined ? ways : [...ways, { to: onError, label: "failed" }];
}

function targetsOfThen(then: Ways): Way[] {
  switch (then.by) {
    case "one":
      return [{ to: then.to, label: "" }];
    case "label":
      return Object.entries(then.to).map(([label, to]) => ({ to, label }));
    case "condition":
      return then.cases.map(({ when, to }) => ({ to, label: when ?? "else" }));
    case "fork":
      // The join is no way of this node's own: the branches lead there.
      return then.fork.map((to) => ({ to, label: FORKED }));
  }
}

/** Every target a node's samples can go to: the written ones, and the outcomes of labels that it gives no way. */
export function targetsOf(node: Pick<CheckedNode, "then" | "onError" | "definition" | "limit">): Way[] {
  const written = writtenTargets(node);
  const named = new Set(written.map((way) => way.label));
  const special = [...node.definition.special, ...(node.limit === undefined ? [] : (["exhausted"] as const))];
  const implied = [...new Set(special)]
    .filter((label) => !named.has(label))
    .map((label) => ({ to: SPECIAL_LABELS[label], label }));
  return [...written, ...implied];
}

/** Where a `when` that is false leads. Undefined where the checker has reported that there is no such way. */
export function wayPast(node: Pick<PlanNode, "then">): string | Fork | undefined {
  switch (node.then.by) {
    case "one":
      return node.then.to;
    case "label":
      return node.then.to[SKIPPED];
    case "condition":
      return undefined;
    case "fork":
      return node.then;
  }
}

/** The same ways with other targets and conditions. */
export function mapTargets(then: Ways, target: (name: string) => string, condition: (text: string) => string): Ways {
  switch (then.by) {
    case "one":
      return { by: "one", to: target(then.to) };
    case "label":
      return { by: "label", to: Object.fromEntries(Object.entries(then.to).map(([label, to]) => [label, target(to)])) };
    case "condition": {
      const cases = then.cases.map(({ when, to }) => ({
        ...(when === undefined ? {} : { when: condition(when) }),
        to: target(to),
      }));
      return { by: "condition", cases };
    }
    case "fork":
      return { by: "fork", fork: then.fork.map(target), join: target(then.join) };
  }
}

/** The default outcome of a label that the graph gives no way for. */
export function defaultOutcome(label: string): string {
  return isSpecialLabel(label) ? SPECIAL_LABELS[label] : "failed";
}

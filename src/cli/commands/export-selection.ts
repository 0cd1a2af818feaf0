/** Which samples `mezzo export` takes: its flags, checked against the graph, as a selection. */
import { MezzoError } from "../../core/errors.ts";
import type { FinishedSample } from "../../data/finished.ts";
import type { Selection, Where } from "../../data/selection/choose.ts";
import { createConditions } from "../../graph/conditions.ts";
import type { Plan } from "../../graph/plan.ts";

export interface SelectionFlags {
  readonly where?: readonly string[];
  /** A student's size, such as 7B. */
  readonly rvCd?: string;
  readonly minTokens?: number;
  readonly maxTokens?: number;
  readonly nearDuplicates?: number;
  readonly mostPerProblem?: number;
  readonly best?: number;
  readonly rankBy?: string;
  readonly split?: number;
}

/** Undefined where nothing is asked for: the samples are then gone through once. Throws MezzoError for what can't be. */
export function selectionOf(plan: Plan, flags: SelectionFlags, index: Selection["benchmarks"]): Selection | undefined {
  requireRank(plan, flags.rankBy);
  const asked = [
    ...(flags.rvCd === undefined ? [] : [rvCdRule(plan, flags.rvCd)]),
    ...(flags.where ?? []).map((text) => conditionOf(plan, text)),
  ];
  const { minTokens, maxTokens, nearDuplicates, mostPerProblem, best, rankBy } = flags;
  const selection = {
    ...{ where: asked.length === 0 ? undefined : asked, minTokens, maxTokens, nearDuplicates, mostPerProblem },
    ...{ best, rankBy, validation: flags.split, benchmarks: index },
  };
  const given = Object.fromEntries(Object.entries(selection).filter(([, value]) => value !== undefined));
  return Object.keys(given).length === 0 ? undefined : given;
}

/** A condition over the sample's fields, checked for names and types before a single sample is read. */
function conditionOf(plan: Plan, text: string): Where {
  const compiled = createConditions(plan.state, Object.keys(plan.nodes)).compile(text);
  if ("code" in compiled) {
    const { code, message, hint, start, end } = compiled;
    const one = text.replaceAll("\n", " ");
    const caret = `${" ".repeat(start)}${"^".repeat(Math.max(1, end - start))}`;
    throw new MezzoError(code, `--where can't be asked: ${message}\n  ${one}\n  ${caret}`, { hint, exitCode: 2 });
  }
  return { text, holds: (sample) => askOf(() => compiled.holds(sample.state, visitsOf(sample))) };
}

/** Undefined where the sample lacks a field: it is left out for that, and told apart. */
function askOf(holds: () => boolean): boolean | undefined {
  try {
    return holds();
  } catch (thrown) {
    if (thrown instanceof MezzoError && thrown.code === "absent-field") return undefined;
    throw thrown;
  }
}

function visitsOf({ steps }: FinishedSample): Record<string, number> {
  const visits: Record<string, number> = {};
  for (const { node, visit } of steps) visits[node] = Math.max(visits[node] ?? 0, visit);
  return visits;
}

/**
 * What the second method keeps of its chains: a right answer, RV from 3 to 5, CD 4 (the filter published with the
 * DistilQwen ThoughtX recipe, easydistill v1.0.0; its one example, taken for the 7B student). For other sizes nothing
 * was published: there CD moves by one for each doubling, which is our own rule, and the name of the filter says so.
 */
function rvCdRule(plan: Plan, size: string): Where {
  const usage = (message: string, hint: string) => new MezzoError("usage", message, { hint, exitCode: 2 });
  const billions = /^(\d+(?:\.\d+)?)\s*B$/i.exec(size.trim())?.[1];
  if (billions === undefined || Number(billions) === 0) {
    throw usage(`--rv-cd ${size}: the size of a student is expected`, "In billions of parameters, such as 7B or 1.5B.");
  }
  const lacking = ["rv", "cd"].filter((field) => plan.state[field]?.type !== "number");
  if (lacking.length > 0) {
    const hint = "graphs/variable-length.yaml scores both.";
    throw usage(`--rv-cd needs the numbers rv and cd, and the graph has no ${lacking.join(" and no ")}`, hint);
  }
  const level = Math.max(0, Math.min(9, Math.round(4 + Math.log2(Number(billions) / 7))));
  const source = level === 4 ? "as published" : "CD by our own rule";
  return {
    text: `rv-cd ${billions}B: RV 3 to 5, CD ${level} (${source})`,
    holds: ({ outcome, state: { rv, cd } }) => {
      if (typeof rv !== "number" || typeof cd !== "number") return undefined;
      return outcome === "accepted" && rv >= 3 && rv <= 5 && cd === level;
    },
  };
}

function requireRank(plan: Plan, field: string | undefined): void {
  if (field === undefined || plan.state[field]?.type === "number") return;
  const numbers = Object.keys(plan.state).filter((name) => plan.state[name]!.type === "number");
  const hint = numbers.length === 0 ? "The graph has none." : `The graph has: ${numbers.join(", ")}.`;
  throw new MezzoError("usage", `--rank-by ${field}: a number in the graph's state is expected`, { hint, exitCode: 2 });
}

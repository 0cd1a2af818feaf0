/** A sample's way, step by step: what there is to see at each, and what it looks like on the graph. */

import { isOutcome } from "../../../core/sample.ts";
import type { DrawnEdge, DrawnNode, SampleView, StepView } from "../../api.ts";
import type { EdgeLook, NodeLook } from "../graph/picture.tsx";
import { wordFor } from "../parts/marks.tsx";
import { plain } from "../parts/plain.tsx";
import type { Note } from "./trace-view.tsx";

/** Which two versions of the trace a step is read by. */
export interface Versions {
  readonly before:
    | { readonly step: StepView; readonly text: StepView["before"]; readonly note: Note | undefined }
    | undefined;
  readonly after: { readonly text: StepView["after"]; readonly note: Note | undefined };
}

/**
 * A step that rewrote is read as before and after. One that judged is read with the version before the one it judged:
 * so each verdict is seen against the attempt that it follows.
 */
export function versionsAt(all: readonly StepView[], index: number): Versions {
  const step = all[index]!;
  const steps = storyOf(all, step);
  const at = steps.indexOf(step);
  const wrote = steps.findLastIndex((each, place) => place <= at && didWrite(each) && each.before !== null);
  const own = noteOf(step);
  const after = { text: step.after, note: own ?? noteAfter(steps, at, wrote) };
  if (wrote === -1) return { before: undefined, after };
  const writer = steps[wrote]!;
  const finding = steps.slice(0, wrote).findLast((each) => noteOf(each) !== undefined);
  const before = { step: writer, text: writer.before, note: finding && noteOf(finding) };
  return { before, after };
}

/** The steps that a step follows from: what another go left behind is no part of the way that led here. */
function storyOf(steps: readonly StepView[], step: StepView): readonly StepView[] {
  return step.current ? steps.filter((each) => each.current) : steps;
}

/** What is said of a version stays true until there is another. */
function noteAfter(steps: readonly StepView[], at: number, wrote: number): Note | undefined {
  const judged = steps.findLast((each, index) => index <= at && index > wrote && noteOf(each) !== undefined);
  return judged && noteOf(judged);
}

function didWrite(step: StepView): boolean {
  return Object.hasOwn(step.writes, "trace") && step.label !== "answer-lost";
}

export function noteOf(step: Pick<StepView, "node" | "visit" | "evidence">): Note | undefined {
  const verdict = step.evidence?.verdict;
  return verdict === undefined
    ? undefined
    : { by: step.visit > 1 ? `${step.node} (visit ${step.visit})` : step.node, verdict };
}

/** The ways that a step took: to the next place, over the nodes it passed by. */
function waysOf(step: Pick<StepView, "node" | "skipped" | "next">): string[] {
  const places = [step.node, ...step.skipped, step.next];
  return places.slice(1).map((place, index) => `${places[index]}>${place}`);
}

export function wayLooks(view: SampleView, at: number) {
  const been = new Map<string, number[]>();
  const story = view.steps[at] === undefined ? view.steps : storyOf(view.steps, view.steps[at]);
  for (const [index, step] of view.steps.entries())
    if (story.includes(step)) been.set(step.node, [...(been.get(step.node) ?? []), index + 1]);
  const gone = new Map<string, number>();
  const first = view.steps[0];
  const fromStart = first === undefined ? [] : startWays(view, first.node);
  for (const way of [...fromStart, ...story.flatMap(waysOf)]) gone.set(way, (gone.get(way) ?? 0) + 1);
  const here = view.steps[at];
  const now = new Set(here === undefined ? [] : waysOf(here));
  return {
    node: (node: DrawnNode): NodeLook => {
      const visits = been.get(node.name) ?? [];
      const isEnd = isOutcome(node.name) && view.row.outcome === node.name;
      const isOn = visits.length > 0 || isEnd || node.role === "start";
      const words = visits.join(", ");
      return {
        corner: node.role === "outcome" ? "" : words,
        says: `${plain(node.name)}${words === "" ? "" : `: step ${words}, ${labelsOf(view, node.name)}`}`,
        ...(here?.node === node.name ? { mood: "here" } : isOn ? { mood: "on" } : { mood: "dim" }),
      };
    },
    edge: (edge: DrawnEdge): EdgeLook => {
      const times = gone.get(`${edge.from}>${edge.to}`) ?? 0;
      return {
        text: times > 1 ? `${times} ×` : "",
        weight: now.has(`${edge.from}>${edge.to}`) ? 0.25 : 0.02,
        mood: times > 0 ? "on" : "dim",
      };
    },
    isDrawn: (edge: DrawnEdge) => gone.has(`${edge.from}>${edge.to}`),
  };
}

/** From the start to the first step, over nodes that were passed by; no event of a step tells this. */
function startWays(view: SampleView, first: string): string[] {
  const { drawn } = view;
  const queue: string[][] = [["start"]];
  const seen = new Set(["start"]);
  for (let way = queue.shift(); way !== undefined; way = queue.shift()) {
    const last = way.at(-1)!;
    if (last === first) return way.slice(1).map((place, index) => `${way[index]}>${place}`);
    for (const edge of drawn.edges) {
      if (edge.from !== last || seen.has(edge.to)) continue;
      seen.add(edge.to);
      queue.push([...way, edge.to]);
    }
  }
  return [];
}

function labelsOf(view: SampleView, node: string): string {
  return view.steps
    .filter((step) => step.node === node)
    .map((step) => wordFor(step.label))
    .join(", then ");
}

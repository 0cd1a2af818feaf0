/** What a run's numbers look like on its graph: piles of waiting samples, ratings, widths of ways, how often a loop is gone. */

import type { RunView } from "../../../core/events.ts";
import { isOutcome } from "../../../core/sample.ts";
import type { DrawnEdge, DrawnGraph, DrawnNode, SampleCounts } from "../../api.ts";
import { brief, count, plural, share, time, usd } from "../format.ts";
import type { EdgeLook, NodeLook } from "../graph/picture.tsx";
import { toneOf, wordFor } from "../parts/marks.tsx";
import { plain } from "../parts/plain.tsx";

export interface RunPicture {
  readonly view: RunView;
  readonly drawn: DrawnGraph;
  /** Of all samples, and of those that the filter lets through, where there is one. */
  readonly all: SampleCounts | undefined;
  readonly matching: SampleCounts | undefined;
  readonly query: URLSearchParams;
}

export function nodeLook({ view, drawn, all, matching, query }: RunPicture, node: DrawnNode): NodeLook {
  if (node.role === "start") return { says: `${plural(view.started, "sample")} started` };
  if (node.role === "outcome") {
    const ended = isOutcome(node.name) ? view.outcomes[node.name] : 0;
    const matches = isOutcome(node.name) ? matching?.outcomes[node.name] : undefined;
    return {
      corner: brief(ended),
      says: `${plain(node.name)}: ${plural(ended, "sample")}, ${share(ended, view.samples)} of all`,
      isChosen: query.getAll("outcome").includes(node.name),
      ...(matches === 0 ? { mood: "dim" } : {}),
    };
  }
  const now = view.nodes[node.name];
  const visits = now?.visits ?? 0;
  const waiting = now?.waiting ?? 0;
  const isLoop = drawn.edges.some((edge) => edge.back && (edge.to === node.name || edge.from === node.name));
  const distinct = all?.nodes[node.name] ?? 0;
  const turns = isLoop && distinct > 0 && visits > distinct ? `↺ ${(visits / distinct).toFixed(1)}` : undefined;
  const labels = Object.entries(now?.labels ?? {}).sort(([one], [other]) => order(one) - order(other));
  const mean = visits === 0 ? undefined : time((now?.ms ?? 0) / visits);
  const cost = now === undefined || now.costUsd === 0 ? undefined : usd(now.costUsd);
  return {
    corner: [turns, node.kind].filter((word) => word !== undefined).join(" · "),
    // What only ever ends in one way needs no bar.
    ...(labels.length > 1 || labels.some(([label]) => toneOf(label) !== undefined) ? { bar: labels } : {}),
    facts: [
      [
        waiting > 0 ? `${brief(waiting)} ${waiting === now?.forPerson ? "for a person" : "here"}` : "",
        `${brief(visits)} done`,
      ]
        .filter((word) => word !== "")
        .join(" · "),
      [mean, cost].filter((word) => word !== undefined).join(" · "),
    ].filter((fact) => fact !== ""),
    says: [
      `${plain(node.name)} (${node.kind ?? "node"}): ${count(waiting)} waiting, ${plural(visits, "visit")}`,
      ...labels.map(([label, n]) => `${wordFor(label)} ${count(n)}`),
      mean === undefined ? "" : `${mean} on average`,
      cost ?? "",
      now !== undefined && now.skipped > 0 ? `${count(now.skipped)} passed by` : "",
    ]
      .filter((word) => word !== "")
      .join(", "),
    isChosen: query.getAll("node").includes(node.name) || query.getAll("here").includes(node.name),
    ...(matching !== undefined && (matching.nodes[node.name] ?? 0) + (matching.here[node.name] ?? 0) === 0
      ? { mood: "dim" }
      : {}),
  };
}

/** Ratings first, in the order of their weight; then whatever else a node can find. */
function order(label: string): number {
  return ["easy", "medium", "hard", "written", "kept"].indexOf(label) + 1 || 9;
}

export function edgeLook({ view, matching, query }: RunPicture, edge: DrawnEdge): EdgeLook {
  const key = `${edge.from}>${edge.to}`;
  const went = view.edges[key] ?? 0;
  const most = Math.max(1, ...Object.values(view.edges));
  return {
    text: went === 0 ? "" : brief(went),
    weight: went / most,
    says: `${plain(edge.from)} to ${plain(edge.to)}${edge.label === "" ? "" : ` (${plain(edge.label)})`}: went ${plural(went, "time")}`,
    isChosen: query.getAll("edge").includes(key),
    ...(matching !== undefined && (matching.edges[key] ?? 0) === 0 ? { mood: "dim" } : {}),
  };
}

/**
 * Where each node of a graph stands and how its edges run. dagre ranks the nodes from top to bottom; every edge is given
 * room for its label, which also keeps the two ways of a loop apart: one goes down through one label, one comes up
 * through another. Which edges lead back is known from the graph: they are ranked the other way round, else dagre would
 * choose some edge of the loop by itself and set nodes below those that they come before.
 */
import { Graph, layout as place } from "@dagrejs/dagre";

export interface PictureNode {
  readonly name: string;
  readonly shape: "start" | "node" | "outcome";
}
export interface PictureEdge {
  readonly from: string;
  readonly to: string;
  /** Leads back to where a sample may have been. */
  readonly back: boolean;
}
export interface Point {
  readonly x: number;
  readonly y: number;
}
export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Top left corners and sizes, by name. */
  readonly nodes: ReadonlyMap<string, Point & { readonly width: number; readonly height: number }>;
  /** By `from>to`. The first and last point lie on the nodes' borders. */
  readonly edges: ReadonlyMap<string, { readonly points: readonly Point[]; readonly label: Point }>;
}

/** Room for numbers; or for names alone, where the picture is a map in a corner. */
const SIZES = {
  full: {
    start: { width: 20, height: 20 },
    node: { width: 232, height: 60 },
    outcome: { width: 132, height: 30 },
    label: { width: 58, height: 18 },
    apart: { nodesep: 26, edgesep: 14, ranksep: 26 },
  },
  small: {
    start: { width: 14, height: 14 },
    node: { width: 118, height: 32 },
    outcome: { width: 96, height: 24 },
    label: { width: 26, height: 14 },
    apart: { nodesep: 12, edgesep: 8, ranksep: 14 },
  },
} as const;
export type Size = keyof typeof SIZES;

export function layOut(nodes: readonly PictureNode[], edges: readonly PictureEdge[], size: Size): Layout {
  const graph = new Graph({ multigraph: true });
  const sizes = SIZES[size];
  graph.setGraph({ rankdir: "TB", ...sizes.apart, marginx: 8, marginy: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { name, shape } of nodes) graph.setNode(name, { ...sizes[shape] });
  for (const { from, to, back } of edges) {
    const [above, below] = back ? [to, from] : [from, to];
    graph.setEdge(above, below, { ...sizes.label, labelpos: "c", weight: back ? 1 : 2 }, `${from}>${to}`);
  }
  place(graph);
  return {
    width: graph.graph().width ?? 0,
    height: graph.graph().height ?? 0,
    nodes: new Map(
      nodes.map(({ name }) => {
        const { x, y, width, height } = graph.node(name) as { x: number; y: number; width: number; height: number };
        return [name, { x: x - width / 2, y: y - height / 2, width, height }];
      }),
    ),
    edges: new Map(
      edges.map(({ from, to, back }) => {
        const [above, below] = back ? [to, from] : [from, to];
        const edge = graph.edge(above, below, `${from}>${to}`) as unknown as { points: Point[]; x: number; y: number };
        const points = back ? edge.points.toReversed() : edge.points;
        return [`${from}>${to}`, { points, label: { x: edge.x, y: edge.y } }];
      }),
    ),
  };
}

/** A smooth way through the points, straight to the middle of each stretch and bent at each point; and its arrow. */
export function drawWay(points: readonly Point[], width: number): { readonly path: string; readonly arrow: string } {
  const [first, ...rest] = points;
  const tip = rest.at(-1);
  if (first === undefined || tip === undefined) return { path: "", arrow: "" };
  const from = rest.at(-2) ?? first;
  const length = Math.hypot(tip.x - from.x, tip.y - from.y) || 1;
  const [dx, dy] = [(tip.x - from.x) / length, (tip.y - from.y) / length];
  // The line ends inside its arrow, so that a wide one does not blunt the tip.
  const reach = 7 + width;
  const half = 2.5 + width * 0.8;
  const neck = { x: tip.x - dx * reach, y: tip.y - dy * reach };
  const arrow = `M${at(tip)}L${at({ x: neck.x - dy * half, y: neck.y + dx * half })}L${at({ x: neck.x + dy * half, y: neck.y - dx * half })}Z`;
  const end = { x: neck.x + dx, y: neck.y + dy };
  let path = `M${at(first)}`;
  for (let index = 0; index < rest.length - 1; index++) {
    const [bend, next] = [rest[index]!, rest[index + 1]!];
    const isLast = index === rest.length - 2;
    path += `Q${at(bend)} ${at(isLast ? end : { x: (bend.x + next.x) / 2, y: (bend.y + next.y) / 2 })}`;
  }
  if (rest.length === 1) path += `L${at(end)}`;
  return { path, arrow };
}

function at({ x, y }: Point): string {
  return `${Math.round(x * 10) / 10},${Math.round(y * 10) / 10}`;
}

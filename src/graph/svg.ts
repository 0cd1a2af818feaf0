/**
 * A drawn graph as a picture of its own: one SVG with its style inside, light or dark as its reader has it, laid out by
 * dagre from top to bottom. Each edge is given room for its words, which also keeps the two ways of a loop apart; edges
 * that lead back are ranked the other way round, else dagre would choose some edge of the loop by itself.
 *
 * No script, no font and no file from elsewhere: it can stand in a page, a README or a mail. Names, conditions and labels are
 * text, whatever they hold.
 */
import { Graph, layout } from "@dagrejs/dagre";
import type { DrawnEdge, DrawnGraph, DrawnNode } from "./drawing.ts";
import { type Counts, factsOf, wordsOf } from "./picture.ts";

interface Point {
  readonly x: number;
  readonly y: number;
}
interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

const [NAME_SIZE, TEXT_SIZE, LINE] = [13, 11, 15];
/** Most characters of a line beside an edge, and in a node. */
const [EDGE_CHARS, NODE_CHARS] = [26, 34];
const MARGIN = 16;

export function drawSvg(drawn: DrawnGraph, counts?: Counts): string {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: "TB", nodesep: 36, edgesep: 16, ranksep: 30, marginx: MARGIN, marginy: MARGIN });
  graph.setDefaultEdgeLabel(() => ({}));
  const texts = new Map(drawn.nodes.map((node) => [node.name, textOf(node, counts)]));
  for (const node of drawn.nodes) graph.setNode(node.name, { ...sizeOf(node, texts.get(node.name)!) });
  for (const edge of drawn.edges) {
    const [above, below] = edge.back ? [edge.to, edge.from] : [edge.from, edge.to];
    const lines = linesBeside(edge, counts);
    const size = { width: widest(lines, TEXT_SIZE) + 10, height: Math.max(1, lines.length) * LINE };
    graph.setEdge(above, below, { ...size, labelpos: "c", weight: edge.back ? 1 : 2 }, keyOf(edge));
  }
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  const most = Math.max(1, ...Object.values(counts?.edges ?? {}));
  const edges = drawn.edges.map((edge) => {
    const [above, below] = edge.back ? [edge.to, edge.from] : [edge.from, edge.to];
    const placed = graph.edge(above, below, keyOf(edge)) as unknown as Point & { points: readonly Point[] };
    const taken = counts && (counts.edges[keyOf(edge)] ?? 0);
    const weight = taken === undefined ? 1.4 : taken === 0 ? 1 : 1.4 + 3 * (taken / most);
    return {
      way: drawWay(edge, edge.back ? placed.points.toReversed() : placed.points, { weight, isIdle: taken === 0 }),
      words: drawText(linesBeside(edge, counts), placed, taken === 0 ? "words idle" : "words"),
    };
  });
  const nodes = drawn.nodes.map((node) => drawNode(node, graph.node(node.name) as Box, texts.get(node.name)!));
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}" role="img" aria-labelledby="title">`,
    `<title id="title">${escapeXml(`The graph ${drawn.graph}`)}</title>`,
    STYLE,
    `<rect class="ground" width="${w}" height="${h}"/>`,
    ...edges.map(({ way }) => way),
    ...nodes,
    ...edges.flatMap(({ words }) => words),
    "</svg>\n",
  ].join("\n");
}

const STYLE = `<style>
svg { --ground: #ffffff; --ink: #1c2430; --soft: #566173; --line: #8a94a6; --node: #f4f6fa; --edge: #c6cddb; --end: #e8f3ec; --endline: #7fae90; }
@media (prefers-color-scheme: dark) {
  svg { --ground: #14181f; --ink: #e8ecf3; --soft: #a3adbd; --line: #7b8698; --node: #1f2530; --edge: #3c4656; --end: #1b2c23; --endline: #4e7f62; }
}
text { font-family: system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: var(--ink); text-anchor: middle; }
.ground { fill: var(--ground); }
.node { fill: var(--node); stroke: var(--edge); }
.outcome { fill: var(--end); stroke: var(--endline); }
.start { fill: var(--line); }
.name { font-size: ${NAME_SIZE}px; font-weight: 600; }
.fact, .words { font-size: ${TEXT_SIZE}px; fill: var(--soft); }
.words { paint-order: stroke; stroke: var(--ground); stroke-width: 4px; stroke-linejoin: round; }
.way { fill: none; stroke: var(--line); }
.tip { fill: var(--line); }
.implied { stroke-dasharray: 4 4; }
.idle { opacity: 0.5; }
</style>`;

/** A node's lines: its name, then what is to say of it. */
function textOf(node: DrawnNode, counts?: Counts): readonly string[] {
  if (node.role === "start") return [];
  return [node.name, ...factsOf(node, counts).flatMap((fact) => wrap(fact, NODE_CHARS))];
}

function linesBeside(edge: DrawnEdge, counts?: Counts): readonly string[] {
  return wordsOf(edge, counts).flatMap((line) => wrap(line, EDGE_CHARS));
}

function sizeOf({ role }: DrawnNode, lines: readonly string[]): { width: number; height: number } {
  if (role === "start") return { width: 16, height: 16 };
  const width = Math.max(widest(lines.slice(0, 1), NAME_SIZE), widest(lines.slice(1), TEXT_SIZE)) + 28;
  return { width: Math.max(width, role === "node" ? 120 : 90), height: lines.length * LINE + 16 };
}

function drawNode({ role, name }: DrawnNode, box: Box, lines: readonly string[]): string {
  if (role === "start") return `<circle class="start" cx="${round(box.x)}" cy="${round(box.y)}" r="7"/>`;
  const [x, y] = [box.x - box.width / 2, box.y - box.height / 2];
  const rx = role === "node" ? 6 : box.height / 2;
  const texts = lines.map((line, at) => {
    const baseline = y + 8 + LINE * at + LINE * 0.75;
    return `<text class="${at === 0 ? "name" : "fact"}" x="${round(box.x)}" y="${round(baseline)}">${escapeXml(line)}</text>`;
  });
  const rect = `<rect class="${role}" x="${round(x)}" y="${round(y)}" width="${round(box.width)}" height="${round(box.height)}" rx="${round(rx)}"/>`;
  return `<g><title>${escapeXml(name)}</title>${rect}${texts.join("")}</g>`;
}

/** A smooth way through the points, bent at each of them, and its tip. */
function drawWay(
  edge: DrawnEdge,
  points: readonly Point[],
  { weight, isIdle }: { weight: number; isIdle: boolean },
): string {
  const [first, ...rest] = points;
  const tip = rest.at(-1);
  if (first === undefined || tip === undefined) return "";
  const from = rest.at(-2) ?? first;
  const length = Math.hypot(tip.x - from.x, tip.y - from.y) || 1;
  const [dx, dy] = [(tip.x - from.x) / length, (tip.y - from.y) / length];
  const [reach, half] = [7 + weight, 2.5 + weight];
  const neck = { x: tip.x - dx * reach, y: tip.y - dy * reach };
  let path = `M${show(first)}`;
  for (const [at, bend] of rest.slice(0, -1).entries()) {
    const next = rest[at + 1]!;
    const isLast = at === rest.length - 2;
    path += `Q${show(bend)} ${show(isLast ? neck : { x: (bend.x + next.x) / 2, y: (bend.y + next.y) / 2 })}`;
  }
  if (rest.length === 1) path += `L${show(neck)}`;
  const left = { x: neck.x - dy * half, y: neck.y + dx * half };
  const right = { x: neck.x + dy * half, y: neck.y - dx * half };
  const kind = `${edge.written ? "way" : "way implied"}${isIdle ? " idle" : ""}`;
  const line = `<path class="${kind}" stroke-width="${round(weight)}" d="${path}"/>`;
  return `${line}<path class="tip${isIdle ? " idle" : ""}" d="M${show(tip)}L${show(left)}L${show(right)}Z"/>`;
}

function drawText(lines: readonly string[], { x, y }: Point, kind: string): string[] {
  const top = y - (lines.length * LINE) / 2 + LINE * 0.75;
  return lines.map(
    (line, at) => `<text class="${kind}" x="${round(x)}" y="${round(top + at * LINE)}">${escapeXml(line)}</text>`,
  );
}

/** Lines of at most so many characters, broken between words; a longer word is broken too. */
function wrap(text: string, most: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").flatMap((whole) => cut(whole, most))) {
    if (line !== "" && line.length + 1 + word.length > most) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return line === "" ? lines : [...lines, line];
}

function cut(word: string, most: number): string[] {
  const parts: string[] = [];
  for (let at = 0; at < word.length; at += most) parts.push(word.slice(at, at + most));
  return parts;
}

/** About: nobody can measure a font that the reader brings. Chinese characters are as wide as they are high. */
function widest(lines: readonly string[], size: number): number {
  const widthOf = (line: string) => [...line].reduce((sum, char) => sum + (char > "\u2e7f" ? 1 : 0.56), 0);
  return Math.max(0, ...lines.map(widthOf)) * size;
}

function keyOf({ from, to }: DrawnEdge): string {
  return `${from}>${to}`;
}

function show({ x, y }: Point): string {
  return `${round(x)},${round(y)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Characters that XML has no place for at all become a sign that something stood there. */
function escapeXml(text: string): string {
  const legal = text.toWellFormed().replace(/[^\P{Cc}\t]|[\uFFFE\uFFFF]/gu, "\uFFFD");
  return legal.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

/**
 * The second recipe on real chains: how chunk sizes go with complexity, whether chunks rejoin to the byte, what the graph
 * makes of the chains, and what a bound on depth costs before and after rewriting.
 *
 *   node bench/variable-length.ts [--files math_long,science_long] [--only texts,depth,servers]     reads ../shared/data
 */
import { readdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { cutChunks, nestingOf } from "../src/core/chunks.ts";
import { createGrader } from "../src/nodes/answers/index.ts";
import { readRows } from "./variable-length/rows.ts";
import { BOUNDS, confusionOf, figuresOf, fitAll, withServers } from "./variable-length/runs.ts";

const FOLDER = "../shared/data";
const RULE = { low: 0.25, base: 2, most: 6 };
const { values } = parseArgs({
  options: {
    files: { type: "string", default: "math_long,science_long" },
    only: { type: "string", default: "texts,depth,servers" },
  },
});
const FILES = values.files.split(",").map((name) => `traces_${name}.jsonl.gz`);
const wants = (part: string) => values.only.split(",").includes(part);

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return value === null || typeof value !== "object" ? [] : Object.values(value).flatMap(textsIn);
}

function ranks(values: readonly number[]): number[] {
  const order = values.map((value, at) => ({ value, at })).toSorted((a, b) => a.value - b.value);
  const ranked = new Array<number>(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && order[to]!.value === order[from]!.value) to++;
    for (let at = from; at < to; at++) ranked[order[at]!.at] = (from + to - 1) / 2;
    from = to;
  }
  return ranked;
}

function spearman(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [ranks(a), ranks(b)];
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  const dot = x.reduce((sum, value, at) => sum + (value - mx) * (y[at]! - my), 0);
  const length = (values: readonly number[], m: number) =>
    Math.sqrt(values.reduce((sum, value) => sum + (value - m) ** 2, 0));
  return dot / (length(x, mx) * length(y, my));
}

if (wants("texts")) {
  let records = 0;
  let texts = 0;
  let torn = 0;
  for (const file of readdirSync(FOLDER).filter((name) => /\.jsonl(\.gz)?$/.test(name))) {
    for (const row of readRows(`${FOLDER}/${file}`)) {
      records++;
      for (const text of textsIn(row)) {
        texts++;
        if (cutChunks(text, RULE).chunks.join("") !== text) torn++;
      }
    }
  }
  console.log(JSON.stringify({ records, texts, torn }));

  for (const file of FILES) {
    const chains = readRows(`${FOLDER}/${file}`)
      .map((row) => String(row.reasoning))
      .filter((text) => text !== "");
    const cut = chains.map((text) => ({ ...cutChunks(text, RULE), nesting: nestingOf(text) }));
    const many = cut.filter(({ chunks }) => chunks.length > 1);
    const size = many.map(({ chunks, paragraphs }) => paragraphs / chunks.length);
    const depth = cut.map(({ chunks, nesting }) => Math.max(chunks.length, nesting));
    const within = (bound: number) => Number((depth.filter((each) => each <= bound).length / depth.length).toFixed(3));
    console.log(
      JSON.stringify({
        ...{ file, chains: chains.length, singleStep: chains.length - many.length },
        sizeAgainstComplexity: Number(
          spearman(
            size,
            many.map(({ complexity }) => complexity),
          ).toFixed(2),
        ),
        medianChunks: cut.map(({ chunks }) => chunks.length).toSorted((a, b) => a - b)[cut.length >> 1],
        within: { 3: within(3), 4: within(4), 6: within(6), 8: within(8), none: 1 },
        nestingWithin: Object.fromEntries(
          [1, 2, 3, 4, 6].map((bound) => [
            bound,
            Number((cut.filter(({ nesting }) => nesting <= bound).length / cut.length).toFixed(3)),
          ]),
        ),
      }),
    );
  }
}

const grader = createGrader();
for (const file of FILES) {
  if (wants("depth")) {
    for (const [name, bound] of Object.entries(BOUNDS)) {
      const fitted = await fitAll(file, [`nodes.segment.maxReasoningDepth=${bound}`]);
      tell({ file, models: "baseline", maxReasoningDepth: name, ...(await figuresOf(fitted, grader)) });
    }
  }
  if (wants("servers")) {
    const { fitted, asked } = await withServers(file);
    const problems = new Set(fitted.rows.map(({ state }) => state.problem)).size;
    const more = { problems, asked, knownAgainstMeasured: confusionOf(fitted.rows) };
    tell({ file, models: "servers as judge and student", ...(await figuresOf(fitted, grader)), ...more });
  }
}
await grader.close();

function tell(figures: object): void {
  console.log(JSON.stringify(figures));
}

/**
 * How many real chains can have their coherence broken, and is it really broken? Breaks each right chain of the shared
 * files, and has a reader that shares no code with what broke it (introduced.ts) look for something that is used without
 * having been introduced.
 *
 *   node bench/coherence.ts     reads ../shared/data
 */
import { existsSync } from "node:fs";
import { BREAKS, breakChain } from "../src/data/coherence.ts";
import { createGrader } from "../src/nodes/answers/index.ts";
import { findUnintroduced } from "./introduced.ts";
import { readRows } from "./variable-length/rows.ts";

const DATA = new URL("../../shared/data/", import.meta.url).pathname;
if (!existsSync(DATA)) {
  console.error(`The chains are not here (${DATA}): nothing was measured.`);
  process.exit(1);
}
const grader = createGrader();
for (const name of ["math_long", "science_long", "concise"]) {
  const rows = readRows(`${DATA}traces_${name}.jsonl.gz`).filter(({ correct }) => correct === true);
  const counts = Object.fromEntries(BREAKS.map((how) => [how, { broken: 0, seen: 0, otherAnswer: 0 }]));
  let chains = 0;
  const began = performance.now();
  for (const { problem, answer, reasoning, response } of rows) {
    const chain = String(reasoning || response || "");
    if (chain === "") continue;
    const broken = breakChain(String(problem), chain, BREAKS[chains++ % BREAKS.length]!);
    if (broken === undefined) continue;
    const count = counts[broken.how]!;
    count.broken++;
    if (findUnintroduced({ problem: String(problem), original: chain, kept: broken.text }).length > 0) count.seen++;
    if (typeof answer !== "string") continue;
    const said = async (text: string) => (await grader.check(text, answer, { problem: String(problem) })).verdict;
    if ((await said(chain)) === "equal" && (await said(broken.text)) !== "equal") count.otherAnswer++;
  }
  console.log(JSON.stringify({ name, chains, ...counts, seconds: Math.round((performance.now() - began) / 1000) }));
}
await grader.close();

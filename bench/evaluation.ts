/**
 * Does `mezzo eval` tell the truth? Students of known skill are measured again and again, each time others of the same
 * skill over the benchmarks' own files: how often does the 95 % interval hold the true accuracy, and do tokens and
 * replies cut off come out as they were? Then replies of real models with recorded verdicts are graded once more.
 *
 *   node bench/evaluation.ts [--times 200] [--limit 60] [--only coverage,recorded] [--students NAME]
 *
 * Reads ../shared/data. Another name of students gives others of the same skill: one figure in twenty is out by luck.
 */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { wilson } from "../src/core/statistics.ts";
import { BENCHES, DATA, loadBench } from "./evaluation/benchmarks.ts";
import { gradeRecorded } from "./evaluation/recorded.ts";
import { evaluateWith, openGraders } from "./evaluation/run.ts";
import { accuracyOf, KnownStudent } from "./evaluation/student.ts";

const { values } = parseArgs({
  options: {
    times: { type: "string", default: "200" },
    limit: { type: "string", default: "60" },
    only: { type: "string", default: "coverage,recorded" },
    students: { type: "string", default: "" },
  },
});
if (!existsSync(DATA)) {
  console.error(`The benchmarks are not here (${DATA}): nothing was measured.`);
  process.exit(1);
}
const times = Number(values.times);
const graders = openGraders();
let [heldInAll, measuredInAll] = [0, 0];
for (const bench of values.only.includes("coverage") ? BENCHES : []) {
  const loaded = await loadBench(bench, Number(values.limit));
  const truth = accuracyOf(bench.skill);
  const found = { held: 0, above: 0, below: 0, misgraded: 0, otherTokens: 0, otherCutOff: 0, ungraded: 0 };
  let sum = 0;
  const began = performance.now();
  for (let time = 0; time < times; time++) {
    const student = new KnownStudent(`${bench.name} ${time}${values.students}`, bench.skill, loaded.known);
    const result = await evaluateWith(student, loaded.samples, { graders, seed: time });
    const { mean, low, high } = result.pass1;
    sum += mean;
    if (truth < low) found.above++;
    else if (truth > high) found.below++;
    else found.held++;
    found.misgraded += Math.abs(Math.round(mean * result.samples) - student.did.right);
    found.ungraded += result.ungraded;
    if (Math.abs(result.outputTokens.mean * result.samples - student.did.tokens) > 1e-6 * student.did.tokens)
      found.otherTokens++;
    if (result.cutOff !== student.did.cutOff) found.otherCutOff++;
  }
  heldInAll += found.held;
  measuredInAll += times;
  const { low, high } = wilson(found.held, times);
  tell({
    ...{
      benchmark: bench.name,
      problems: loaded.known.size,
      withoutTests: loaded.withoutTests,
      asked: bench.times,
      times,
    },
    ...{
      truth,
      measured: round(sum / times),
      covered: round(found.held / times),
      coverage95: [round(low), round(high)],
    },
    ...found,
    seconds: Math.round((performance.now() - began) / 1000),
  });
}
if (measuredInAll > 0) tell({ all: measuredInAll, covered: round(heldInAll / measuredInAll) });
if (values.only.includes("recorded")) for (const figures of await gradeRecorded(graders)) tell(figures);
await graders.close();

function tell(figures: object): void {
  console.log(JSON.stringify(figures));
}

function round(value: number): number {
  return Number(value.toFixed(3));
}

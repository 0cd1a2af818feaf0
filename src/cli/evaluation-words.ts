/** Evaluations as people read them in a terminal. */
import type { Comparison, Evaluation, Share } from "../data/evaluation.ts";
import type { Io } from "./io.ts";
import { count, duration, plural, share, usd } from "./words.ts";

export function tellEvaluation(
  io: Io,
  about: { readonly title: string; readonly model: string; readonly open: number },
  evaluation: Evaluation,
): void {
  const { problems, samples, pass1, majority, outputTokens, groups } = evaluation;
  const each = samples / Math.max(1, problems);
  io.say("");
  io.say(`${io.paint.strong(about.title)}  ${about.model}`);
  if (about.open > 0)
    io.say(io.paint.heavy(`${plural(about.open, "sample")} not finished: these are figures of the others`));
  const line = (name: string, value: string) => io.say(`  ${name.padEnd(15)}${value}`);
  line(
    "pass@1",
    `${percent(pass1)}  (${plural(problems, "problem")}, ${each === 1 ? "once each" : `${count(each)} times each`})`,
  );
  if (majority !== undefined) line("majority", percent(majority));
  line("output tokens", `mean ${count(outputTokens.mean)}, median ${count(outputTokens.median)}`);
  line("cut off", `${count(evaluation.cutOff)} of ${count(samples)} (${share(evaluation.cutOff, samples)})`);
  if (evaluation.ungraded > 0) line("not graded", `${count(evaluation.ungraded)}: counted as wrong`);
  if (evaluation.failed > 0)
    line("failed", `${count(evaluation.failed)}: counted as wrong; \`mezzo retry\` asks again`);
  line("took", `${duration(1000 * evaluation.secondsPerSample)} a sample, ${usd(evaluation.costUsd)}`);
  if (groups.length < 2) return;
  const width = Math.max(...groups.map(({ group }) => group.length)) + 2;
  for (const { group, problems: n, pass1: part } of groups) {
    io.say(`    ${group.padEnd(width)}${percent(part)}  (${n})`);
  }
}

export function tellComparison(
  io: Io,
  about: { readonly title: string; readonly a: string; readonly b: string },
  comparison: Comparison,
): void {
  const { difference, better, worse, isNoise } = comparison;
  const width = Math.max(about.a.length, about.b.length) + 2;
  io.say(`${io.paint.strong(about.title)}  ${plural(comparison.problems, "problem")} that both were asked`);
  if (comparison.onlyInOne > 0)
    io.say(`  ${plural(comparison.onlyInOne, "problem")} that only one was asked, left out`);
  io.say(`  ${about.a.padEnd(width)}${percent(comparison.a)}`);
  io.say(`  ${about.b.padEnd(width)}${percent(comparison.b)}`);
  const points = (value: number) => `${value >= 0 ? "+" : "−"}${Math.abs(100 * value).toFixed(1)}`;
  io.say(
    `  difference ${points(difference.mean)} points, 95 % from ${points(difference.low)} to ${points(difference.high)}; ` +
      `better on ${better}, worse on ${worse} (sign test p = ${comparison.p.toPrecision(2)})`,
  );
  io.say(`  output tokens: ${comparison.tokenRatio.toFixed(2)} times`);
  io.say(
    isNoise
      ? `  ${io.paint.strong("No ranking")}: a difference like this one is what chance gives on so many problems.`
      : `  ${io.paint.strong(difference.mean > 0 ? about.b : about.a)} is better, beyond what chance gives.`,
  );
}

/** `77.8 % (73.9 to 81.2)`. */
function percent({ mean, low, high }: Share): string {
  const one = (value: number) => (100 * value).toFixed(1);
  return `${one(mean)} % (95 %: ${one(low)} to ${one(high)})`;
}

/** Two evaluations over one benchmark as a self-contained page: what became better, what it costs, and whether that is chance. */
import { BENCHMARKS } from "../benchmarks/benchmarks.ts";
import type { BenchmarkName } from "../benchmarks/names.ts";
import type { Comparison, Evaluation, Share } from "../evaluation.ts";
import { plotEvaluations } from "../plot.ts";
import { number } from "./charts.ts";
import { Html, html, NOTHING, SCROLL } from "./html.ts";
import { STYLE } from "./style.ts";

export interface ComparedRun {
  readonly run: string;
  readonly model: string;
  /** Samples that have no outcome yet. */
  readonly unfinished: number;
  readonly evaluation: Evaluation;
}

export interface ComparisonFacts {
  readonly benchmark: BenchmarkName;
  readonly before: ComparedRun;
  readonly after: ComparedRun;
  readonly comparison: Comparison;
  readonly at: Date;
  readonly version: string;
}

export function comparisonPage(facts: ComparisonFacts): string {
  const { benchmark, before, after, comparison } = facts;
  const title = `${BENCHMARKS[benchmark].title}: ${before.run} and ${after.run}`;
  const runs = [before, after].map(({ run, model, evaluation }) => ({
    name: run === model ? run : `${run} (${model})`,
    evaluation,
  }));
  const picture = Buffer.from(plotEvaluations(benchmark, runs)).toString("base64");
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<main>
<header>
<p class="soft">Mezzo · <b>${BENCHMARKS[benchmark].title}</b> · ${before.model} and ${after.model}</p>
<h1>${before.run} ▸ ${after.run}</h1>
<p class="lead">${verdict(facts)}</p>
${[before, after].map(unfinishedNote)}
<dl class="facts">
${fact("pass@1, %", `${points(comparison.a)} ▸ ${points(comparison.b)}`, `on the ${number(comparison.problems)} problems that both were asked`)}
${fact("output tokens a sample, mean", `${number(before.evaluation.outputTokens.mean)} ▸ ${number(after.evaluation.outputTokens.mean)}`, tokensInWords(comparison.tokenRatio))}
${fact("difference", `${signed(comparison.difference.mean)} points`, `95 %: ${signed(comparison.difference.low)} to ${signed(comparison.difference.high)}`)}
${fact("better, worse", `${number(comparison.better)}, ${number(comparison.worse)}`, `problems; sign test p = ${comparison.p.toPrecision(2)}`)}
</dl>
</header>
<section>
<h2>Accuracy against tokens</h2>
<figure style="margin: 12px 0 0"><img style="max-width: 100%; height: auto" alt="${runs.map(({ name, evaluation }) => `${name}: pass@1 ${points(evaluation.pass1)} % with ${number(evaluation.outputTokens.mean)} output tokens`).join("; ")}" src="data:image/svg+xml;base64,${picture}"></figure>
</section>
<section>
<h2>Both, side by side</h2>
${figuresTable(before, after)}
${commonNote(comparison)}
</section>
${groupsSection(before, after)}
<footer><p>Made ${facts.at.toISOString().slice(0, 16).replace("T", " ")} UTC by Mezzo ${facts.version}. pass@1 is the mean over problems of the share of right samples; what could not be graded, was cut off or failed counts as wrong. Intervals are at 95 % and count problems, not samples. Published points are there for orientation.</p></footer>
</main>
</body>
</html>
`.text;
}

function verdict({ before, after, comparison }: ComparisonFacts): string {
  const { difference, isNoise, tokenRatio } = comparison;
  const tokens = `with ${tokensInWords(tokenRatio)}`;
  if (isNoise) {
    return `No ranking: ${signed(difference.mean)} points is what chance gives on ${number(comparison.problems)} problems; ${after.run} answers ${tokens}.`;
  }
  const better = difference.mean > 0 ? after : before;
  return `${better.run} is better, by ${Math.abs(100 * difference.mean).toFixed(1)} points, beyond what chance gives; ${after.run} answers ${tokens}.`;
}

function tokensInWords(ratio: number): string {
  return Number.isFinite(ratio) ? `${ratio.toFixed(2)} times the tokens` : "an unknown number of tokens";
}

function unfinishedNote({ run, unfinished }: ComparedRun): Html {
  if (unfinished === 0) return NOTHING;
  return html`<p class="note">${number(unfinished)} samples of ${run} have no outcome yet: its figures are of the others.</p>`;
}

function fact(name: string, value: string, more: string): Html {
  return html`<div><dt>${name}</dt><dd>${value}<small>${more}</small></dd></div>`;
}

function figuresTable(before: ComparedRun, after: ComparedRun): Html {
  const row = (name: string, figure: (evaluation: Evaluation) => string) =>
    html`<tr><th scope="row">${name}</th><td class="n">${figure(before.evaluation)}</td><td class="n">${figure(after.evaluation)}</td></tr>
`;
  const hasMajority = before.evaluation.majority !== undefined || after.evaluation.majority !== undefined;
  return html`${SCROLL}<table>
<thead><tr><th></th><th class="n" scope="col">${before.run}</th><th class="n" scope="col">${after.run}</th></tr></thead>
<tbody>
<tr><th scope="row">model</th><td class="n">${before.model}</td><td class="n">${after.model}</td></tr>
${row("pass@1", ({ pass1 }) => interval(pass1))}${hasMajority ? row("majority", ({ majority }) => (majority === undefined ? "–" : interval(majority))) : NOTHING}${row("problems, samples", ({ problems, samples }) => `${number(problems)}, ${number(samples)}`)}${row("output tokens, mean", ({ outputTokens }) => number(outputTokens.mean))}${row("output tokens, median", ({ outputTokens }) => number(outputTokens.median))}${row("cut off", ({ cutOff, samples }) => ofAll(cutOff, samples))}${row("not graded", ({ ungraded, samples }) => ofAll(ungraded, samples))}${row("failed", ({ failed, samples }) => ofAll(failed, samples))}${row("seconds a sample", ({ secondsPerSample }) => secondsPerSample.toFixed(2))}${row("cost", ({ costUsd }) => (costUsd === 0 ? "free" : `$${costUsd.toPrecision(3)}`))}</tbody>
</table></div>`;
}

function commonNote({ onlyInOne }: Comparison): Html {
  if (onlyInOne === 0) return NOTHING;
  return html`<p class="note">${number(onlyInOne)} problems were asked of one only: they are in this table, and not in the comparison above.</p>`;
}

function groupsSection(before: ComparedRun, after: ComparedRun): Html {
  const names = new Set([...before.evaluation.groups, ...after.evaluation.groups].map(({ group }) => group));
  if (names.size < 2) return NOTHING;
  const of = ({ evaluation }: ComparedRun, name: string) => {
    const found = evaluation.groups.find(({ group }) => group === name);
    return found === undefined ? "–" : `${interval(found.pass1)}, ${number(found.problems)}`;
  };
  const rows = [...names]
    .sort((a, b) => a.localeCompare(b))
    .map(
      (
        name,
      ) => html`<tr><th scope="row">${name}</th><td class="n">${of(before, name)}</td><td class="n">${of(after, name)}</td></tr>
`,
    );
  return html`<section>
<h2>By subject or level</h2>
${SCROLL}<table><caption>pass@1 with its interval, and the number of problems</caption>
<thead><tr><th></th><th class="n" scope="col">${before.run}</th><th class="n" scope="col">${after.run}</th></tr></thead>
<tbody>
${rows}</tbody>
</table></div>
</section>`;
}

function points({ mean }: Share): string {
  return (100 * mean).toFixed(1);
}

function interval(share: Share): string {
  return `${points(share)} % (${(100 * share.low).toFixed(1)} to ${(100 * share.high).toFixed(1)})`;
}

function signed(value: number): string {
  return `${value >= 0 ? "+" : "−"}${Math.abs(100 * value).toFixed(1)}`;
}

function ofAll(count: number, all: number): string {
  return count === 0 ? "none" : `${number(count)} of ${number(all)}`;
}

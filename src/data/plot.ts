/**
 * Accuracy against output tokens as an SVG picture: one's own runs as points with their intervals, published figures
 * hollow and grey. A published model without tokens is a dashed line at its accuracy, one without accuracy a dashed
 * line at its tokens. Tokens on a logarithmic scale: what counts is "a third of the tokens", not "8,000 fewer".
 */
import { BENCHMARKS } from "./benchmarks/benchmarks.ts";
import type { BenchmarkName } from "./benchmarks/names.ts";
import type { Evaluation } from "./evaluation.ts";
import { PUBLISHED } from "./published.ts";

export interface PlottedRun {
  readonly name: string;
  readonly evaluation: Pick<Evaluation, "pass1" | "outputTokens">;
}

const [WIDTH, HEIGHT] = [720, 440];
const AREA = { left: 64, right: WIDTH - 32, top: 56, bottom: HEIGHT - 56 };

export function plotEvaluations(benchmark: BenchmarkName, runs: readonly PlottedRun[]): string {
  const published = PUBLISHED[benchmark] ?? [];
  const tokens = [
    ...runs.map(({ evaluation }) => evaluation.outputTokens.mean),
    ...published.flatMap(({ tokens: known }) => known ?? []),
  ].filter((value) => value > 0);
  const low = 10 ** Math.floor(Math.log10(Math.min(100, ...tokens)));
  const high = 10 ** Math.ceil(Math.log10(Math.max(10_000, ...tokens) * 1.01));
  const x = (value: number) =>
    AREA.left + ((AREA.right - AREA.left) * Math.log10(Math.max(value, low) / low)) / Math.log10(high / low);
  const y = (percent: number) => AREA.bottom - ((AREA.bottom - AREA.top) * percent) / 100;

  const parts: string[] = [];
  for (let percent = 0; percent <= 100; percent += 20) {
    parts.push(`<line class="grid" x1="${AREA.left}" x2="${AREA.right}" y1="${y(percent)}" y2="${y(percent)}"/>`);
    parts.push(`<text class="tick" x="${AREA.left - 8}" y="${y(percent) + 4}" text-anchor="end">${percent}</text>`);
  }
  for (let at = low; at <= high; at *= 10) {
    parts.push(`<line class="grid" x1="${x(at)}" x2="${x(at)}" y1="${AREA.top}" y2="${AREA.bottom}"/>`);
    parts.push(`<text class="tick" x="${x(at)}" y="${AREA.bottom + 18}" text-anchor="middle">${number(at)}</text>`);
  }
  let row = 0;
  for (const { model, accuracy, tokens: known } of published) {
    const label = `${model} (published)`;
    if (accuracy !== undefined && known !== undefined) {
      parts.push(`<circle class="published" cx="${x(known)}" cy="${y(accuracy)}" r="5"/>`);
      parts.push(`<text class="faint" x="${x(known) + 9}" y="${y(accuracy) + 4}">${label}</text>`);
    } else if (accuracy !== undefined) {
      parts.push(`<line class="level" x1="${AREA.left}" x2="${AREA.right}" y1="${y(accuracy)}" y2="${y(accuracy)}"/>`);
      parts.push(`<text class="faint" x="${AREA.right - 6}" y="${y(accuracy) - 4}" text-anchor="end">${label}</text>`);
    } else if (known !== undefined) {
      parts.push(`<line class="level" x1="${x(known)}" x2="${x(known)}" y1="${AREA.top}" y2="${AREA.bottom}"/>`);
      parts.push(`<text class="faint" x="${x(known) + 5}" y="${AREA.top + 14 + 14 * row++}">${label}</text>`);
    }
  }
  for (const { name, evaluation } of runs) {
    const { mean, low: from, high: to } = evaluation.pass1;
    const at = x(evaluation.outputTokens.mean);
    parts.push(`<line class="error" x1="${at}" x2="${at}" y1="${y(100 * from)}" y2="${y(100 * to)}"/>`);
    parts.push(`<circle class="run" cx="${at}" cy="${y(100 * mean)}" r="6"/>`);
    parts.push(`<text class="name" x="${at + 10}" y="${y(100 * mean) - 8}">${escapeXml(name)}</text>`);
  }
  const { title } = BENCHMARKS[benchmark];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${title}: accuracy against output tokens">
<style>
text { font: 12px system-ui, sans-serif; fill: #1f2328 } .tick, .faint { fill: #59636e } .title { font-size: 15px; font-weight: 600 }
.grid { stroke: #e4e7ea } .level { stroke: #8b949e; stroke-dasharray: 4 4 } .published { fill: #fff; stroke: #59636e; stroke-width: 1.5 }
.run { fill: #0f6fb8 } .error { stroke: #0f6fb8; stroke-width: 2 } .name { font-weight: 600 } .page { fill: #fff }
@media (prefers-color-scheme: dark) { text { fill: #e8ecf1 } .tick, .faint { fill: #a4afbd } .grid { stroke: #303946 } .page, .published { fill: #1a2028 }
.level { stroke: #7d8896 } .published { stroke: #a4afbd } .run { fill: #5aa9e6 } .error { stroke: #5aa9e6 } }
</style>
<rect class="page" width="${WIDTH}" height="${HEIGHT}"/>
<text class="title" x="${AREA.left}" y="28">${title}: accuracy against output tokens</text>
${parts.join("\n")}
<text class="tick" x="${(AREA.left + AREA.right) / 2}" y="${HEIGHT - 14}" text-anchor="middle">mean output tokens a sample (logarithmic)</text>
<text class="tick" transform="translate(18 ${(AREA.top + AREA.bottom) / 2}) rotate(-90)" text-anchor="middle">pass@1, %, with 95 % interval</text>
</svg>
`;
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}

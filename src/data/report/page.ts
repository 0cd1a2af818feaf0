/** A run's report as one self-contained page: no script, no font, no picture from anywhere else. */
import { OUTCOME_MEANING, OUTCOMES, type Outcome } from "../../core/sample.ts";
import { beforeAfter, columns, type Line, number, percent, roundsChart, stackedBar } from "./charts.ts";
import { difficultySection } from "./difficulties.ts";
import { evidenceSection } from "./evidence-page.ts";
import { Html, html, NOTHING, SCROLL } from "./html.ts";
import { LENGTHS, ORIGINS, type Origin, type ReportFigures } from "./report.ts";
import { STYLE } from "./style.ts";

/** What is known of the run beside its samples. */
export interface RunFacts {
  readonly run: string;
  readonly graph: string;
  readonly description?: string;
  /** The plan's fingerprint. */
  readonly plan: string;
  readonly student: string;
  /** Whose word it is that a chain fits: "rests on the opinion of one model, x". Empty where nothing is rated. */
  readonly decided: string;
  readonly input?: string;
  readonly at: Date;
  readonly version: string;
  readonly samples: number;
  /** Of those without an outcome: they wait for a person. */
  readonly forPerson: number;
  readonly calls: number;
  readonly tokens: { readonly in: number; readonly out: number };
  readonly costUsd: number;
  readonly nodes: readonly {
    readonly node: string;
    readonly kind: string;
    readonly models: readonly string[];
    readonly visits: number;
    readonly calls: number;
    readonly tokens: { readonly in: number; readonly out: number };
    readonly costUsd: number;
  }[];
}

export const OUTCOME_TONES: Readonly<Record<Outcome, string>> = {
  accepted: "c2",
  exhausted: "c3",
  "answer-lost": "c4",
  undecided: "c6",
  rejected: "c5",
  failed: "c7",
};

const ORIGIN_TONES: Readonly<Record<Origin, string>> = {
  born: "c2",
  shortened: "c6",
  expanded: "c1",
  condensed: "c3",
  both: "c4",
};

export function reportPage(facts: RunFacts, figures: ReportFigures): string {
  const title = `Report of run ${facts.run}`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${STYLES}</style>
</head>
<body>
<main>
<header>
<p class="soft">Mezzo report · graph <b>${facts.graph}</b> · student <b>${facts.student}</b></p>
<h1>${facts.run}</h1>
<p class="lead">${leadOf(figures)}</p>
${unfinishedNote(facts, figures)}
${bigFigures(facts, figures)}
</header>
${compositionSection(figures)}
${tokensSection(figures)}
${difficultySection(figures.difficulty)}
${roundsSection(figures)}
${evidenceSection(figures, facts.decided)}
${removedSection(figures)}
${costSection(facts, figures)}
<footer><p>${facts.description ?? ""}</p>
<p>Plan ${facts.plan.slice(0, 12)}${facts.input === undefined ? "" : ` · input ${facts.input.split(/[\\/]/).at(-1)!}`} · made ${facts.at.toISOString().slice(0, 16).replace("T", " ")} UTC by Mezzo ${facts.version}. Tokens of traces are estimates; intervals are Wilson's at 95 %.</p></footer>
</main>
</body>
</html>
`;
  return page.text;
}

const STYLES = new Html(STYLE);

function leadOf({ outcomes, finished, domains }: ReportFigures): string {
  const before = sumOf(domains.map((each) => each.before));
  const after = sumOf(domains.map((each) => each.after));
  const share = before === 0 ? "" : `, in ${percent(after, before)} of the tokens they came with`;
  return `${number(outcomes.accepted)} of ${number(finished)} samples ended as training data (${percent(outcomes.accepted, finished)})${share}.`;
}

function unfinishedNote(facts: RunFacts, { finished }: ReportFigures): Html {
  if (finished >= facts.samples) return NOTHING;
  return html`<p class="note">${number(facts.samples - finished)} of ${number(facts.samples)} samples have no outcome yet${facts.forPerson > 0 ? ` (${number(facts.forPerson)} wait${facts.forPerson === 1 ? "s" : ""} for a person)` : ""}: every figure below is of the ${number(finished)} that have.</p>`;
}

function bigFigures(facts: RunFacts, figures: ReportFigures): Html {
  const { accepted } = figures.outcomes;
  const before = sumOf(figures.domains.map((each) => each.before));
  const after = sumOf(figures.domains.map((each) => each.after));
  const each = accepted === 0 ? "–" : usd(facts.costUsd / accepted);
  const mean = (sum: number) => (accepted === 0 ? 0 : sum / accepted);
  return html`<dl class="facts">
${fact("accepted", percent(accepted, figures.finished), `${number(accepted)} of ${number(figures.finished)}`)}
${fact("tokens of a chain, mean", `${number(mean(before))} ▸ ${number(mean(after))}`, "as it came, and accepted")}
${fact("cost", usd(facts.costUsd), facts.costUsd === 0 ? "no model of this graph has a price" : `${each} for each accepted`)}
${fact("calls for each accepted", accepted === 0 ? "–" : (facts.calls / accepted).toFixed(1), `${number(facts.calls)} calls in all`)}
</dl>`;
}

function fact(name: string, value: string, more: string): Html {
  return html`<div><dt>${name}</dt><dd>${value}<small>${more}</small></dd></div>`;
}

function compositionSection({ outcomes, origins, reasons }: ReportFigures): Html {
  const ended = OUTCOMES.map((name) => ({
    name,
    count: outcomes[name],
    tone: OUTCOME_TONES[name],
    about: OUTCOME_MEANING[name].split(";")[0],
  }));
  const made = (Object.keys(ORIGINS) as Origin[]).map((origin) => ({
    name: ORIGINS[origin],
    count: origins[origin],
    tone: ORIGIN_TONES[origin],
  }));
  const rows = reasons.flatMap(({ outcome, reasons: listed }) =>
    listed.map(
      ({ name, count }, at) =>
        html`<tr>${at === 0 ? html`<th scope="row">${outcome}</th>` : html`<td></td>`}<td class="n">${number(count)}</td><td class="why">${name}</td></tr>`,
    ),
  );
  const why =
    rows.length === 0
      ? NOTHING
      : html`<h3>Why the others ended</h3>${SCROLL}<table><caption>Like reasons are counted as one; what is one sample's own is cut out (…, N).</caption><thead><tr><th scope="col">outcome</th><th scope="col" class="n">samples</th><th scope="col">reason</th></tr></thead><tbody>${rows}</tbody></table></div>`;
  const present = (part: { count: number }) => part.count > 0;
  return html`<section><h2>Composition</h2><p class="soft">How each sample's way ended; exactly one outcome each.</p>
${stackedBar("Samples by outcome", ended.filter(present))}
${outcomes.accepted === 0 ? NOTHING : html`<h3>How accepted chains came to be</h3>${stackedBar("Accepted chains by how they came to be", made.filter(present))}`}
${why}</section>`;
}

function tokensSection({ domains }: ReportFigures): Html {
  const rows = domains.filter(({ before, after }) => before + after > 0);
  if (rows.length === 0) return NOTHING;
  return html`<section><h2>Tokens before and after</h2><p class="soft">Accepted chains by domain, all their tokens together: as they came or were collected (pale), and as they go into training.</p>
${beforeAfter(
  "Tokens by domain",
  rows
    .slice(0, 12)
    .map(({ domain, accepted, before, after }) => ({ name: `${domain} (${number(accepted)})`, before, after })),
)}</section>`;
}

function roundsSection({ rounds, rewrites, acceptance }: ReportFigures): Html {
  if (rounds.every(({ rated, probed }) => rated + probed === 0)) return NOTHING;
  const line = (
    name: string,
    tone: string,
    right: keyof (typeof rounds)[number],
    tries: keyof (typeof rounds)[number],
  ): Line => ({
    name,
    tone,
    points: rounds.map((round) => ({ at: round.round, right: round[right], tries: round[tries] })),
  });
  const lines = [
    line("the judge calls it medium", "c3", "medium", "rated"),
    line(
      "the student reaches the answer along it (share of tries; not where the chain gives it away)",
      "c1",
      "right",
      "tries",
    ),
    line("of those that left the loop, accepted afresh", "c2", "passed", "asked"),
  ].filter(({ points }) => points.some(({ tries }) => tries > 0));
  const withStudent = rounds.some(({ tries }) => tries > 0);
  return html`<section><h2>Acceptance by round</h2>
<p class="soft">What was found of a chain as it came and after each rewrite of the loop. Repair shows as a share that rises and an acceptance that confirms it. Luck shows as a share that stays flat, at the rate at which the judge errs, and an acceptance that refuses what the loop let out.</p>
${roundsChart("Shares by round", rounds.length, lines)}
${withStudent ? NOTHING : html`<p class="note">No student was asked in this run: the rounds show a judge's opinion of the chains and nothing else. <code>graphs/asked-student.yaml</code> asks the student.</p>`}
${acceptance.asked === 0 ? html`<p class="note">This graph has no fresh acceptance: a chain that a judge got wrong once, in any round, is among the accepted.</p>` : html`<p>Fresh acceptance: ${number(acceptance.passed)} of ${number(acceptance.asked)} passed (${percent(acceptance.passed, acceptance.asked)}); the others are undecided.</p>`}
${SCROLL}<table><caption>By round</caption><thead><tr><th scope="col">round</th><th scope="col" class="n">judged</th><th scope="col" class="n">medium</th><th scope="col" class="n">student asked</th><th scope="col" class="n">followed</th><th scope="col" class="n">answer given away</th><th scope="col" class="n">its other tries that succeeded</th><th scope="col" class="n">left the loop</th><th scope="col" class="n">accepted afresh</th></tr></thead>
<tbody>${rounds.map(
    (round) =>
      html`<tr><th scope="row">${round.round === 0 ? "as it came" : `rewrite ${round.round}`}</th><td class="n">${number(round.rated)}</td><td class="n">${percent(round.medium, round.rated)}</td><td class="n">${number(round.probed)}</td><td class="n">${percent(round.followed, round.probed)}</td><td class="n">${percent(round.leaked, round.probed)}</td><td class="n">${percent(round.right, round.tries)}</td><td class="n">${number(round.asked)}</td><td class="n">${percent(round.passed, round.asked)}</td></tr>`,
  )}</tbody></table></div>
<h3>Rewrites in the loop, samples each</h3><p class="soft">Accepted (strong) and ended otherwise (pale), by how often the chain was rewritten after it was first rated.</p>
${columns(
  "Samples by number of rewrites",
  rewrites.map((row) => ({ name: String(row.rewrites), first: row.accepted, second: row.others })),
)}</section>`;
}

function removedSection({ removed, lengths }: ReportFigures): Html {
  if (removed.length === 0) return NOTHING;
  const head = LENGTHS.map((length) => html`<th scope="col" class="n">${length}<br>of ${number(lengths[length])}</th>`);
  const rows = removed
    .slice(0, 30)
    .map(
      ({ node, label, outcome, count, byLength }) =>
        html`<tr><th scope="row">${node}: ${label || "–"}</th><td>${outcome}</td><td class="n">${number(count)}</td>${LENGTHS.map(
          (length) =>
            html`<td class="n">${byLength[length] === 0 ? "" : `${number(byLength[length])} (${percent(byLength[length], lengths[length])})`}</td>`,
        )}</tr>`,
    );
  return html`<section><h2>What each filter removed</h2><p class="soft">The step that ended each sample that was not accepted, by the length in tokens of the chain as it came: the one sign of difficulty that every sample has. A filter that takes mostly long chains makes the training data easier than the problems were.</p>
${SCROLL}<table><thead><tr><th scope="col">step</th><th scope="col">outcome</th><th scope="col" class="n">samples</th>${head}</tr></thead><tbody>${rows}</tbody></table></div></section>`;
}

function costSection(facts: RunFacts, { outcomes }: ReportFigures): Html {
  const rows = facts.nodes.map(
    ({ node, kind, models, visits, calls, tokens, costUsd }) =>
      html`<tr><th scope="row">${node}</th><td>${kind}</td><td>${models.join(", ")}</td><td class="n">${number(visits)}</td><td class="n">${number(calls)}</td><td class="n">${number(tokens.in)}</td><td class="n">${number(tokens.out)}</td><td class="n">${usd(costUsd)}</td></tr>`,
  );
  const each = outcomes.accepted === 0 ? "–" : usd(facts.costUsd / outcomes.accepted);
  return html`<section><h2>Calls, tokens and cost</h2>
${SCROLL}<table><thead><tr><th scope="col">node</th><th scope="col">kind</th><th scope="col">asks</th><th scope="col" class="n">visits</th><th scope="col" class="n">calls</th><th scope="col" class="n">tokens in</th><th scope="col" class="n">tokens out</th><th scope="col" class="n">cost</th></tr></thead><tbody>${rows}
<tr><th scope="row">all</th><td></td><td></td><td></td><td class="n"><b>${number(facts.calls)}</b></td><td class="n"><b>${number(facts.tokens.in)}</b></td><td class="n"><b>${number(facts.tokens.out)}</b></td><td class="n"><b>${usd(facts.costUsd)}</b></td></tr></tbody></table></div>
<p>For each accepted sample: ${each}, ${outcomes.accepted === 0 ? "–" : number((facts.tokens.in + facts.tokens.out) / outcomes.accepted)} tokens${facts.costUsd === 0 ? ". No model of this graph has a price, so the cost counts as zero" : ""}.</p></section>`;
}

function usd(value: number): string {
  if (value === 0) return "$0";
  return value >= 1 ? `$${value.toFixed(2)}` : `$${value.toPrecision(2)}`;
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** The report's section on what its figures rest on. */

import { DECISIONS } from "../../core/reviews.ts";
import { RATING_PLAIN, type Rating } from "../../core/sample.ts";
import type { Agreement } from "./agreement.ts";
import { basesOf } from "./bases.ts";
import { number, percent, stackedBar } from "./charts.ts";
import { type Html, html, NOTHING, SCROLL } from "./html.ts";
import { programsPart } from "./programs.ts";
import { GROUNDS, type Ground, type ReportFigures } from "./report.ts";
import type { SurprisedBy } from "./surprises.ts";

const TONES: Readonly<Record<Ground, string>> = {
  "rules+student": "c2",
  student: "c1",
  "rules+person": "c4",
  person: "c6",
  "rules+judge": "c3",
  judge: "c5",
  other: "c7",
};

export function evidenceSection(figures: ReportFigures, decided: string): Html {
  const { grounds, votes, judgeAndStudent, outcomes } = figures;
  const parts = (Object.keys(GROUNDS) as Ground[])
    .map((ground) => ({ name: GROUNDS[ground], count: grounds[ground], tone: TONES[ground] }))
    .filter(({ count }) => count > 0);
  return html`<section><h2>What this rests on</h2><p class="soft">The firmest ground on which each accepted chain is called medium. A judge's word is an opinion, however often it is repeated; a student that reaches the answer along the chain, with the answer blanked out, is evidence.</p>${decided === "" ? NOTHING : html`<p>In this run's graph, that a chain fits <b>${decided}</b>.</p>`}
${outcomes.accepted === 0 ? NOTHING : stackedBar("Accepted chains by what their rating rests on", parts)}
${basesTable(figures)}
<div class="two"><div>${agreementPart("Judge with judge", "First and second vote of each step that had two. Kappa is agreement beyond chance; below 0.6 the votes are worth little one by one.", votes, ["first vote", "second vote"], "No step had two votes.")}</div>
<div>${agreementPart("Judge with student", "What the judge said of the very chain that the student was then asked to follow.", judgeAndStudent, ["judge", "student"], "Judge and student were never asked about the same chain.")}</div></div>
${programsPart(figures.programs)}
${peoplePart(figures)}
${studentPart(figures)}${surprisalPart(figures)}</section>`;
}

function basesTable(figures: ReportFigures): Html {
  const tone = { measurement: "yes", "partly opinion": "", opinion: "no", nothing: "no" };
  return html`<h3>Which figures are measured, and which are opinion</h3>${SCROLL}<table><thead><tr><th scope="col">what is said</th><th scope="col">rests on</th><th scope="col">how</th></tr></thead><tbody>${basesOf(
    figures,
  ).map(
    ({ figure, basis, how }) =>
      html`<tr><th scope="row">${figure}</th><td class="${tone[basis]}">${basis}</td><td>${how}</td></tr>`,
  )}</tbody></table></div>`;
}

function agreementPart(
  title: string,
  about: string,
  { pairs, agreed, kappa, words, matrix }: Agreement,
  sides: readonly [string, string],
  none: string,
): Html {
  if (pairs === 0) return html`<h3>${title}</h3><p class="soft">${none}</p>`;
  const used = words.map((_word, at) => matrix[at]!.some((n) => n > 0) || matrix.some((row) => row[at]! > 0));
  const shown = words.map((word, at) => ({ word, at })).filter(({ at }) => used[at]);
  const value = kappa === null ? "not defined: everybody always said the same" : kappa.toFixed(2);
  return html`<h3>${title}</h3><p><b>kappa ${value}</b> over ${number(pairs)} pairs; ${percent(agreed, pairs)} said the same.</p><p class="soft">${about}</p>
${SCROLL}<table><caption>rows: ${sides[0]}; columns: ${sides[1]}</caption><thead><tr><th scope="col"><span class="soft">${sides[0]}</span></th>${shown.map(({ word }) => html`<th scope="col" class="n">${word}</th>`)}</tr></thead><tbody>${shown.map(
    (row) =>
      html`<tr><th scope="row">${row.word}</th>${shown.map((column) => html`<td class="n">${number(matrix[row.at]![column.at]!)}</td>`)}</tr>`,
  )}</tbody></table></div>`;
}

function peoplePart({ people }: ReportFigures): Html {
  const { decided, byRating, agreement, medianSeconds } = people;
  const all = decided.approved + decided.edited + decided.rejected;
  if (all === 0) return NOTHING;
  const took = medianSeconds === null ? "" : ` Half of them took less than ${number(Math.ceil(medianSeconds))} s.`;
  const plain = (rating: Rating | "none") => (rating === "none" ? "no judge was asked" : RATING_PLAIN[rating]);
  return html`<h3>What people decided, of ${number(all)} reviews</h3><p class="soft">By what the last judge had said of the chain.${took}</p>
${SCROLL}<table><thead><tr><th scope="col"><span class="soft">the judge</span></th>${DECISIONS.map((one) => html`<th scope="col" class="n">${one}</th>`)}</tr></thead><tbody>${byRating.map(
    (row) =>
      html`<tr><th scope="row">${plain(row.rating)}</th>${DECISIONS.map((one) => html`<td class="n">${number(row[one])}</td>`)}</tr>`,
  )}</tbody></table></div>
${agreementPart("Judge with person", "The judge's medium beside a person's approval of the chain as it was; an edit says that something was to be mended.", agreement, ["judge", "person"], "No judge was asked about a chain that a person looked at.")}`;
}

function studentPart({ asked }: ReportFigures): Html {
  if (asked.samples === 0) return NOTHING;
  const { alone, first, last, leaked } = asked;
  const row = (name: string, { right, tries }: { right: number; tries: number }) =>
    html`<tr><th scope="row">${name}</th><td class="n">${number(right)} of ${number(tries)}</td><td class="n">${percent(right, tries)}</td></tr>`;
  return html`<h3>The student, in ${number(asked.samples)} samples</h3>${SCROLL}<table><thead><tr><th scope="col">asked</th><th scope="col" class="n">reached the answer</th><th scope="col" class="n">share</th></tr></thead><tbody>${row("without any chain", alone)}${row("along the chain as it first was", first)}${row("along the chain as it last was", last)}</tbody></table></div>
${leaked === 0 ? NOTHING : html`<p class="note">In ${number(leaked)} of them the chain gave the answer away at last (its end alone, or its steps in any order, did as well): that the student followed it is not shown. Where such a chain is accepted, it is on the word of a judge.</p>`}`;
}

function surprisalPart({ surprisal }: ReportFigures): Html {
  const { missing, why, first, accepted, others } = surprisal;
  if (missing === 0 && first.chains === 0) return NOTHING;
  const row = (name: string, { chains, nats, rankSurprisal }: SurprisedBy) => {
    const [low, high] = (rankSurprisal ?? []).map((value) => value.toFixed(2));
    const ratio = low === undefined ? "" : low === high ? low : `${low} to ${high}`;
    return html`<tr><th scope="row">${name}</th><td class="n">${number(chains)}</td><td class="n">${nats?.toFixed(2) ?? ""}</td><td class="n">${ratio}</td></tr>`;
  };
  const table =
    first.chains === 0
      ? NOTHING
      : html`<p class="soft">From the student's log-probabilities, each chain as its answer to the problem: mean surprisal of a token, and clipped rank over surprisal (arXiv 2601.14249; lower is better). Two limits where the endpoint tells ranks up to a bound.</p>${SCROLL}<table><thead><tr><th scope="col">chains</th><th scope="col" class="n">measured</th><th scope="col" class="n">nats a token</th><th scope="col" class="n">rank-surprisal</th></tr></thead><tbody>${row("as they were first measured", first)}${row("accepted, as they left", accepted)}${row("others, as they were last", others)}</tbody></table></div>`;
  const note =
    missing === 0
      ? NOTHING
      : html`<p class="note">In ${number(missing)} steps it could not be measured: ${why ?? ""}.</p>`;
  return html`<h3>How surprising the student finds them</h3>${table}${note}`;
}

/**
 * How hard the problems are for the student, and whether chains are as long as that asks for: a problem that the student
 * solves alone needs a short one. Measured on the student or by a proxy, never both in one figure: a proxy is an opinion.
 */
import {
  DIFFICULTY_LEVELS,
  type DifficultyLevel,
  type MeasuredDifficulty,
  type StepFinished,
} from "../../core/events.ts";
import type { Outcome } from "../../core/sample.ts";
import { number, percent } from "./charts.ts";
import { type Html, html, NOTHING, SCROLL } from "./html.ts";

export interface LevelFigures {
  readonly from: MeasuredDifficulty["from"];
  readonly level: DifficultyLevel;
  readonly samples: number;
  readonly accepted: number;
  /** Tokens of the accepted ones together, as they came and as they left, estimated. */
  readonly before: number;
  readonly after: number;
  /** The student's tries without a chain; 0 where nobody asked it. */
  readonly right: number;
  readonly tries: number;
}

type Counted = { -readonly [Key in keyof LevelFigures]: LevelFigures[Key] };

export class Difficulties {
  readonly #levels = new Map<string, Counted>();

  add(steps: readonly StepFinished[], end: { outcome: Outcome; tokensBefore: number; tokensAfter: number }): void {
    const found = steps.findLast(({ evidence }) => evidence?.difficulty !== undefined)?.evidence?.difficulty;
    if (found === undefined) return;
    const { from, level } = found;
    const key = `${from} ${level}`;
    const none = { from, level, samples: 0, accepted: 0, before: 0, after: 0, right: 0, tries: 0 };
    const counted = this.#levels.get(key) ?? none;
    this.#levels.set(key, counted);
    counted.samples += 1;
    if (found.from === "student") {
      counted.right += found.alone.right;
      counted.tries += found.alone.tries;
    }
    if (end.outcome !== "accepted") return;
    counted.accepted += 1;
    counted.before += end.tokensBefore;
    counted.after += end.tokensAfter;
  }

  /** The measured ones first, each from the plainest problems up. */
  result(): readonly LevelFigures[] {
    const place = ({ from, level }: LevelFigures) => (from === "student" ? 0 : 3) + DIFFICULTY_LEVELS.indexOf(level);
    return [...this.#levels.values()].sort((a, b) => place(a) - place(b));
  }
}

export function difficultySection(levels: readonly LevelFigures[]): Html {
  if (levels.length === 0) return NOTHING;
  const mean = (sum: number, of: number) => (of === 0 ? "–" : number(sum / of));
  const rows = levels.map(
    ({ from, level, samples, accepted, before, after, right, tries }) =>
      html`<tr><th scope="row">${level}</th><td>${from === "student" ? "the student was asked" : "a proxy"}</td><td class="n">${number(samples)}</td><td class="n">${tries === 0 ? "–" : percent(right, tries)}</td><td class="n">${number(accepted)}</td><td class="n">${mean(before, accepted)}</td><td class="n">${mean(after, accepted)}</td></tr>`,
  );
  const proxy = levels.some(({ from }) => from === "proxy");
  return html`<section><h2>Length by difficulty</h2><p class="soft">How often the student solves the problem alone, without any chain, and how long the accepted chains of such problems are.</p>
${SCROLL}<table><thead><tr><th scope="col">solved alone</th><th scope="col">who says so</th><th scope="col" class="n">samples</th><th scope="col" class="n">its tries that succeeded</th><th scope="col" class="n">accepted</th><th scope="col" class="n">tokens as they came, mean</th><th scope="col" class="n">and accepted, mean</th></tr></thead><tbody>${rows}</tbody></table></div>
${proxy ? html`<p class="note">Where a proxy says so no student was measured: the level is another figure's opinion of the chain, and says nothing of what the student can do.</p>` : NOTHING}</section>`;
}

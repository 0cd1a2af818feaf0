/** What running programs came to: of each sample whose answer is one, the last check. */
import type { StepFinished } from "../../core/events.ts";
import { number, percent } from "./charts.ts";
import { type Html, html, NOTHING, SCROLL } from "./html.ts";

export interface ProgramFigures {
  /** Samples whose program was to be run. */
  readonly checked: number;
  readonly passed: number;
  readonly failed: number;
  /** The trace held none. */
  readonly noProgram: number;
  /** Without a sandbox, a package, or readable tests: nothing is known. */
  readonly undecided: number;
  /** Tests that passed and that there were, in the last check of each. */
  readonly tests: { readonly passed: number; readonly of: number };
  readonly sandboxes: readonly string[];
}

/** Rules that speak of a program which never ran. */
const NOT_RUN = ["no-program", "no-sandbox", "unreadable-tests"];
/** Versions of an interpreter; nobody has more. */
const MOST_SANDBOXES = 20;

export class ProgramChecks {
  readonly #counts = { checked: 0, passed: 0, failed: 0, noProgram: 0, undecided: 0 };
  readonly #tests = { passed: 0, of: 0 };
  readonly #sandboxes = new Set<string>();

  add(steps: readonly StepFinished[]): void {
    const last = steps.findLast(({ evidence }) => {
      const { tests, rule = "" } = evidence?.answer ?? {};
      return tests !== undefined || NOT_RUN.includes(rule);
    })?.evidence?.answer;
    if (last === undefined) return;
    this.#counts.checked += 1;
    if (last.verdict === "equal") this.#counts.passed += 1;
    else if (last.verdict === "different") this.#counts.failed += 1;
    else if (last.rule === "no-program") this.#counts.noProgram += 1;
    else this.#counts.undecided += 1;
    if (last.tests === undefined) return;
    this.#tests.passed += last.tests.passed;
    this.#tests.of += last.tests.of;
    if (this.#sandboxes.size < MOST_SANDBOXES) this.#sandboxes.add(last.tests.sandbox);
  }

  result(): ProgramFigures {
    return { ...this.#counts, tests: { ...this.#tests }, sandboxes: [...this.#sandboxes].sort() };
  }
}

export function programsPart({
  checked,
  passed,
  failed,
  noProgram,
  undecided,
  tests,
  sandboxes,
}: ProgramFigures): Html {
  if (checked === 0) return NOTHING;
  const row = (name: string, count: number) =>
    count === 0
      ? NOTHING
      : html`<tr><th scope="row">${name}</th><td class="n">${number(count)}</td><td class="n">${percent(count, checked)}</td></tr>`;
  return html`<h3>Programs, in ${number(checked)} samples</h3><p class="soft">A trace whose answer is a program is held to its tests: they were run${sandboxes.length === 0 ? "" : ` in ${sandboxes.join("; ")}`}, and ${number(tests.passed)} of ${number(tests.of)} passed before the first that failed. Counted at the last check of each sample.</p>
${SCROLL}<table><thead><tr><th scope="col">the program</th><th scope="col" class="n">samples</th><th scope="col" class="n">share</th></tr></thead><tbody>${row("passes its tests", passed)}${row("fails one", failed)}${row("is not in the trace", noProgram)}${row("could not be run: nothing is known of it", undecided)}</tbody></table></div>`;
}

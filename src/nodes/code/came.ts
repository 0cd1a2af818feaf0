/** How a check came out, in the words of all places where programs are run. */

/** `passed` counts the tests before the one that decided. */
export type Came =
  | { readonly came: "passed"; readonly passed: number }
  | { readonly came: "failed"; readonly passed?: number; readonly reason: string }
  /** It is no code of its language at all. */
  | { readonly came: "unreadable"; readonly passed?: undefined; readonly reason: string }
  | { readonly came: "undecided"; readonly passed?: number; readonly rule: string; readonly reason: string };

/** Characters that a program may print, or give as one result. */
export const MOST_OUTPUT = 8 * 1024 * 1024;

export function failed(reason: string, passed = 0): Came {
  return { came: "failed", passed, reason };
}

/** Nothing is known of a program that needs what is not there. */
export function lacks(missing: string, whose: "Python" | "Node" | "QuickJS"): Came {
  const reason = `needs the package ${short(missing)}, which this ${whose} does not have`;
  return { came: "undecided", rule: "missing-module", reason };
}

/** What the referee says, in either language. */
export function verdictOf(text: string): Came {
  const { verdict, reason, passed } = JSON.parse(text) as { verdict: string; reason: string; passed: number };
  if (verdict === "equal") return { came: "passed", passed };
  return verdict === "different" ? failed(reason, passed) : { came: "undecided", rule: "tests", reason, passed };
}

export interface Printed {
  readonly passed: number;
  readonly of: number;
  readonly printed: string;
  readonly output: string;
  /** What it complained of, in a line. */
  readonly complaint: string;
}

export function wrongOutput({ passed, of, printed, output, complaint }: Printed): Came {
  const why = complaint === "" ? "" : ` (${complaint})`;
  const what = `it printed ${short(printed.trim())}, expected ${short(output.trim())}${why}`;
  return failed(`case ${passed + 1} of ${of}: ${what}`, passed);
}

export function short(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > 160 ? `${line.slice(0, 157)}...` : line || "nothing";
}

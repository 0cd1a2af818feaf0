/**
 * Does a program pass its tests? Here it is found in the text, a place to run it is found, and no more run at a time than
 * there is room for; how it is run and judged is in-cells.ts.
 *
 * Invariant: a verdict other than undecided comes only from a program that ran in a sandbox.
 */
import { availableParallelism } from "node:os";
import type { CodeLanguage, CodeTests, TestsRun } from "../../core/code-tests.ts";
import { different, equal, undecided, type Verdict } from "../answers/index.ts";
import type { Came } from "./came.ts";
import { findSandbox } from "./cell.ts";
import { type Cells, openCells } from "./in-cells.ts";
import { programIn, readingsOf } from "./program-text.ts";
import { openQuickJs } from "./quickjs.ts";

/** What came of it. `tests` is there where the program was run. */
export type Ran = Verdict & { readonly tests?: TestsRun };

export interface CodeRunner {
  /** Runs the program in `text` against its tests. Never throws for what a program does; ends within the limit. */
  check(text: string, tests: CodeTests, signal?: AbortSignal): Promise<Ran>;
  /** Why programs with such tests can't be run on this machine; undefined where they can. */
  missing(tests: CodeTests): Promise<string | undefined>;
  /** Kills whatever still runs. */
  close(): Promise<void>;
}

export interface RunnerOptions {
  /** Most programs at a time. */
  readonly atOnce?: number;
  /** For all tests of one program, where they don't say. */
  readonly limitMs?: number;
  readonly sandbox?: typeof findSandbox;
}

const LIMIT_MS = 10_000;
const MOST_LIMIT_MS = 60_000;

export function createCodeRunner(options: RunnerOptions = {}): CodeRunner {
  const places = new Map<CodeLanguage, Promise<Place>>();
  const waiting: (() => void)[] = [];
  let free = options.atOnce ?? Math.max(1, Math.min(4, availableParallelism()));
  let closed = false;

  function placeFor(language: CodeLanguage): Promise<Place> {
    const known = places.get(language);
    if (known !== undefined) return known;
    const place = (options.sandbox ?? findSandbox)(language).then((found): Place => {
      if (!("missing" in found)) return { name: found.name, cells: openCells(found) };
      return language === "javascript" ? { name: "QuickJS", cells: openQuickJs() } : found;
    });
    places.set(language, place);
    return place;
  }

  return {
    async missing({ language = "python" }) {
      const place = await placeFor(language);
      return "missing" in place ? notRun(place.missing) : undefined;
    },

    async check(text, tests, signal) {
      const program = programIn(text, tests);
      if (typeof program === "string") return undecided("no-program", `there is no program: ${program}`);
      const place = await placeFor(program.language);
      if ("missing" in place) return undecided("no-sandbox", notRun(place.missing));
      if (free > 0) free--;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        signal?.throwIfAborted();
        if (closed) return undecided("closed", "the check was called off");
        const limitMs = Math.min(tests.timeoutMs ?? options.limitMs ?? LIMIT_MS, MOST_LIMIT_MS);
        const texts = readingsOf(program.text, tests);
        const came = await place.cells.judge(texts, tests, { limitMs, signal });
        if (program.isBare && came.came === "unreadable")
          return undecided("no-program", "there is no program: the text has no listing and is not code");
        return told(came, tests, place.name);
      } finally {
        const next = waiting.shift();
        if (next) next();
        else free++;
      }
    },

    async close() {
      closed = true;
      const opened = await Promise.all(places.values());
      await Promise.all(opened.map((place) => ("missing" in place ? undefined : place.cells.close())));
    },
  };
}

type Place = { readonly missing: string } | { readonly name: string; readonly cells: Cells };

function notRun(missing: string): string {
  return `no program is run without a sandbox: ${missing}`;
}

/** `rule`: `tests` wherever running it decided, whatever of it: a wrong result, an error, a limit. */
function told(came: Came, tests: CodeTests, sandbox: string): Ran {
  const passed = came.passed ?? 0;
  const of = Math.max(countOf(tests) ?? 0, came.came === "passed" ? passed : passed + 1);
  const run: TestsRun = { passed, of, sandbox };
  const counted = `passes ${passed} of ${of} tests`;
  switch (came.came) {
    case "passed":
      return { ...equal("tests", counted), tests: { ...run, of: passed } };
    case "failed":
    case "unreadable":
      return { ...different("tests", `${counted}: ${came.reason}`), tests: run };
    case "undecided":
      return { ...undecided(came.rule, came.reason), tests: run };
  }
}

/** How many there are, where the tests say so before they are run. */
function countOf(tests: CodeTests): number | undefined {
  switch (tests.style) {
    case "assert":
      return tests.asserts.length;
    case "stdio":
    case "function":
      return tests.cases.length;
    case "check":
      return tests.test.match(/^\s*(?:console\.)?assert\b/gm)?.length;
  }
}

/**
 * Tests for a program, as benchmarks state them. They travel with a sample (the state field `tests`, of type object) and
 * are run in the sandbox only.
 */
export const CODE_LANGUAGES = ["python", "javascript"] as const;
export type CodeLanguage = (typeof CODE_LANGUAGES)[number];

export interface CodeCase {
  readonly input: string;
  readonly output: string;
}

export type CodeTests = {
  /** Left out, the program's own fence says it; without a word there, it is Python. */
  readonly language?: CodeLanguage;
  /** Most time one program may take for all its tests; the sandbox has a bound of its own. */
  readonly timeoutMs?: number;
} & (
  | {
      /** HumanEval, LeetCode: code that defines `check(candidate)`, called with the program's `entryPoint`. */
      readonly style: "check";
      readonly entryPoint: string;
      readonly test: string;
      /** Stands before the program: the prompt's own beginning, which a completion goes on from. */
      readonly before?: string;
    }
  | {
      /** MBPP: statements that must hold after the program has run. */
      readonly style: "assert";
      readonly asserts: readonly string[];
      readonly before?: string;
    }
  | {
      /** LiveCodeBench: a program that reads standard input and writes standard output. */
      readonly style: "stdio";
      readonly cases: readonly CodeCase[];
    }
  | {
      /** LiveCodeBench: a function (or a method of `Solution`) called with JSON arguments, a line each, for a JSON result. */
      readonly style: "function";
      readonly entryPoint: string;
      readonly cases: readonly CodeCase[];
      readonly before?: string;
    }
);

/** A program run against its tests, in which sandbox. Those that passed stand before the one that decided. */
export interface TestsRun {
  readonly passed: number;
  readonly of: number;
  /** For people: "bubblewrap, Python 3.11.7". */
  readonly sandbox: string;
}

const FENCES: Readonly<Record<string, CodeLanguage>> = {
  python: "python",
  py: "python",
  python3: "python",
  py3: "python",
  python2: "python",
  javascript: "javascript",
  js: "javascript",
  node: "javascript",
  nodejs: "javascript",
  mjs: "javascript",
  cjs: "javascript",
  jsx: "javascript",
};

/** The language that a fence or a column names; undefined for one whose programs nothing here runs. */
export function languageNamed(word: string): CodeLanguage | undefined {
  const name = word.trim().toLowerCase();
  return Object.hasOwn(FENCES, name) ? FENCES[name] : undefined;
}

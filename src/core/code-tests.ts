/**
 * Tests for a program, as benchmarks state them. They travel with a sample (a state field of type object) and are run in
 * the sandbox only.
 */
export type CodeTests = {
  readonly language: "python" | "javascript";
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
      readonly cases: readonly { readonly input: string; readonly output: string }[];
    }
  | {
      /** LiveCodeBench: a function (or a method of `Solution`) called with JSON arguments, a line each, for a JSON result. */
      readonly style: "function";
      readonly entryPoint: string;
      readonly cases: readonly { readonly input: string; readonly output: string }[];
      readonly before?: string;
    }
);

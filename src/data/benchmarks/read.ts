/**
 * A benchmark's file as samples for a graph: each problem as often as it is to be asked, `aime-7#1`, `aime-7#2`, ...
 * A row that can't be read stops it: an accuracy over the readable rows would be another benchmark's.
 */
import type { NewSample } from "../../core/sample.ts";
import { readRows } from "../readers/rows.ts";
import { describeValue, inputError, isObject } from "../rows.ts";
import { openInput, type Source } from "../source.ts";
import { BENCHMARKS } from "./benchmarks.ts";
import type { BenchmarkName } from "./names.ts";

export interface BenchmarkOptions {
  readonly benchmark: BenchmarkName;
  /** How often each problem is asked. */
  readonly samples: number;
  /** Only the first so many problems. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/** Throws MezzoError (exit 2) for whatever is wrong with the file, with the row and what was found there. */
export async function* readBenchmark(source: Source, options: BenchmarkOptions): AsyncGenerator<NewSample> {
  const { read, title, instruction } = BENCHMARKS[options.benchmark];
  const input = await openInput(source, options.signal);
  const seen = new Set<string>();
  let problems = 0;
  try {
    for await (const found of readRows(input)) {
      if (problems === options.limit) break;
      if (found.problem) {
        const { code, where, message, hint } = found.problem;
        throw inputError(code, `${input.name}: ${where}: ${message}`, hint);
      }
      const { row, where, line } = found.raw;
      const problem = isObject(row) ? read(row) : `a row is expected, found ${describeValue(row)}`;
      if (typeof problem === "string") {
        const hint = `Rows as ${title} has them are expected; --benchmark names another.`;
        throw inputError("not-this-benchmark", `${input.name}: ${where}: ${problem}`, hint);
      }
      const id = (problem.id ?? where.replaceAll(" ", "-")).replaceAll("/", "-");
      if (seen.has(id)) throw inputError("id-twice", `${input.name}: ${where}: the id ${id} was there before`);
      seen.add(id);
      problems++;
      const { answer, tests, group } = problem;
      const state = { problem: problem.problem, instruction, benchmark: options.benchmark, answer, tests, group };
      const known = Object.fromEntries(Object.entries(state).filter(([, value]) => value !== undefined));
      for (let sample = 1; sample <= options.samples; sample++) {
        yield { id: `${id}#${sample}`, state: known, source: row as NewSample["source"], line };
      }
    }
  } finally {
    input.close();
  }
  if (problems === 0) throw inputError("input-empty", `${input.name} has no rows in it`);
}

/** The problem that a sample asks: its id without the number of the sample. */
export function problemOf(id: string): string {
  return id.slice(0, id.lastIndexOf("#"));
}

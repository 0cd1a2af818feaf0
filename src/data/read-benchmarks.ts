/** Benchmark files, to look for their problems among training rows. Any input format; only the problem's text is read. */

import { describeProblem } from "./read.ts";
import { readRows } from "./readers/rows.ts";
import { describeValue, inputError, isObject, listNames } from "./rows.ts";
import { BenchmarkIndex } from "./selection/contamination.ts";
import { openInput } from "./source.ts";

/** What the common benchmarks call their problem, in this order. */
const COLUMNS = ["problem", "question", "prompt", "question_content", "instruction", "题目", "问题"];

export interface ReadBenchmark {
  readonly file: string;
  readonly problems: number;
}

/** Throws MezzoError (exit 2) for a file or row that can't be read: a benchmark half looked for is no look at all. */
export async function readBenchmarks(
  files: readonly string[],
): Promise<{ index: BenchmarkIndex; benchmarks: readonly ReadBenchmark[] }> {
  const index = new BenchmarkIndex();
  const benchmarks: ReadBenchmark[] = [];
  for (const file of files) {
    let problems = 0;
    const input = await openInput({ path: file });
    try {
      for await (const read of readRows(input)) {
        if (read.problem) throw inputError(read.problem.code, describeProblem(read.problem, file), read.problem.hint);
        const { row, where } = read.raw;
        if (!isObject(row)) {
          throw inputError("not-a-row", `${file}: ${where}: a row is expected, found ${describeValue(row)}`);
        }
        const column = COLUMNS.find((name) => typeof row[name] === "string");
        if (column === undefined) {
          const hint = `Columns there: ${listNames(Object.keys(row))}. The problem is looked for in ${COLUMNS.join(", ")}.`;
          throw inputError(
            "missing-column",
            `${file}: ${where}: there is no column with the benchmark's problem`,
            hint,
          );
        }
        const id = typeof row.id === "string" || typeof row.id === "number" ? String(row.id) : where;
        index.add(file, id, String(row[column]));
        problems++;
      }
    } finally {
      input.close();
    }
    if (problems === 0) throw inputError("input-empty", `${file} has no rows in it`);
    benchmarks.push({ file, problems });
  }
  return { index, benchmarks };
}

import { expect, test } from "vitest";
import { exportRows, validationName } from "../../src/data/export.ts";
import type { FinishedSample } from "../../src/data/finished.ts";
import { readBenchmarks } from "../../src/data/read-benchmarks.ts";
import { readRows } from "../../src/data/readers/rows.ts";
import { openInput } from "../../src/data/source.ts";
import { errorOf, finished, useFolder } from "./rig.ts";

const folder = useFolder();

async function rowsIn(path: string): Promise<unknown[]> {
  const rows: unknown[] = [];
  const input = await openInput({ path });
  for await (const read of readRows(input)) rows.push(read.raw?.row ?? read.problem);
  input.close();
  return rows;
}

function many(count: number): AsyncIterable<FinishedSample> {
  return {
    async *[Symbol.asyncIterator]() {
      for (let n = 0; n < count; n++) {
        const state = { problem: `${n} + 1?`, trace: `It is ${n + 1}. 😀 "quoted"`, answer: String(n + 1) };
        const attempts = [{ text: `Long: ${"so ".repeat(20)}it is ${n + 1}.`, from: "input", cutOff: false } as const];
        yield finished({ id: `s${n}`, state, attempts });
      }
    },
  };
}

test.each(["messages", "sharegpt", "alpaca", "dpo", "cogpo", "omnithought"] as const)(
  "Parquet rows of %s are those of its JSON Lines, over several groups of rows",
  async (format) => {
    const check = async () => "equal" as const;
    for (const out of ["rows.parquet", "rows.jsonl"]) {
      await exportRows(many(2_300), { format, out: folder.path(out), check });
    }
    const rows = await rowsIn(folder.path("rows.parquet"));
    expect(rows).toHaveLength(2_300);
    expect(rows).toEqual(await rowsIn(folder.path("rows.jsonl")));
  },
);

test("originals are mixed in at their share, marked, and only where their answer is confirmed", async () => {
  const out = folder.path("mixed.jsonl");
  await exportRows(many(500), { format: "messages", out, originals: 0.2, check: async () => "equal" });
  const rows = (await rowsIn(out)) as { mode: string; id: string; messages: { content: string }[] }[];
  const long = rows.filter(({ mode }) => mode === "long");
  expect(long.length / rows.length).toBeCloseTo(0.2, 1);
  expect(long.every(({ id, messages }) => id.endsWith(":long") && messages[1]!.content.startsWith("Long: "))).toBe(
    true,
  );
  await exportRows(many(50), { format: "messages", out, originals: 0.2, check: async () => "different" });
  expect((await rowsIn(out)).every((row) => (row as { mode: string }).mode === "short")).toBe(true);
});

test("thinking stands in tags or in a field of its own, and the answer after it", async () => {
  const out = folder.path("thinking.jsonl");
  await exportRows(many(1), { format: "messages", out, thinking: "tags" });
  expect(await rowsIn(out)).toMatchObject([
    { messages: [{}, { content: '<think>\nIt is 1. 😀 "quoted"\n</think>\n\nThe answer is \\boxed{1}.' }] },
  ]);
  await exportRows(many(1), { format: "messages", out, thinking: "field" });
  expect(await rowsIn(out)).toMatchObject([
    { messages: [{}, { content: "The answer is \\boxed{1}.", reasoning_content: 'It is 1. 😀 "quoted"' }] },
  ]);
});

test("a split writes two files, each told with its rows and hash", async () => {
  const out = folder.path("parts.jsonl.gz");
  const { files, written } = await exportRows(many(300), { format: "alpaca", out, selection: { validation: 0.1 } });
  expect(files.map(({ out: file }) => file)).toEqual([out, folder.path("parts.validation.jsonl.gz")]);
  for (const file of files) expect(await rowsIn(file.out)).toHaveLength(file.rows);
  expect([written, files.every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256 ?? ""))]).toEqual([300, true]);
});

test("one row of omnithought holds all the chains of a problem, with their scores", async () => {
  const samples = [1, 2, 3].map((n) =>
    finished({ id: `s${n}`, state: { problem: n < 3 ? "p" : "q", trace: `chain ${n}`, answer: "1", rv: n, cd: 4 } }),
  );
  const all = {
    async *[Symbol.asyncIterator]() {
      yield* samples;
    },
  };
  const out = folder.path("omni.jsonl");
  const find = async (id: string) => samples.find((sample) => sample.id === id);
  const { leftOut } = await exportRows(all, { format: "omnithought", out, find });
  expect(leftOut).toEqual([]);
  expect(await rowsIn(out)).toMatchObject([
    {
      question: "p",
      reasoning: [{ thought: "chain 1", Reasoning_Verbosity: 1, Cognitive_Difficulty: 4 }, { thought: "chain 2" }],
    },
    { question: "q", reasoning: [{ thought: "chain 3", Reasoning_Verbosity: 3 }] },
  ]);
});

test("the validation file is named beside its training file", () => {
  expect(["a/train.jsonl", "t.parquet", "t.jsonl.gz", "t"].map(validationName)).toEqual([
    "a/train.validation.jsonl",
    "t.validation.parquet",
    "t.validation.jsonl.gz",
    "t.validation",
  ]);
});

test("a benchmark file without a column for its problem is an error that names the columns there", async () => {
  const path = await folder.write("odd.jsonl", '{"text_en": "What?"}\n');
  const error = await errorOf(readBenchmarks([path]));
  expect(error).toMatchObject({ code: "missing-column", exitCode: 2 });
  expect(error.hint).toContain("text_en");
});

import { createReadStream } from "node:fs";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { expect, test } from "vitest";
import { errorOf, readAll, useFolder } from "../rig.ts";

const folder = useFolder();

type Column = Parameters<typeof parquetWriteBuffer>[0]["columnData"][number];

async function table(name: string, columnData: Column[], options: { rowGroupSize?: number } = {}): Promise<string> {
  return folder.write(name, new Uint8Array(parquetWriteBuffer({ columnData, ...options })));
}

const problems: Column = { name: "problem", data: Array.from({ length: 700 }, (_, n) => `What is ${n} + 1?`) };

test("gives every row in order, across row groups", async () => {
  const path = await table("many.parquet", [problems], { rowGroupSize: 300 });
  const { samples } = await readAll(path);
  expect(samples.map((sample) => sample.state.problem)).toEqual(problems.data);
  expect(samples.at(-1)!.line).toBe(700);
});

test("a 64-bit number, a date, a list and a missing value become what JSON has", async () => {
  const path = await table("types.parquet", [
    { name: "problem", data: ["p"] },
    { name: "answer", data: [12345678901234567890n >> 1n], type: "INT64" },
    { name: "when", data: [new Date("2026-01-02T03:04:05Z")], type: "TIMESTAMP" },
    { name: "options", data: [["a", "b"]], type: "JSON" },
    { name: "trace", data: [null], type: "STRING", nullable: true },
  ]);
  const { samples } = await readAll(path);
  expect(samples[0]!.state).toEqual({ problem: "p", answer: "6172839450617283945" });
  expect(samples[0]!.source).toMatchObject({ when: "2026-01-02T03:04:05.000Z", options: ["a", "b"], trace: null });
});

test("is known by its first bytes, whatever its name, from standard input too", async () => {
  const path = await table("data.bin", [{ name: "problem", data: ["one", "two"] }]);
  expect((await readAll(path)).samples).toHaveLength(2);
  expect((await readAll("-", { stdin: createReadStream(path) })).samples).toHaveLength(2);
});

test("a row that can't be used is named by its number", async () => {
  const path = await table("bad.parquet", [{ name: "problem", data: ["one", "", "three"], type: "STRING" }]);
  const error = await errorOf(readAll(path));
  expect(error.message).toContain("bad.parquet: row 2");
});

test("a column that a mapping names and nobody has is an error with the columns there", async () => {
  const path = await table("mapped.parquet", [{ name: "question", data: ["one"] }]);
  const error = await errorOf(readAll(path, { map: { problem: "questoin" } }));
  expect(error.hint).toContain("Did you mean question?");
});

test("a file that is cut off or damaged is one error that names it", async () => {
  const path = await table("whole.parquet", [problems]);
  const whole = await import("node:fs/promises").then(({ readFile }) => readFile(path));
  const cut = await folder.write("cut.parquet", whole.subarray(0, whole.length / 2));
  expect(await errorOf(readAll(cut))).toMatchObject({ code: "parquet-broken", exitCode: 2 });
  const hurt = Buffer.from(whole);
  hurt.fill(0xff, 8, 200);
  expect(await errorOf(readAll(await folder.write("hurt.parquet", hurt)))).toMatchObject({ code: "parquet-broken" });
});

test("gzipped Parquet is told apart: Parquet packs its own pages", async () => {
  const whole = parquetWriteBuffer({ columnData: [problems] });
  const path = await folder.write("packed.parquet.gz", gzipSync(new Uint8Array(whole)));
  expect(await errorOf(readAll(path))).toMatchObject({ code: "input-binary" });
});

import { existsSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { PassThrough, Writable } from "node:stream";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ExportFormat, exportRows } from "../../src/data/export.ts";
import type { FinishedSample } from "../../src/data/finished.ts";
import { abortSoon, errorOf, finished, readAll, useFolder } from "./rig.ts";

const folder = useFolder();
const STATE = { problem: "6*7?", trace: "Six sevens are 42.", answer: "42" };

async function* of(...samples: FinishedSample[]) {
  yield* samples;
}
const readRows = (path: string) =>
  readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("a row", () => {
  test.each<[ExportFormat, unknown]>([
    [
      "messages",
      {
        id: "s1",
        messages: [
          { role: "user", content: STATE.problem },
          { role: "assistant", content: STATE.trace },
        ],
      },
    ],
    [
      "sharegpt",
      {
        id: "s1",
        conversations: [
          { from: "human", value: STATE.problem },
          { from: "gpt", value: STATE.trace },
        ],
      },
    ],
    ["alpaca", { id: "s1", instruction: STATE.problem, input: "", output: STATE.trace }],
  ])("of %s is what its trainers read", async (format, row) => {
    const out = folder.path(`${format}.jsonl`);
    const summary = await exportRows(of(finished({ state: STATE })), { format, out });
    expect(readRows(out)).toEqual([row]);
    const bytes = readFileSync(out).length;
    expect(summary).toMatchObject({ format, out, written: 1, leftOut: [], bytes, files: [{ part: "train", rows: 1 }] });
  });

  test("of jsonl carries everything", async () => {
    const sample = finished({
      state: STATE,
      source: { problem: "6*7?", teacher: "r1", meta: { level: 3 } },
      ratings: ["hard", "medium"],
    });
    await exportRows(of(sample), { format: "jsonl", out: folder.path("all.jsonl") });
    const { attempts, ...known } = sample;
    expect(attempts).toEqual([]);
    expect(readRows(folder.path("all.jsonl"))).toEqual([known]);
  });
});

test("samples without a trace are counted and named, never written as an empty turn", async () => {
  const samples = [finished({ state: STATE }), ...["x", "y"].map((id) => finished({ id, state: { problem: "p" } }))];
  const out = folder.path("gaps.jsonl");
  const summary = await exportRows(of(...samples), { format: "messages", out });
  expect(summary).toMatchObject({ written: 1, leftOut: [{ why: "no-trace", count: 2, firstIds: ["x", "y"] }] });
  expect(readRows(out)).toHaveLength(1);
  expect(await exportRows(of(...samples), { format: "jsonl", out })).toMatchObject({ written: 3, leftOut: [] });
});

test("what is exported as jsonl is read back as it was, whatever the texts hold", async () => {
  const anyText = fc.string({ unit: "binary" });
  const source = fc.dictionary(anyText, fc.jsonValue(), { noNullPrototype: true });
  await fc.assert(
    fc.asyncProperty(fc.array(source, { minLength: 1, maxLength: 5 }), async (sources) => {
      const out = folder.path("round.jsonl.gz");
      const samples = sources.map((row, index) => finished({ id: `s${index}`, source: row, state: STATE }));
      await exportRows(of(...samples), { format: "jsonl", out });
      const { samples: read } = await readAll(out, { map: { problem: "reason" } });
      expect(read.map((sample) => JSON.stringify(sample.source))).toEqual(
        samples.map(({ attempts: _, ...known }) => JSON.stringify(known)),
      );
    }),
    { numRuns: 50 },
  );
});

test("half surrogate pairs are replaced everywhere, in keys too", async () => {
  const out = folder.path("half.jsonl");
  await exportRows(of(finished({ source: { "k\ud83d": ["v\udc00"], ok: "\ud83d\ude00" } })), { format: "jsonl", out });
  expect(readRows(out)[0].source).toEqual({ "k\ufffd": ["v\ufffd"], ok: "\ud83d\ude00" });
});

describe("the file", () => {
  test("is packed when its name ends in .gz", async () => {
    const out = folder.path("deep/down/packed.jsonl.gz");
    await exportRows(of(finished({ state: STATE })), { format: "alpaca", out });
    expect(JSON.parse(gunzipSync(readFileSync(out)).toString())).toMatchObject({ input: "" });
  });

  test("stays as it was when the rows end in an error, and no .part is left", async () => {
    const out = await folder.write("kept.jsonl", "old");
    async function* broken() {
      yield finished({ state: STATE });
      throw new Error("the store is gone");
    }
    expect((await errorOf(exportRows(broken(), { format: "messages", out }))).message).toBe("the store is gone");
    expect(readFileSync(out, "utf8")).toBe("old");
    expect(existsSync(`${out}.part`)).toBe(false);
  });

  test("is given up when aborted, and leaves nothing", async () => {
    const out = folder.path("aborted.jsonl");
    const reason = new Error("the user has had enough");
    async function* endless() {
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        yield finished({ state: STATE });
      }
    }
    expect(await errorOf(exportRows(endless(), { format: "alpaca", out, signal: abortSoon(reason) }))).toBe(reason);
    expect([existsSync(out), existsSync(`${out}.part`)]).toEqual([false, false]);
  });

  test("is not there under its name until it is whole", async () => {
    const out = folder.path("whole.jsonl");
    const seen: boolean[] = [];
    async function* watched() {
      yield finished({ state: { ...STATE, trace: "x".repeat(600_000) } });
      yield finished({ state: STATE });
      seen.push(existsSync(out), existsSync(`${out}.part`));
    }
    await exportRows(watched(), { format: "messages", out });
    expect(seen).toEqual([false, true]);
    expect(readRows(out)).toHaveLength(2);
  });

  test("takes the place of a .part that a killed export left", async () => {
    await folder.write("again.jsonl.part", "half a li");
    await exportRows(of(finished({ state: STATE })), { format: "messages", out: folder.path("again.jsonl") });
    expect(readRows(folder.path("again.jsonl"))).toHaveLength(1);
  });

  test("is written by one export at a time", async () => {
    const out = folder.path("raced.jsonl");
    async function* slow() {
      yield finished({ id: "slow", state: { ...STATE, trace: "x".repeat(600_000) } });
      await exportRows(of(finished({ id: "fast", state: STATE })), { format: "alpaca", out });
    }
    expect(await errorOf(exportRows(slow(), { format: "alpaca", out }))).toMatchObject({ code: "export-raced" });
    expect(readRows(out)[0].id).toBe("fast");
  });

  test("keeps a symbolic link a link", async () => {
    const target = await folder.write("target.jsonl", "old");
    symlinkSync(target, folder.path("link.jsonl"));
    await exportRows(of(finished({ state: STATE })), { format: "alpaca", out: folder.path("link.jsonl") });
    expect(readRows(target)).toHaveLength(1);
  });

  test("can't be a folder, or lie in a file", async () => {
    const file = await folder.write("plain", "");
    const folderError = await errorOf(exportRows(of(), { format: "alpaca", out: folder.path(".") }));
    expect(folderError).toMatchObject({ name: "MezzoError", code: "export-folder" });
    const inFile = await errorOf(exportRows(of(), { format: "alpaca", out: `${file}/x.jsonl` }));
    expect(inFile).toMatchObject({ name: "MezzoError", code: "export-refused" });
  });

  test.skipIf(!existsSync("/dev/full"))("that fills the disk is one clear error", async () => {
    const error = await errorOf(exportRows(of(finished({ state: STATE })), { format: "alpaca", out: "/dev/full" }));
    expect(error).toMatchObject({ name: "MezzoError", code: "disk-full", exitCode: 1 });
    expect(readdirSync("/dev")).not.toContain("full.part");
  });
});

describe("standard output", () => {
  test("takes the rows and stays open", async () => {
    const chunks: Buffer[] = [];
    const stdout = new PassThrough().on("data", (chunk: Buffer) => chunks.push(chunk));
    await exportRows(of(finished({ state: STATE })), { format: "alpaca", out: "-", stdout });
    expect(JSON.parse(Buffer.concat(chunks).toString())).toMatchObject({ output: STATE.trace });
    expect(stdout.writableEnded).toBe(false);
  });

  test("may be closed by its reader before the end", async () => {
    const stdout = new Writable({
      write: (_chunk, _, done) => done(Object.assign(new Error("EPIPE"), { code: "EPIPE" })),
    });
    expect(await exportRows(of(finished({ state: STATE })), { format: "alpaca", out: "-", stdout })).toMatchObject({
      cutShort: true,
    });
  });
});

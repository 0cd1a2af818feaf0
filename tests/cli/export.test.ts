/** `mezzo export` with what is asked of a training file: pairs, Parquet, filters, a manifest. */
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import type { Io } from "../../src/cli/io.ts";
import { main } from "../../src/cli/main.ts";
import { appleRows, appleSample, makeRig, type Rig } from "../rig.ts";

async function finishedRun(rows = 12, more = ""): Promise<Rig> {
  const rig = await makeRig();
  const graph = await rig.distillAt((await rig.serve()).url, more);
  await rig.write("in.jsonl", appleRows(rows));
  await rig.json("run", graph, "--input", "in.jsonl", "--run", "r");
  return rig;
}

test("pairs set each fitted chain over its own original, with the beta of their gap", async () => {
  const rig = await finishedRun();
  await rig.mezzo("export", "r", "--format", "cogpo", "--out", "pairs.jsonl");
  const rows = await rig.rows<Record<string, unknown>>("pairs.jsonl");
  expect(rows.length).toBeGreaterThan(0);
  for (const { prompt, chosen, rejected, beta, gap } of rows) {
    expect({ beta, gap, same: chosen === rejected }).toEqual({ beta: 0.1, gap: "small", same: false });
    expect(rows.some((row) => row.prompt === prompt)).toBe(true);
  }
});

test("the manifest beside a file says what it is made of, and what was left out by which rule", async () => {
  const rig = await finishedRun();
  await rig.write("bench.jsonl", JSON.stringify({ id: "b7", question: appleSample(4).problem }));
  const { stderr } = await rig.mezzo(
    ...["export", "r", "--out", "t.jsonl", "--decontaminate", "bench.jsonl", "--best", "5", "--split", "0.3"],
  );
  expect(stderr).toContain("left out 1 sample: their problem stands in a benchmark (apple-4)");
  const manifest = JSON.parse(await readFile(rig.path("t.jsonl.manifest.json"), "utf8"));
  expect(manifest).toMatchObject({
    ...{
      format: "messages",
      run: "r",
      graph: "distill",
      outcomes: ["accepted"],
      filters: { best: 5, validation: 0.3 },
    },
    ...{ student: { name: "Qwen2.5-7B-Instruct", size: "7B" }, rows: 5, benchmarks: [{ problems: 1 }] },
    contaminated: [{ sample: "apple-4", id: "b7", how: "verbatim", share: 1 }],
  });
  expect(manifest.files.map((file: { out: string }) => file.out)).toEqual(["t.jsonl", "t.validation.jsonl"]);
  expect(manifest.leftOut.map((left: { why: string }) => left.why)).toEqual(["contaminated", "below-the-best"]);
});

test("conditions over the sample's fields and its way choose, and the manifest counts what each took", async () => {
  const rig = await finishedRun();
  const { stderr } = await rig.mezzo(
    ...["export", "r", "--out", "t.jsonl", "--loss-weights", "spans"],
    ...["--where", "visits(condense) == 0", "--where", "tokens(trace) > 1000000"],
  );
  expect(stderr).toContain("not as asked for: tokens(trace) > 1000000");
  const { leftOut, filters, lossWeights } = JSON.parse(await readFile(rig.path("t.jsonl.manifest.json"), "utf8"));
  expect(filters.where).toEqual(["visits(condense) == 0", "tokens(trace) > 1000000"]);
  expect(leftOut.reduce((sum: number, { count }: { count: number }) => sum + count, 0)).toBe(12);
  expect(lossWeights).toEqual({ form: "spans", answer: 0.4, chain: 0.3, efficiency: 0.3, share: null });
});

test("how many long originals the mix came to is told, beside what was asked for", async () => {
  const rig = await finishedRun();
  const { stderr } = await rig.mezzo("export", "r", "--out", "t.jsonl", "--originals", "0.5");
  const rows = await rig.rows<{ mode: string }>("t.jsonl");
  const long = rows.filter(({ mode }) => mode === "long").length;
  expect(long).toBeGreaterThan(0);
  expect(stderr).toContain(`${long} row`);
  expect(stderr).toContain("50 % asked for");
  const { files } = JSON.parse(await readFile(rig.path("t.jsonl.manifest.json"), "utf8"));
  expect(files).toMatchObject([{ rows: rows.length, originals: long }]);
});

test("what can't be is refused in words, before anything is written", async () => {
  const rig = await finishedRun(1);
  for (const [flags, words] of [
    [["--out", "-", "--split", "0.1"], "--split writes two files"],
    [["--out", "x.jsonl", "--format", "dpo", "--originals", "0.2"], "--originals mixes turns, and dpo has none"],
    [["--out", "x.jsonl", "--originals", "0.6"], "--originals is at most 0.5"],
    [["--out", "x.jsonl", "--rank-by", "rating"], "a number in the graph's state is expected"],
    [["--out", "x.jsonl", "--decontaminate", "nowhere.jsonl"], "nowhere.jsonl does not exist"],
    [["--out", "x.jsonl", "--where", "ratin == 'easy'"], 'The state has no field "ratin" (unknown-field-in-condition)'],
    [["--out", "x.jsonl", "--where", "rating > 3"], "(type-in-condition)"],
    [["--out", "x.jsonl", "--where", "rating"], "a condition is either true or false (not-a-condition)"],
    [["--out", "x.jsonl", "--rv-cd", "7B"], "the graph has no rv and no cd"],
    [
      ["--out", "x.jsonl", "--loss-weights", "turns", "--thinking", "field"],
      "for --format messages, thinking plain or tags",
    ],
    [["--out", "x.jsonl", "--loss-weights", "spans", "--format", "dpo"], "dpo has none"],
    [["--out", "x.jsonl", "--split", "2"], "A share between 0 and 1 is expected"],
  ] as const) {
    const { code, stderr } = await rig.mezzo("export", "r", ...flags);
    expect(stderr).toContain(words);
    expect(code, words).toBe(2);
  }
});

test.each([
  [["--out", "x", "--for", "axolotl"], "Allowed choices are trl, llamafactory, swift"],
  [["--out", "x", "--for", "trl", "--format", "dpo"], "--for trl brings the form of its rows"],
  [["--out", "x.jsonl", "--for", "trl"], "--for trl writes a folder, and --out x.jsonl is none"],
  [["--out", "x", "--for", "trl", "--methods", "sft,ppo"], '"ppo" is no method; they are sft, dpo, cogpo'],
  [["--out", "x", "--for", "swift", "--thinking", "field"], "the chain would not be learned"],
  [["--out", "x", "--for", "trl", "--loss-weights", "turns"], "only ms-swift weighs"],
  [["--out", "x.jsonl", "--student", "7B"], "--student belongs to --for"],
])("%s is refused before a store is opened", async (flags, words) => {
  const said: string[] = [];
  const paint = { bad: String, faint: String } as unknown as Io["paint"];
  const io = { say: (line: string) => said.push(line), out: String, paint, env: {} } as unknown as Io;
  expect(await main(["export", "r", ...flags], io)).toBe(2);
  expect(said.join("\n")).toContain(words);
});

test("a folder for a trainer is made for the graph's student, and says how to train and by which licences", async () => {
  const rig = await finishedRun(12, ", licence: apache-2.0");
  const { stderr, code } = await rig.mezzo(
    "export",
    "r",
    "--for",
    "llamafactory",
    "--methods",
    "dpo,sft",
    "--out",
    "hand/off",
  );
  expect(stderr).toContain("wrote hand/off for Qwen/Qwen2.5-7B-Instruct: cd hand/off && bash train.sh");
  expect(code).toBe(0);
  const { data, trains } = JSON.parse(await rig.read("hand/off/manifest.json"));
  expect({ trains, methods: Object.keys(data), run: data.sft.run }).toEqual({
    ...{ trains: "Qwen/Qwen2.5-7B-Instruct", methods: ["sft", "dpo"], run: "r" },
  });
  expect(data.dpo.models.judge).toEqual({ provider: "openai", model: "judge", licence: "apache-2.0" });
  expect(await rig.read("hand/off/README.md")).toContain("rewriter: rewriter (apache-2.0)");
  expect(await rig.rows("hand/off/data/sft/train.jsonl")).toHaveLength(data.sft.rows);
  const { stderr: refused } = await rig.mezzo("export", "r", "--for", "trl", "--out", "x", "--cutoff", "40000");
  expect(refused).toContain(
    "--cutoff 40000: a number from 1 to 32768 is expected, which Qwen/Qwen2.5-7B-Instruct reads",
  );
  const again = await rig.json<{ methods: { rows: number }[] }>("export", "r", "--for", "trl", "--out", "hand/off");
  expect(again.methods.map(({ rows }) => rows)).toEqual([data.sft.rows]);
});

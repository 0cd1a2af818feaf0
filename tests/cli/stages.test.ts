/** `mezzo export --stages`: three files that belong together, each row checked again, and what verifies it beside it. */
import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { findSandbox } from "../../src/nodes/code/index.ts";
import { makeRig, type Rig } from "../rig.ts";

const GRAPHS = new URL("../../graphs/", import.meta.url).pathname;

interface Turn {
  readonly content: string;
}
interface PairRow {
  readonly id: string;
  readonly prompt: readonly Turn[];
  readonly chosen: readonly Turn[];
  readonly rejected: readonly Turn[];
  readonly gap: string;
  readonly beta: number;
  readonly broken?: { readonly how: string; readonly value: string };
}
interface Trajectory {
  readonly id: string;
  readonly gold?: string;
  readonly tests?: object;
  readonly verdict: string;
  readonly score: number;
  readonly prompt: readonly Turn[];
}

const PROGRAM = {
  id: "double",
  problem: "Write a function double(n) that returns twice n.",
  trace: "Twice n is n + n.\n\n```python\ndef double(n):\n    return n + n\n```",
  tests: { language: "python", style: "assert", asserts: ["assert double(21) == 42", "assert double(0) == 0"] },
};

async function finishedRun(...flags: string[]): Promise<Rig> {
  const rig = await makeRig();
  const rows = (await readFile(`${GRAPHS}samples.jsonl`, "utf8")).trimEnd();
  await rig.write("in.jsonl", `${rows}\n${JSON.stringify(PROGRAM)}\n`);
  await rig.json("run", `${GRAPHS}variable-length.yaml`, "--input", "in.jsonl", "--run", "v", ...flags);
  return rig;
}

test("three linked files: chains that verify, pairs whose worse side is broken, trajectories that can be graded; apart, none shares a problem", async () => {
  const rig = await finishedRun();
  const { code, stderr } = await rig.mezzo("export", "v", "--stages", "--split", "0.2", "--out", "s");
  expect(stderr).toContain("a: left out");
  expect(code).toBe(0);
  expect((await readdir(rig.path("s"))).sort()).toEqual([
    ...["a-chains.jsonl", "a-chains.validation.jsonl", "b-pairs.jsonl", "c-trajectories.jsonl", "manifest.json"],
  ]);

  const pairs = await rig.rows<PairRow>("s/b-pairs.jsonl");
  const broken = pairs.filter(({ gap }) => gap === "coherence");
  expect(broken.length).toBeGreaterThan(10);
  const lines = broken.flatMap(({ id, chosen, rejected }) => {
    expect(rejected[0]!.content.replace(/\s+/g, "")).not.toBe(chosen[0]!.content.replace(/\s+/g, ""));
    return [chosen, rejected].map((side, at) => ({ id: `${id}:${at}`, pred: side[0]!.content, gold: "" }));
  });
  // Both sides come to the same answer: what was broken is the way.
  const last = (text: string) =>
    text
      .trimEnd()
      .split(/\n\s*\n/)
      .at(-1);
  for (let at = 0; at < lines.length; at += 2) expect(last(lines[at + 1]!.pred)).toBe(last(lines[at]!.pred));

  const rows = await rig.rows<Trajectory>("s/c-trajectories.jsonl");
  const graded = await rig.mezzo("grade", "--input", "s/c-trajectories.jsonl", "--out", "g.jsonl");
  expect(graded.code).toBe(0);
  const verdicts = await rig.rows<{ id: string; verdict: string }>("g.jsonl");
  expect(verdicts.map(({ id, verdict }) => [id, verdict])).toEqual(rows.map(({ id, verdict }) => [id, verdict]));
  expect(rows.some(({ verdict, score }) => verdict === "different" && score === 0)).toBe(true);
  for (const { verdict, score } of rows) if (verdict === "equal") expect(score).toBeGreaterThanOrEqual(0.4);

  const { stages, problems, contents } = JSON.parse(await rig.read("s/manifest.json"));
  expect(stages.map(({ stage, after }: Record<string, unknown>) => [stage, after])).toEqual([
    ["a", null],
    ["b", "a"],
    ["c", "b"],
  ]);
  expect(stages.map((each: { rows: number }) => each.rows).slice(1)).toEqual([pairs.length, rows.length]);
  expect(problems.shared["a-b"]).toBeGreaterThan(10);
  expect(Object.keys(contents)).toHaveLength(4);
  const held = new Set((await rig.rows<{ id: string }>("s/a-chains.validation.jsonl")).map(({ id }) => id));
  expect(held.size).toBeGreaterThan(0);
  for (const { id } of [...pairs, ...rows]) expect(held.has(id.split(":")[0]!)).toBe(false);

  // A program's tests are its verifier.
  const program = rows.find(({ id }) => id.startsWith("double:"));
  if ("missing" in (await findSandbox("python"))) console.warn("skipped: no sandbox here to run a program's tests in");
  else {
    expect(program).toMatchObject({ verifier: "tests", tests: PROGRAM.tests, verdict: "equal" });
    expect(program?.score).toBeGreaterThan(0.4);
  }

  await rig.mezzo("export", "v", "--stages", "--apart", "--out", "apart", "--thinking", "tags");
  const apart = JSON.parse(await rig.read("apart/manifest.json"));
  expect(apart.problems).toEqual({ apart: true, shared: { "a-b": 0, "a-c": 0, "b-c": 0 } });
  expect(apart.stages.every((each: { rows: number }) => each.rows > 0)).toBe(true);
  const [tagged] = await rig.rows<PairRow>("apart/b-pairs.jsonl");
  for (const side of [tagged!.chosen, tagged!.rejected]) expect(side[0]!.content).toMatch(/^<think>\n/);
});

test("what does not go with --stages is refused, and a folder that is not ours is left alone", async () => {
  const rig = await finishedRun("--limit", "2");
  await rig.write("mine/notes.txt", "keep me");
  for (const [flags, words] of [
    [["--apart", "--out", "x.jsonl"], "--apart belongs to --stages"],
    [["--stages", "--out", "x.jsonl"], "--stages writes a folder"],
    [["--stages", "--format", "dpo", "--out", "x"], "dpo has no turns"],
    [["--stages", "--for", "trl", "--out", "x"], "make a folder of their own"],
    [["--stages", "--out", "mine"], "mine is not written over"],
  ] as const) {
    const { code, stderr } = await rig.mezzo("export", "v", ...flags);
    expect(stderr).toContain(words);
    expect(code, words).toBe(2);
  }
  expect(await rig.read("mine/notes.txt")).toBe("keep me");
});

/** graphs/variable-length.yaml on the bundled samples, as it is. */
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { makeRig } from "../rig.ts";

const GRAPHS = new URL("../../graphs/", import.meta.url).pathname;
const PROMPTS = ["collect", "score", "alone", "to-length", "condense", "expand"];

test("the second recipe runs to the end, scores and weighs every chain it accepts, and keeps chunks that rejoin", async () => {
  const rig = await makeRig();
  const ended = await rig.json(
    "run",
    `${GRAPHS}variable-length.yaml`,
    "--input",
    `${GRAPHS}samples.jsonl`,
    "--run",
    "v",
  );
  const outcomes = (ended as { outcomes: Record<string, number> }).outcomes;
  expect(Object.values(outcomes).reduce((a, b) => a + b, 0)).toBe(36);
  expect(outcomes.accepted).toBeGreaterThan(10);
  await rig.mezzo("export", "v", "--format", "jsonl", "--out", "all.jsonl");
  for (const { state } of await rig.rows<{ state: Record<string, unknown> }>("all.jsonl")) {
    for (const scale of ["rv", "fit", "cd"]) expect([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]).toContain(state[scale]);
    expect((state.chunks as string[]).join("")).toBe(state.trace);
    expect(state.depth).toBeLessThanOrEqual(6);
    const [fit, efficiency] = [Number(state.fit) / 9, Number(state.efficiency)];
    if (state.answer === undefined) expect(state.weight).toBeUndefined();
    else expect(state.weight).toBeCloseTo(0.4 + 0.3 * fit + 0.3 * efficiency, 2);
    expect(state.target).toBe({ always: 300, sometimes: 1000, rarely: 4000 }[String(state.difficulty)]);
  }
});

interface Told {
  readonly events: readonly {
    readonly type: string;
    readonly role?: string;
    readonly attempts?: number;
    readonly node?: string;
    readonly evidence?: { readonly difficulty?: object };
  }[];
}

test("a student is asked a problem alone once, whichever of its chains comes, and the length follows from that", async () => {
  const rig = await makeRig();
  let asks = 0;
  // It always knows the first problem, never the second.
  const server = await rig.serve({ latencyMs: 5 }, ({ text }) => {
    asks += 1;
    return text.includes("six sevens") ? "That is \\boxed{42}." : "I can't do it.";
  });
  const graph = (await readFile(`${GRAPHS}variable-length.yaml`, "utf8"))
    .replace(/^ {2}# student: .*$/m, `  student: { provider: openai, model: student, baseUrl: "${server.url}" }`)
    .replace("    # model: student # take", "    model: student # take");
  await rig.write("graphs/g.yaml", graph);
  for (const name of PROMPTS)
    await rig.write(`prompts/${name}.md`, await readFile(`${GRAPHS}../prompts/${name}.md`, "utf8"));
  const rows = [0, 1, 2, 3, 4, 5].map((n) => ({
    id: `s${n}`,
    problem: n < 4 ? "What are six sevens?" : "How many days have six leap years?",
    answer: n < 4 ? "42" : "2196",
    trace: `Chain ${n}: ${n < 4 ? "6 * 7 = 42" : "6 * 366 = 2196"}.\n\nThe answer is \\boxed{${n < 4 ? 42 : 2196}}.`,
  }));
  await rig.write("in.jsonl", rows.map((row) => JSON.stringify(row)).join("\n"));
  await rig.json("run", "graphs/g.yaml", "--input", "in.jsonl", "--run", "r");
  expect(asks).toBe(14); // Seven of eight decide, twice.

  await rig.mezzo("export", "r", "--format", "jsonl", "--out", "r.jsonl");
  const states = (await rig.rows<{ id: string; state: Record<string, unknown> }>("r.jsonl")).map(({ state }) => state);
  expect(states.map(({ difficulty, target }) => [difficulty, target])).toEqual([
    ...[0, 1, 2, 3].map(() => ["always", 300]),
    ...[4, 5].map(() => ["rarely", 4000]),
  ]);
  const told = await Promise.all(rows.map(({ id }) => rig.json<Told>("inspect", "r", id)));
  const calls = told.flatMap(({ events }) => events.filter(({ role }) => role === "student"));
  expect(calls).toHaveLength(42);
  expect(calls.filter(({ attempts }) => attempts === 1)).toHaveLength(14);
  const { stdout } = await rig.mezzo("inspect", "r", "s5");
  expect(stdout).toContain("rests on the student (student), without a chain: 0 of 7");
});

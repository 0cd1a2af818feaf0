import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { appleRows, expectedWay, makeRig, type Rig } from "../rig.ts";

interface Ran {
  readonly calls: number;
  readonly samples: number;
  readonly outcomes: Record<string, number>;
}
interface Listed {
  readonly id: string;
  readonly steps: readonly { readonly node: string; readonly visit: number; readonly plan?: number }[];
}
interface DryRun {
  readonly untouched: number;
  readonly calls: number;
  readonly fromStart: number;
  readonly back: readonly { readonly to: string; readonly samples: number; readonly calls: number }[];
}
interface Told {
  readonly outcome: string;
  readonly events: readonly {
    readonly type: string;
    readonly node?: string;
    readonly visit?: number;
    readonly plan?: number;
  }[];
}

/** `MEZZO_RERUN=1000 npx vitest run tests/cli/rerun.test.ts` plays the first test with a thousand. */
const COUNT = Number(process.env.MEZZO_RERUN ?? 100);
const numbers = Array.from({ length: COUNT }, (_, n) => n);

/** A finished run of COUNT apple samples, and its graph to be edited. */
async function finishedRun(flags: readonly string[] = [], count = COUNT) {
  const rig = await makeRig();
  const server = await rig.serve();
  const graph = await rig.distillAt(server.url);
  await rig.write("in.jsonl", appleRows(count));
  const ran = await rig.json<Ran>("run", graph, "--input", "in.jsonl", "--run", "r", ...flags);
  expect(ran).toMatchObject({ samples: count, outcomes: { accepted: count } });
  return { rig, server, graph, asked: (await server.counts()).requests };
}

async function edit(rig: Rig, file: string, from: string | RegExp, to: string): Promise<void> {
  const text = await rig.read(file);
  const edited = text.replace(from, to);
  if (edited === text) throw new Error(`${file} has no ${from}`);
  await rig.write(file, edited);
}

/** The calls that a sample makes from its first visit of a node on, told from the story. */
function callsFrom(n: number, node: string): number {
  const { steps } = expectedWay(n);
  const at = steps.indexOf(node);
  return at < 0
    ? 0
    : steps.slice(at).reduce((sum, step) => sum + (step === "judge" ? 2 : step === "accept" ? 3 : 1), 0);
}
const sum = (of: (n: number) => number) => numbers.reduce((total, n) => total + of(n), 0);

test("a comment and a limit touch nobody; a new prompt and a changed condition just those whom they reach", async () => {
  const { rig, server, graph, asked } = await finishedRun();
  const asks = async () => (await server.counts()).requests;
  const planNumbers = async () => rig.json<Listed[]>("inspect", "r", "--limit", String(COUNT));

  await edit(rig, "graphs/distill.yaml", "start: collect", "# where it begins\nstart: collect");
  const comment = await rig.mezzo("resume", "r", "--graph", graph);
  expect(comment.stderr).toContain("is the plan that run r has: nothing to do again");
  await edit(
    rig,
    "graphs/distill.yaml",
    "model: judge,",
    "model: judge, inFlight: 30, price: { inUsdPerMTok: 1, outUsdPerMTok: 1 },",
  );
  const limit = await rig.mezzo("resume", "r", "--graph", graph, "--json");
  expect(limit.stderr).toContain("model judge  inFlight is 30 now (was not given)");
  expect(limit.stderr).toContain(`${COUNT.toLocaleString("en")}  are not touched`);
  expect(JSON.parse(limit.stdout)).toMatchObject({ calls: asked, outcomes: { accepted: COUNT } });
  expect(await asks()).toBe(asked);

  await edit(rig, "prompts/expand.md", "You fill gaps", "You fill all gaps");
  const expanded = numbers.filter((n) => expectedWay(n).steps.includes("expand"));
  const calls = sum((n) => callsFrom(n, "expand"));
  const dry = await rig.json<DryRun>("resume", "r", "--graph", graph, "--dry-run");
  expect(dry).toMatchObject({ untouched: COUNT - expanded.length, calls, fromStart: 0 });
  expect(dry.back).toEqual([{ to: "expand", samples: expanded.length, calls }]);
  const ran = await rig.json<Ran>("resume", "r", "--graph", graph);
  expect(await asks()).toBe(asked + calls);
  expect(ran).toMatchObject({ samples: COUNT, calls: asked + calls, outcomes: { accepted: COUNT } });
  for (const [n, { steps }] of (await planNumbers()).entries()) {
    const way = expectedWay(n).steps;
    const again = way.includes("expand") ? way.slice(way.indexOf("expand")) : [];
    expect(steps.map(({ node }) => node)).toEqual([...way, ...again]);
  }
  // A full run of the edited graph asks all that the rerun asked, to the byte and the seed.
  const rerun = server.requests.slice(asked).map(({ hash }) => hash);
  await rig.json("run", graph, "--input", "in.jsonl", "--run", "full", "--store", "full.db");
  const full = new Set(server.requests.slice(asked + calls).map(({ hash }) => hash));
  expect(rerun.filter((hash) => !full.has(hash))).toEqual([]);

  await edit(rig, "graphs/distill.yaml", "tokens(trace) > 1200", "tokens(trace) > 120000");
  const shortened = numbers.filter((n) => expectedWay(n).steps.includes("long-to-short"));
  expect(await rig.json("resume", "r", "--graph", graph)).toMatchObject({ outcomes: { accepted: COUNT } });
  const listed = await planNumbers();
  expect(listed.flatMap(({ steps }, n) => (steps.some(({ plan }) => plan === 4) ? [n] : []))).toEqual(shortened);
  for (const n of shortened) {
    expect(listed[n]!.steps.find(({ plan }) => plan === 4)).toMatchObject({ node: "judge", visit: 1 });
  }
  expect(await rig.json("status", "r")).toMatchObject({ state: "finished", nodes: { judge: { waiting: 0 } } });
  expect((await rig.mezzo("store", "check")).code).toBe(0);
  const figures = {
    samples: COUNT,
    calls: asked,
    expanded: expanded.length,
    again: calls,
    shortened: shortened.length,
  };
  if (COUNT > 100) console.log(JSON.stringify(figures));
}, 600_000);

test("a wider bound lets samples that were exhausted go on from there, and does no step again", async () => {
  const rig = await makeRig();
  const server = await rig.serve();
  const graph = await rig.distillAt(server.url);
  await edit(rig, "graphs/distill.yaml", "limit: 5", "limit: 1");
  await rig.write("in.jsonl", appleRows(24));
  const before = await rig.json<Ran>("run", graph, "--input", "in.jsonl", "--run", "r");
  expect(before.outcomes.exhausted).toBeGreaterThan(4);
  await edit(rig, "graphs/distill.yaml", "limit: 1", "limit: 5");
  const ran = await rig.json<Ran>("resume", "r", "--graph", graph);
  expect(ran.outcomes).toMatchObject({ accepted: 24, exhausted: 0 });
  const listed = await rig.json<Listed[]>("inspect", "r", "--limit", "100");
  for (const [n, { steps }] of listed.entries()) expect(steps.map(({ node }) => node)).toEqual(expectedWay(n).steps);
  expect(ran.calls).toBe(Array.from({ length: 24 }, (_, n) => expectedWay(n).calls).reduce((a, b) => a + b));
});

test("an edge that leads straight to an outcome ends samples without a call, and each has one outcome", async () => {
  const { rig, server, graph, asked } = await finishedRun([], 24);
  await edit(
    rig,
    "graphs/distill.yaml",
    "then: { medium: accept, easy: expand, hard: condense }",
    "then: { medium: accept, easy: expand, hard: rejected }",
  );
  const hard = Array.from({ length: 24 }, (_, n) => n).filter((n) => expectedWay(n).steps.includes("condense"));
  const ran = await rig.json<Ran>("resume", "r", "--graph", graph);
  expect(ran).toMatchObject({ calls: asked, outcomes: { accepted: 24 - hard.length, rejected: hard.length } });
  expect((await server.counts()).requests).toBe(asked);
  const status = await rig.json<{ state: string; outcomes: object }>("status", "r");
  expect(status).toMatchObject({ state: "finished", outcomes: ran.outcomes });
  const told = await rig.mezzo("inspect", "r", `apple-${hard[0]}`);
  expect(told.stdout).toContain("the graph was edited (plan 2)");
  expect(told.stdout).toContain("condense");
  // And back again: what was done before the edit stands no longer on that way, and is asked again.
  await edit(rig, "graphs/distill.yaml", "hard: rejected", "hard: condense");
  expect(await rig.json("resume", "r", "--graph", graph)).toMatchObject({ outcomes: { accepted: 24, rejected: 0 } });
  expect((await rig.mezzo("store", "check")).code).toBe(0);
});

test.each(["last", "outcomes"])("with --keep %s samples start anew, and it says so", async (keep) => {
  const { rig, graph } = await finishedRun(["--keep", keep], 6);
  await edit(rig, "prompts/verify.md", "# user\n", "# user\nTake your time.\n");
  const touched = [2, 3, 5];
  const { stderr, stdout } = await rig.mezzo("resume", "r", "--graph", graph, "--json");
  expect(stderr).toContain("3 samples start anew: the checkpoints to go back to were not kept (--keep)");
  expect(JSON.parse(stdout)).toMatchObject({ outcomes: { accepted: 6 } });
  const listed = await rig.json<Listed[]>("inspect", "r");
  for (const n of touched) {
    const way = expectedWay(n).steps;
    expect(listed[n]!.steps.map(({ node }) => node)).toEqual([...way, ...way]);
  }
});

test("samples on their way, and samples that have not begun, go on under the edited graph", async () => {
  const rig = await makeRig();
  const server = await rig.serve({ latencyMs: 40 });
  const graph = await rig.distillAt(server.url);
  await rig.write("in.jsonl", appleRows(60));
  const going = rig.start("run", graph, "--input", "in.jsonl", "--run", "r", "--in-flight", "16");
  while ((await server.counts()).answered < 60) await sleep(5);
  going.child.kill("SIGKILL");
  await going.ended;
  await server.set({ latencyMs: 0 });
  await edit(rig, "prompts/condense.md", "# user\n", "# user\nTake your time.\n");
  const dry = await rig.json<DryRun & { notStarted: number }>("resume", "r", "--graph", graph, "--dry-run");
  expect(dry.notStarted).toBeGreaterThan(5);
  const ran = await rig.json<Ran>("resume", "r", "--graph", graph);
  expect(ran.outcomes).toMatchObject({ accepted: 60 });
  const listed = await rig.json<Listed[]>("inspect", "r", "--limit", "100");
  for (const [n, { steps }] of listed.entries()) {
    // The first step of condense that was made under the old graph, and what followed it, do not stand.
    const old = steps.findIndex(({ node, plan }) => node === "condense" && plan === undefined);
    const fresh = steps.findIndex(({ plan }, at) => old >= 0 && at > old && plan === 2);
    const stand = old < 0 ? steps : [...steps.slice(0, old), ...steps.slice(fresh)];
    expect(stand.map(({ node }) => node)).toEqual(expectedWay(n).steps);
  }
  expect((await rig.mezzo("store", "check")).code).toBe(0);
});

test("killed as soon as samples are sent back, the next resume goes on with it: none twice, none forgotten", async () => {
  const { rig, server, graph, asked } = await finishedRun([], 24);
  await edit(rig, "prompts/verify.md", "# user\n", "# user\nTake your time.\n");
  await server.set({ latencyMs: 60_000 });
  const going = rig.start("resume", "r", "--graph", graph, "--workers", "1");
  await going.says("Of 24 samples");
  going.child.kill("SIGKILL");
  await going.ended;
  await server.set({ latencyMs: 0 });
  expect(await rig.json("status", "r")).toMatchObject({ state: "paused" });
  const ran = await rig.json<Ran>("resume", "r");
  const calls = numbers.slice(0, 24).reduce((total, n) => total + callsFrom(n, "verify"), 0);
  expect(ran).toMatchObject({ calls: asked + calls, outcomes: { accepted: 24 } });
  const { events } = await rig.json<Told>("inspect", "r", "apple-2");
  expect(events.filter(({ type }) => type === "sample.rewound")).toHaveLength(1);
});

test("a field that the run's samples do not have is an error that says what to do; an optional one is not", async () => {
  const { rig, graph } = await finishedRun([], 6);
  await edit(rig, "graphs/distill.yaml", "  problem: string\n", "  problem: string\n  level: number\n");
  const refused = await rig.mezzo("resume", "r", "--graph", graph);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(
    'The edited graph needs "level", which 6 of the run\'s samples do not have (apple-0, apple-1, apple-2, ...)',
  );
  expect(refused.stderr).toContain("level: { type: number, optional: true }");
  expect(await rig.json("status", "r")).toMatchObject({ state: "finished", plans: [{ no: 1 }] });
  await edit(rig, "graphs/distill.yaml", "level: number", "level: { type: number, optional: true }");
  expect((await rig.mezzo("resume", "r", "--graph", graph)).stderr).toContain("6  are not touched");
});

test("rows added to the input become samples, those it has are not touched, and a changed row is an error", async () => {
  const { rig, server, asked } = await finishedRun([], 12);
  await rig.write("in.jsonl", appleRows(20));
  const ran = await rig.json<Ran>("resume", "r", "--input", "in.jsonl");
  const more = Array.from({ length: 8 }, (_, n) => expectedWay(12 + n).calls).reduce((a, b) => a + b);
  expect(ran).toMatchObject({ samples: 20, calls: asked + more, outcomes: { accepted: 20 } });
  expect((await server.counts()).requests).toBe(asked + more);
  const again = await rig.mezzo("resume", "r", "--input", "in.jsonl");
  expect(again.stderr).toContain("0 rows of in.jsonl are added; 20 rows the run has already.");
  await edit(rig, "in.jsonl", "Sample 3: Lena", "Sample 3: Lea");
  const refused = await rig.mezzo("resume", "r", "--input", "in.jsonl");
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain("in.jsonl has rows that are in run r with another content: line 4 (apple-3)");
  const kept = await rig.mezzo("resume", "r", "--input", "in.jsonl", "--changed-rows", "keep");
  expect(kept.stderr).toContain("1 changed row left as the run has it");
  expect((await server.counts()).requests).toBe(asked + more);
});

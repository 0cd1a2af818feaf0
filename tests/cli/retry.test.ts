/** `mezzo retry`: another go for samples that ended, from where they ended, with their history kept. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { appleReply, appleRows, expectedWay, makeRig, type Rig } from "../rig.ts";

interface Ran {
  readonly calls: number;
  readonly outcomes: Record<string, number>;
}
interface Listed {
  readonly steps: readonly { readonly node: string; readonly visit: number }[];
}
interface Told {
  readonly state: Record<string, unknown>;
  readonly events: readonly {
    readonly type: string;
    readonly node?: string;
    readonly visit?: number;
    readonly next?: string;
    readonly requestHash?: string;
    readonly label?: string;
  }[];
}

const told = (rig: Rig, sample: string) => rig.json<Told>("inspect", "r", sample);
const stepsOf = ({ events }: Told) =>
  events.flatMap((event) =>
    event.type === "step.finished" ? [`${event.node} ${event.visit}`] : event.type === "sample.reopened" ? ["|"] : [],
  );

test("failed samples go on at the node where they failed: no step before it is done again, none is lost", async () => {
  const rig = await makeRig();
  const server = await rig.serve({ faults: { "too-long": 0.08 }, seed: 3 });
  const graph = await rig.distillAt(server.url);
  const count = 60;
  await rig.write("in.jsonl", appleRows(count));
  const before = await rig.mezzo("run", graph, "--input", "in.jsonl", "--run", "r", "--json");
  const failed = (JSON.parse(before.stdout) as Ran).outcomes.failed!;
  expect(before.stderr).toContain(`mezzo retry r  gives ${failed} failed samples another go`);
  expect(failed).toBeGreaterThan(8);
  await server.set({ faults: {} });

  const after = await rig.json<Ran>("retry", "r");
  expect(after.outcomes).toMatchObject({ accepted: count, failed: 0 });
  const needed = Array.from({ length: count }, (_, n) => expectedWay(n).calls).reduce((sum, calls) => sum + calls);
  const faults = (await server.counts()).faults["too-long"]!;
  // A step of two votes that failed on its second asks for both again; nothing else is asked twice.
  expect((await server.counts()).requests).toBeLessThanOrEqual(needed + faults + failed);
  const listed = await rig.json<Listed[]>("inspect", "r", "--limit", "100");
  let midway = 0;
  for (const [n, { steps }] of listed.entries()) {
    const words = steps.map(({ node, visit }) => `${node} ${visit}`);
    const again = words.findIndex((word, at) => word === words[at - 1]);
    if (again >= 0) words.splice(again, 1);
    if (again > 1) midway += 1;
    expect(words).toEqual(visitsOf(expectedWay(n).steps));
  }
  expect(midway).toBeGreaterThan(2);
  expect(await rig.json("status", "r")).toMatchObject({ state: "finished", nodes: { judge: { waiting: 0 } } });
}, 60_000);

function visitsOf(nodes: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return nodes.map((node) => {
    seen.set(node, (seen.get(node) ?? 0) + 1);
    return `${node} ${seen.get(node)}`;
  });
}

test("other outcomes go on from the step that ended them, with fresh seeds and the visits of then", async () => {
  const rig = await makeRig();
  let content = true;
  const server = await rig.serve({}, (request) =>
    request.model === "judge" && content && /Sample 2\b/.test(request.text)
      ? "I would rather not say."
      : appleReply(request),
  );
  const graph = await rig.distillAt(server.url);
  await rig.write("in.jsonl", appleRows(4));
  expect(await rig.json("run", graph, "--input", "in.jsonl", "--run", "r")).toMatchObject({
    outcomes: { accepted: 3, undecided: 1 },
  });
  content = false;
  const { code, stderr } = await rig.mezzo("retry", "r", "--outcome", "undecided");
  expect(stderr).toContain("1 sample (undecided) has another go");
  expect(code).toBe(0);
  const sample = await told(rig, "apple-2");
  expect(stepsOf(sample)).toEqual(["judge 1", "|", "judge 1", "expand 1", "verify 1", "accept 1"]);
  const hashes = sample.events.flatMap(({ requestHash }) => requestHash ?? []);
  expect(new Set(hashes).size).toBe(hashes.length);
  const { stdout } = await rig.mezzo("inspect", "r", "apple-2");
  expect(stdout).toContain("given another go, from judge (was undecided)");
});

test("a sample that ran out of rounds is rated anew from the state it had before its last step", async () => {
  const rig = await makeRig();
  let strict = true;
  const server = await rig.serve({}, (request) => {
    const verdict = { rating: "hard", reason: "No.", step: null, missing: null, surplus: null, confidence: 1 };
    return request.model === "judge" && strict ? JSON.stringify(verdict) : appleReply(request);
  });
  const graph = await rig.distillAt(server.url);
  await rig.write("in.jsonl", appleRows(2));
  expect(await rig.json("run", graph, "--input", "in.jsonl", "--run", "r")).toMatchObject({
    outcomes: { exhausted: 2 },
  });
  strict = false;
  expect(await rig.json("retry", "r", "--outcome", "exhausted")).toMatchObject({ outcomes: { accepted: 2 } });
  expect(stepsOf(await told(rig, "apple-1")).slice(-4)).toEqual(["verify 5", "|", "verify 5", "accept 1"]);
  await rig.mezzo("export", "r", "--format", "jsonl", "--out", "all.jsonl");
  const [row] = await rig.rows<{ ratings: string[]; steps: { node: string; visit: number }[] }>("all.jsonl");
  expect(row!.ratings.slice(-3)).toEqual(["hard", "medium", "medium"]);
  expect(row!.steps.filter((step) => step.node === "verify").map((step) => step.visit)).toEqual([1, 2, 3, 4, 5]);
});

test("a retry that is killed resumes on the same go, and a second retry gets other seeds again", async () => {
  const rig = await makeRig();
  const server = await rig.serve({ faults: { "too-long": 1 } });
  const graph = await rig.distillAt(server.url);
  await rig.write("in.jsonl", appleRows(12));
  expect(await rig.json("run", graph, "--input", "in.jsonl", "--run", "r")).toMatchObject({ outcomes: { failed: 12 } });
  expect(await rig.json("retry", "r")).toMatchObject({ outcomes: { failed: 12 } });
  await server.set({ faults: {}, latencyMs: 100, spread: 0 });
  const before = (await server.counts()).requests;
  const going = rig.start("retry", "r");
  while ((await server.counts()).requests < before + 14) await sleep(5);
  going.child.kill("SIGKILL");
  await going.ended;
  await server.set({ latencyMs: 0 });
  expect(await rig.json("resume", "r")).toMatchObject({ outcomes: { accepted: 12 } });
  const sample = await told(rig, "apple-1");
  expect(stepsOf(sample).filter((word) => word === "|")).toHaveLength(2);
});

test.each(["outcomes", "last"])(
  "with --keep %s a sample starts over, and what it wrote before does not count",
  async (keep) => {
    const rig = await makeRig();
    let away = true;
    const server = await rig.serve({}, (request) =>
      request.model === "judge" && away ? "I would rather not say." : appleReply(request),
    );
    const graph = await rig.distillAt(server.url);
    await rig.write("in.jsonl", appleRows(1));
    const ran = await rig.json("run", graph, "--input", "in.jsonl", "--run", "r", "--keep", keep);
    expect(ran).toMatchObject({ outcomes: { undecided: 1 } });
    away = false;
    const { stderr } = await rig.mezzo("retry", "r", "--outcome", "undecided");
    expect(stderr).toContain("1 of them from the start");
    const sample = await told(rig, "apple-0");
    expect(stepsOf(sample)).toEqual(["collect 1", "judge 1", "|", "collect 1", "judge 1", "accept 1"]);
    expect(sample.state).toMatchObject({ rating: "medium" });
    expect(await rig.json("status", "r")).toMatchObject({
      state: "finished",
      nodes: { collect: { waiting: 0 }, judge: { waiting: 0 } },
    });
  },
);

test("retry says so where nothing ended so, and refuses accepted samples", async () => {
  const rig = await makeRig();
  const graph = await rig.distillAt((await rig.serve()).url);
  await rig.write("in.jsonl", appleRows(2));
  await rig.json("run", graph, "--input", "in.jsonl", "--run", "r");
  const nothing = await rig.mezzo("retry", "r");
  expect(nothing.code).toBe(0);
  expect(nothing.stderr).toContain("No sample of run r ended as failed: 2 accepted.");
  const refused = await rig.mezzo("retry", "r", "--outcome", "accepted");
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain("Accepted samples need no other go");
});

/** `mezzo review` and the runs it is about, with the built program: what people decide reaches the run, whoever is killed. */
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { appleRows, appleTrace, makeRig, type Rig } from "../rig.ts";

const ROOT = join(import.meta.dirname, "../..");

interface Standing {
  readonly state: string;
  readonly pausedBy?: { readonly code: string; readonly reason: string };
  readonly outcomes: Readonly<Record<string, number>>;
  readonly forPerson?: number;
  readonly decided?: number;
}

const statusOf = (rig: Rig) => rig.json<Standing>("status", "r");
const waitingIds = async (rig: Rig) =>
  (await rig.json<{ id: string }[]>("review", "r")).map(({ id }) => id).filter((id, at, all) => all.indexOf(id) === at);

test("the graph with a review ends paused, takes a file of decisions, and comes to its end", async () => {
  const rig = await makeRig();
  for (const name of ["graphs", "prompts"]) await cp(join(ROOT, name), rig.path(name), { recursive: true });
  const ran = await rig.mezzo("run", "graphs/with-review.yaml", "--input", "graphs/samples.jsonl", "--run", "r");
  expect(ran.stderr).toContain("samples wait for a person: mezzo review r, or the studio");
  expect(ran.code).toBe(0);
  const before = await statusOf(rig);
  const ids = await waitingIds(rig);
  expect(before).toMatchObject({ state: "paused", pausedBy: { code: "waits-for-person" }, forPerson: ids.length });
  const idle = await rig.mezzo("resume", "r");
  expect(idle.stderr).toContain("Nothing else of run r is left to do");

  const rows = ids.map((id, at) =>
    JSON.stringify(at % 2 === 0 ? { id, decided: "approved" } : { id, decided: "rejected", reason: "no" }),
  );
  await rig.write("broken.jsonl", [rows[0], '{"id": "x", "decided": "aproved"}'].join("\n"));
  const broken = await rig.mezzo("review", "r", "--decisions", "broken.jsonl");
  expect(broken).toMatchObject({ code: 2, stderr: expect.stringContaining('line 2: "decided" is "aproved"') });
  expect(await waitingIds(rig)).toEqual(ids);

  await rig.write("decisions.jsonl", [...rows, rows[0]].join("\n"));
  const taken = await rig.mezzo("review", "r", "--decisions", "decisions.jsonl", "--by", "mira");
  expect(taken.stderr).toContain(`line ${ids.length + 1}: Sample "${ids[0]}" is decided already: mira approved it`);
  expect(taken.stderr).toContain("next: mezzo resume r");
  expect(taken.code).toBe(1);
  expect(await statusOf(rig)).toMatchObject({ forPerson: 0, decided: ids.length });
  await rig.mezzo("resume", "r");
  const after = await statusOf(rig);
  expect(after.state).toBe("finished");
  const approved = Math.ceil(ids.length / 2);
  expect(after.outcomes.accepted).toBe(before.outcomes.accepted! + approved);
  expect(after.outcomes.rejected).toBe(before.outcomes.rejected! + ids.length - approved);
}, 60_000);

const GRAPH = (url: string) => `graph: g
student: { name: s }
models: { teacher: { provider: openai, model: teacher, baseUrl: "${url}" } }
state: { problem: string, answer: string, trace: { type: string, optional: true } }
start: collect
nodes:
  collect: { kind: generate, when: "!has(trace)", model: teacher, prompt: collect.md, writes: trace, then: look }
  look: { kind: review, then: accepted }
`;

test("a decision made while the run goes on is taken up by it, and one after a kill by the next resume", async () => {
  const rig = await makeRig();
  const answer = Promise.withResolvers<void>();
  const server = await rig.serve({}, async (request) => {
    await answer.promise;
    return appleTrace(Number(/Sample (\d+)/.exec(request.text)?.[1]), 0);
  });
  await rig.write("prompts/collect.md", "---\npurpose: collect\nvariables: [problem]\n---\n# user\n{{ problem }}\n");
  await rig.write("graphs/g.yaml", GRAPH(server.url));
  await rig.write("in.jsonl", appleRows(6));
  const going = rig.start("run", "graphs/g.yaml", "--input", "in.jsonl", "--run", "r");
  await until(async () => (await waitingIds(rig).catch(() => [])).length === 4);

  const live = await rig.mezzo("review", "r", "apple-1", "--approve");
  expect(live.stderr).toContain("3 samples wait for a person");
  await until(async () => (await statusOf(rig)).outcomes.accepted === 1);
  going.child.kill("SIGKILL");
  await going.ended;
  await rig.mezzo("review", "r", "apple-2", "--approve");
  expect(await statusOf(rig)).toMatchObject({ state: "paused", forPerson: 2, decided: 1 });

  answer.resolve();
  const resumed = await rig.json<Standing>("resume", "r");
  expect(resumed).toMatchObject({ forPerson: 4, decided: 0, outcomes: { accepted: 2 } });
  for (const id of await waitingIds(rig)) await rig.mezzo("review", "r", id, "--approve");
  expect(await rig.json("resume", "r")).toMatchObject({ outcomes: { accepted: 6 } });
}, 60_000);

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(50);
}

/** `mezzo try`: one node on one sample, asked as a run would ask, with nothing stored. */
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { appleReply, appleRows, appleTrace, makeRig } from "../rig.ts";

interface Trial {
  readonly sample: string;
  readonly visit: number;
  readonly label: string;
  readonly next: string;
  readonly writes: Record<string, unknown>;
  readonly calls: readonly {
    readonly messages: readonly { readonly role: string; readonly content: string }[];
    readonly text: string;
  }[];
}

test("shows prompt and reply as they went over the wire, what it would write and where to; nothing is stored", async () => {
  const rig = await makeRig();
  const server = await rig.serve();
  const graph = await rig.distillAt(server.url);
  await rig.write("in.jsonl", appleRows(6));
  const trial = await rig.json<Trial>("try", graph, "judge", "--input", "in.jsonl", "--id", "apple-2");
  expect(trial).toMatchObject({
    sample: "apple-2",
    visit: 1,
    label: "easy",
    next: "expand",
    writes: { rating: "easy" },
  });
  expect(trial.calls.map(({ messages }) => messages)).toEqual(server.requests.map(({ messages }) => messages));
  expect(trial.calls[0]!.text).toBe(await appleReply(server.requests[0]!));
  const { stdout } = await rig.mezzo("try", graph, "collect", "--input", "in.jsonl", "--id", "apple-1");
  expect(stdout).toContain("In a run this sample passes the node by: its `when` is false, !has(trace)");
  expect(stdout).toContain("goes to   judge, past long-to-short");
  expect(stdout).toContain("│ Sample 1, version 0: Lena has 11 apples");
  expect(existsSync(rig.path("state"))).toBe(false);
});

test("takes a run's sample as it was before its last visit, and asks with the seeds of then", async () => {
  const rig = await makeRig();
  const server = await rig.serve();
  const graph = await rig.distillAt(server.url);
  await rig.write("in.jsonl", appleRows(6));
  await rig.json("run", graph, "--input", "in.jsonl", "--run", "r");
  const asked = new Set(server.requests.map(({ hash }) => hash));
  const before = await rig.json("inspect", "r", "apple-3");
  const trial = await rig.json<Trial>("try", graph, "condense", "--run", "r", "--id", "apple-3");
  expect(trial).toMatchObject({ visit: 2, label: "written", next: "verify", writes: { trace: appleTrace(3, 2) } });
  expect(asked).toContain(server.requests.at(-1)!.hash);
  expect(await rig.json("inspect", "r", "apple-3")).toEqual(before);
});

test("says what is wrong in words: no such node, no sample, a key that does not fit", async () => {
  const rig = await makeRig();
  const server = await rig.serve({ apiKey: "right" });
  const graph = await rig.distillAt(server.url);
  await rig.write("in.jsonl", appleRows(2));
  const unknown = await rig.mezzo("try", graph, "juge", "--input", "in.jsonl");
  expect(unknown.stderr).toContain('has no node "juge" (no-node)\n  Did you mean "judge"?');
  const nobody = await rig.mezzo("try", graph, "judge", "--run", "r");
  expect([nobody.code, nobody.stderr]).toEqual([2, expect.stringContaining("--id is expected")]);
  const refused = await rig.mezzo("try", graph, "judge", "--input", "in.jsonl", "--id", "apple-1");
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("(no-access)")]);
});

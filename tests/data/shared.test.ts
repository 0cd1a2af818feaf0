/** The readers and exporters on real files. They are not part of the project: without them this skips, loudly. */
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { exportRows } from "../../src/data/export.ts";
import { finished, readAll, useFolder } from "./rig.ts";

const SHARED = resolve("../shared/data");
const isThere = existsSync(SHARED);
if (!isThere)
  console.warn(`\n*** SKIPPED: tests/data/shared.test.ts needs real traces in ${SHARED}, and there are none ***\n`);
const folder = useFolder();

const ROWS: Readonly<Record<string, number>> = {
  "traces_math_long.jsonl.gz": 864,
  "traces_code_long.jsonl.gz": 47,
  "traces_science_long.jsonl.gz": 168,
  "traces_concise.jsonl.gz": 530,
  "traces_edge.jsonl.gz": 93,
};

test.skipIf(!isThere).each(Object.entries(ROWS))("reads every row of %s", async (file, count) => {
  const { samples } = await readAll(join(SHARED, file), { map: { trace: "reasoning" } });
  expect(samples).toHaveLength(count);
  expect(samples.every(({ state, source }) => source.reasoning === "" || state.trace === source.reasoning)).toBe(true);
});

test.skipIf(!isThere)("reads every row of every benchmark", async () => {
  const files = readdirSync(SHARED).filter((file) => file.startsWith("bench_"));
  for (const file of files) expect((await readAll(join(SHARED, file))).skipped).toEqual([]);
  expect(files).toHaveLength(9);
});

test.skipIf(!isThere)("gives every real chain a turn that ends in its answer, and reads it back", async () => {
  const { samples } = await readAll(join(SHARED, "traces_math_long.jsonl.gz"), { map: { trace: "reasoning" } });
  async function* rows() {
    for (const { id, state } of samples) yield finished({ id, state });
  }
  const out = folder.path("messages.jsonl.gz");
  expect(await exportRows(rows(), { format: "messages", out })).toMatchObject({ written: 864, leftOut: [] });
  const { ids, samples: back } = await readAll(out, { map: { problem: "id" } });
  expect(ids).toEqual(samples.map((sample) => sample.id));
  for (const [index, { source }] of back.entries()) {
    const [user, assistant] = source.messages as { content: string }[];
    const { problem, trace } = samples[index]!.state as { problem: string; trace: string };
    expect(user!.content).toBe(problem);
    expect(assistant!.content.startsWith(trace.trim())).toBe(true);
  }
});

/** How large is a store beside the text in it? On real chains, when they are there. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import type { RunnableConfig } from "@langchain/core/runnables";
import { uuid6 } from "@langchain/langgraph-checkpoint";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Store } from "../../src/store/store.ts";
import { call, finished, putCheckpoint, RUN, started, step } from "./examples.ts";
import { type TemporaryStores, temporaryStores } from "./open.ts";

const TRACES = fileURLToPath(new URL("../../../shared/data/traces_math_long.jsonl.gz", import.meta.url));
const ROWS = 150;

let stores: TemporaryStores;
beforeEach(() => {
  stores = temporaryStores();
});
afterEach(() => stores.dispose());

interface Row {
  readonly id: string;
  readonly problem: string;
  readonly answer: string;
  readonly reasoning: string;
  readonly response: string;
}

it("keeps every checkpoint of real chains in less room than their distinct text takes", async (context) => {
  if (!existsSync(TRACES)) {
    console.warn(`SKIPPED: the size on disk is measured on real traces, and ${TRACES} is not there.`);
    context.skip();
  }
  const rows = gunzipSync(readFileSync(TRACES))
    .toString()
    .split("\n")
    .slice(0, ROWS)
    .map((line) => JSON.parse(line) as Row);
  const store = stores.open();
  await store.createRun({ ...RUN, run: "r" });
  await store.addSamples(
    "r",
    rows.map((row, i) => {
      const state = { problem: row.problem, answer: row.answer, trace: row.reasoning };
      return { id: row.id, line: i + 1, state, source: { ...row } };
    }),
  );
  const distinct = new Set<string>();
  await Promise.all(rows.map((row) => goThrough(store, row, distinct)));
  expect(await store.check()).toEqual([]);
  await store.close();
  const textBytes = [...distinct].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  expect(statSync(stores.path).size / textBytes).toBeLessThan(0.5);
});

/** Three rewrites, each judged: what a loop does, with paragraphs left out for a rewriter. */
async function goThrough(store: Store, row: Row, distinct: Set<string>): Promise<void> {
  const paragraphs = row.reasoning.split("\n\n");
  let config: RunnableConfig | undefined;
  let trace = row.reasoning;
  for (const text of [row.problem, row.answer, row.reasoning, row.response]) distinct.add(text);
  await store.append("r", [started(row.id)]);
  for (const round of [1, 2, 3]) {
    config = await putCheckpoint(store, row.id, { problem: row.problem, answer: row.answer, trace }, config);
    const shorter = paragraphs.filter((_, i) => i % (round + 1) !== round).join("\n\n");
    const numbered = shorter
      .split("\n\n")
      .map((paragraph, i) => `[${i + 1}] ${paragraph}`)
      .join("\n\n");
    const messages = [{ role: "user" as const, pieces: ["Shorten.\n", row.problem, "\n", trace] }];
    const judged = [{ role: "user" as const, pieces: ["Judge.\n", row.problem, "\n", numbered] }];
    const verdict = `{"rating":"hard","reason":"${row.id}, round ${round}"}`;
    await store.append("r", [
      { ...call(row.id, 0), visit: round, messages, text: shorter },
      { ...call(row.id, 1), visit: round, messages: judged, text: verdict },
    ]);
    store.stage("r", row.id, [{ ...step(row.id), visit: round, writes: { trace: shorter } }]);
    await store.saver.putWrites(
      config,
      [
        ["trace", shorter],
        ["rating", "hard"],
      ],
      uuid6(round),
    );
    for (const text of [shorter, numbered, verdict]) distinct.add(text);
    trace = shorter;
  }
  await store.append("r", [finished(row.id)]);
}

/** A lean task leaves behind what LangGraph's own chain of writers and edges does: same checkpoints, versions and writes. */
import {
  Command,
  END,
  interrupt,
  MemorySaver,
  START,
  StateGraph,
  StateSchema,
  type StateSnapshot,
} from "@langchain/langgraph";
import type { CheckpointTuple } from "@langchain/langgraph-checkpoint";
import { expect, test } from "vitest";
import * as z from "zod";
import { beginAtNodes, emptyQuickly, runLean, wayTo } from "../../src/engine/lean-graph.ts";

const ways = { "@think": "@think", "@ask": "@ask", [END]: END } as const;
const think = (n: number) => ({ n: n + 1, ...(n === 1 ? { word: "two" } : {}) });
const nextAfter = (n: number): "@think" | "@ask" => (n < 3 ? "@think" : "@ask");
const asked = () => ({ word: interrupt("which word?") as string });

function compile(lean: boolean, saver = new MemorySaver()) {
  const state = new StateSchema({ n: z.number(), word: z.string().optional(), never: z.string().optional() });
  const graph = new StateGraph(state)
    .addNode("@think", ({ n }) => think(n))
    .addNode("@ask", asked)
    .addConditionalEdges(START, () => "@think" as const, ways)
    .addConditionalEdges("@think", ({ n }) => nextAfter(n), ways)
    .addConditionalEdges("@ask", () => END as typeof END, ways)
    .compile({ checkpointer: saver });
  if (!lean) return graph;
  const nOf = (state: Record<string, unknown>) => state.n as number;
  runLean(graph, START, (input) => [...Object.entries(input), [wayTo("@think"), START]]);
  runLean(graph, "@think", (state) => {
    const update = think(nOf(state));
    return [...Object.entries(update), [wayTo(nextAfter(update.n)), "@think"]];
  });
  runLean(graph, "@ask", () => Object.entries(asked()));
  emptyQuickly(graph);
  return graph;
}

/** Every checkpoint of the run, with what would differ between any two runs left out. */
async function leavesBehind(lean: boolean) {
  const graph = compile(lean);
  const config = { configurable: { thread_id: "t" }, durability: "sync" as const };
  await graph.invoke({ n: 1 }, config);
  await graph.invoke(new Command({ resume: "four" }), config);
  const left = [];
  for await (const { checkpoint, metadata, pendingWrites } of (graph.checkpointer as MemorySaver).list(config)) {
    const { channel_values, channel_versions, versions_seen } = checkpoint;
    const writes = pendingWrites?.map(([, channel, value]) => [channel, channel === "__interrupt__" ? "" : value]);
    left.push({ channel_values, channel_versions, versions_seen, metadata, writes });
  }
  const { values, next } = await graph.getState(config);
  return { left, values, next };
}

test("lean tasks leave the same checkpoints behind, through loops, interrupts and resumes", async () => {
  const original = await leavesBehind(false);
  expect(original.values).toEqual({ n: 3, word: "four" });
  expect(await leavesBehind(true)).toEqual(original);
});

test("a thread begins at its first node, and a fork of its beginning asks the edges", async () => {
  const graph = compile(true);
  beginAtNodes(graph, START);
  const config = { configurable: { thread_id: "t" } };
  await graph.invoke({ n: 1, [wayTo("@think")]: START } as never, config);
  const history: StateSnapshot[] = [];
  for await (const snapshot of graph.getStateHistory(config)) history.push(snapshot);
  expect(history.map(({ values, next }) => [values.n, next])).toEqual([
    [3, ["@ask"]],
    [2, ["@think"]],
    [1, ["@think"]],
  ]);
  await graph.updateState(history.at(-1)!.config, { n: 2 }, START);
  const forked = await graph.getState(config);
  expect([forked.values.n, forked.next]).toEqual([2, ["@think"]]);
});

test("a thread that stopped before LangGraph's own first step goes on", async () => {
  const saver = new MemorySaver();
  const config = { configurable: { thread_id: "t" } };
  await compile(false, saver).invoke({ n: 1 }, config);
  let first!: CheckpointTuple;
  for await (const tuple of saver.list(config)) first = tuple;
  const cut = new MemorySaver();
  await cut.put({ configurable: { ...config.configurable, checkpoint_ns: "" } }, first.checkpoint, first.metadata!);
  const graph = compile(true, cut);
  beginAtNodes(graph, START);
  expect((await graph.getState(config)).next).toEqual([START]);
  await graph.invoke(null, config);
  expect((await graph.getState(config)).next).toEqual(["@ask"]);
});

test("updateState still asks the edges, without running the node", async () => {
  const config = { configurable: { thread_id: "t" } };
  const nexts = await Promise.all(
    [false, true].map(async (lean) => {
      const graph = compile(lean);
      await graph.updateState(config, { n: 3 }, "@think");
      return (await graph.getState(config)).next;
    }),
  );
  expect(nexts).toEqual([["@ask"], ["@ask"]]);
});

test("an error leaves a lean task as it leaves a node", async () => {
  const messages = [false, true].map(async (lean) => {
    const graph = compile(lean);
    if (lean) runLean(graph, "@think", () => Promise.reject(new Error("no luck")));
    else graph.nodes["@think"].bound = { invoke: () => Promise.reject(new Error("no luck")) } as never;
    const config = { configurable: { thread_id: "t" } };
    await expect(graph.invoke({ n: 1 }, config)).rejects.toThrow("no luck");
    const { tasks } = await graph.getState(config);
    return tasks.map(({ name, error }) => [name, (error as Error).message]);
  });
  expect(await messages[1]).toEqual(await messages[0]);
});

/** LangGraph itself on our saver: what people do with a thread's history. */
import { Command, END, interrupt, START, StateGraph, StateSchema } from "@langchain/langgraph";
import type { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint";
import { afterEach, beforeEach, expect, it } from "vitest";
import { z } from "zod";
import { longText } from "./examples.ts";
import { type TemporaryStores, temporaryStores } from "./open.ts";

const State = new StateSchema({
  trace: z.string(),
  rounds: z.number(),
  rating: z.string().optional(),
  votes: z.array(z.string()).optional(),
});

let stores: TemporaryStores;
beforeEach(() => {
  stores = temporaryStores();
});
afterEach(() => stores.dispose());

/** Rewrites until three rounds are done; `fail` makes the third rewrite throw. */
function loop(checkpointer: BaseCheckpointSaver, options: { fail?: () => boolean; tag?: string } = {}) {
  return new StateGraph(State)
    .addNode("rewrite", ({ rounds }) => {
      if (rounds === 2 && options.fail?.()) throw new Error("the network is gone");
      return { trace: longText(`${options.tag ?? "round"} ${rounds}`), rounds: rounds + 1 };
    })
    .addNode("rate", ({ rounds }) => ({
      rating: rounds < 3 ? "hard" : "medium",
      votes: [`${rounds}`, longText("vote")],
    }))
    .addEdge(START, "rewrite")
    .addEdge("rewrite", "rate")
    .addConditionalEdges("rate", ({ rating }) => (rating === "hard" ? "rewrite" : END), ["rewrite", END])
    .compile({ checkpointer });
}

const thread = (id: string) => ({ configurable: { thread_id: id }, durability: "sync" as const });

async function historyOf(graph: ReturnType<typeof loop>) {
  const history = [];
  for await (const snapshot of graph.getStateHistory(thread("t"))) history.push(snapshot);
  return history;
}

it("gives a thread's whole history back, newest first", async () => {
  const { saver } = stores.open();
  await loop(saver).invoke({ trace: "", rounds: 0 }, thread("t"));
  const history = await historyOf(loop(saver));
  expect(history.map(({ values }) => values.rounds)).toEqual([3, 3, 2, 2, 1, 1, 0, undefined]);
  expect(history[0]?.values).toEqual({
    trace: longText("round 2"),
    rounds: 3,
    rating: "medium",
    votes: ["3", longText("vote")],
  });
  expect(history.map(({ next }) => next[0])).toEqual([
    undefined,
    "rate",
    "rewrite",
    "rate",
    "rewrite",
    "rate",
    "rewrite",
    "__start__",
  ]);
});

it("goes on after a failed node in another process, without running finished nodes again", async () => {
  const first = stores.open();
  let isDown = true;
  await expect(loop(first.saver, { fail: () => isDown }).invoke({ trace: "", rounds: 0 }, thread("t"))).rejects.toThrow(
    "network",
  );
  await first.close();
  isDown = false;
  const { saver } = stores.open();
  const result = await loop(saver, { tag: "resumed" }).invoke(null, thread("t"));
  expect(result).toMatchObject({ rounds: 3, rating: "medium", trace: longText("resumed 2") });
});

it("keeps both branches of a forked thread, though their versions have the same numbers", async () => {
  const { saver } = stores.open();
  const graph = loop(saver);
  await graph.invoke({ trace: "", rounds: 0 }, thread("t"));
  const before = await historyOf(graph);
  const older = before.find(({ values, next }) => values.rounds === 1 && next[0] === "rewrite");
  await loop(saver, { tag: "other" }).invoke(null, { ...older!.config, durability: "sync" });
  const after = await historyOf(graph);
  expect(after.length).toBeGreaterThan(before.length);
  for (const { config, values } of before) expect((await graph.getState(config)).values).toEqual(values);
  expect(after[0]?.values.trace).toBe(longText("other 2"));
  expect(before[0]?.values.trace).toBe(longText("round 2"));
});

it("answers an interrupt", async () => {
  const { saver } = stores.open();
  const graph = new StateGraph(State)
    .addNode("review", () => ({ rating: interrupt<string, string>("fits?") }))
    .addEdge(START, "review")
    .compile({ checkpointer: saver });
  await graph.invoke({ trace: longText("x"), rounds: 0 }, thread("t"));
  expect((await graph.getState(thread("t"))).tasks[0]?.interrupts[0]?.value).toBe("fits?");
  const result = await graph.invoke(new Command({ resume: "medium" }), thread("t"));
  expect(result).toMatchObject({ rating: "medium", trace: longText("x") });
});

it("stores a state edited by hand as a branch of its own", async () => {
  const { saver } = stores.open();
  const graph = loop(saver);
  await graph.invoke({ trace: "", rounds: 0 }, thread("t"));
  await graph.updateState(thread("t"), { rating: "easy" }, "rate");
  expect((await graph.getState(thread("t"))).values).toMatchObject({ rating: "easy", trace: longText("round 2") });
});

/** The method that takes tracing out of LangGraph's steps does all that the original does, as long as nobody traces. */
import { getContextVariable, setContextVariable } from "@langchain/core/context";
import { Command, END, getConfig, interrupt, MemorySaver, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as z from "zod";
import { isTraced, makeLean, undoLean } from "../../src/engine/lean.ts";

const state = new StateSchema({ n: z.number(), seen: z.string().optional() });

/** What a graph can see of its config from inside, deep in its calls. */
async function lookAround() {
  const graph = new StateGraph(state)
    .addNode("look", async () => {
      await Promise.resolve();
      const { configurable } = getConfig();
      setContextVariable("word", "hello");
      const inner = await new StateGraph(state)
        .addNode("deep", () => ({ seen: String(getContextVariable("word")) }))
        .addEdge(START, "deep")
        .addEdge("deep", END)
        .compile()
        .invoke({ n: 1 });
      return { seen: `${configurable?.thread_id} ${inner.seen}` };
    })
    .addNode("ask", () => ({ n: interrupt("how many?") as number }))
    .addEdge(START, "look")
    .addConditionalEdges("look", () => "ask", { ask: "ask" })
    .addEdge("ask", END)
    .compile({ checkpointer: new MemorySaver() });
  const config = { configurable: { thread_id: "t" } };
  const asked = await graph.invoke({ n: 0 }, config);
  const answered = await graph.invoke(new Command({ resume: 7 }), config);
  return { seen: answered.seen, n: answered.n, interrupted: JSON.stringify(asked).includes("how many?") };
}

describe("with the lean method in place", () => {
  beforeEach(() => makeLean(false));
  afterEach(undoLean);

  test("configs, context variables, interrupts and resumes work as with the original", async () => {
    const lean = await lookAround();
    undoLean();
    expect(lean).toEqual(await lookAround());
    expect(lean).toEqual({ seen: "t hello", n: 7, interrupted: true });
  });

  test("callbacks are still called", async () => {
    const starts: string[] = [];
    const graph = new StateGraph(state)
      .addNode("one", () => ({ n: 1 }))
      .addEdge(START, "one")
      .addEdge("one", END)
      .compile();
    await graph.invoke(
      { n: 0 },
      { callbacks: [{ handleChainStart: (_c, _i, _r, _p, _t, _m, _k, name) => void starts.push(String(name)) }] },
    );
    expect(starts.length).toBeGreaterThan(0);
  });
});

test("tracing is on exactly where LangSmith's variables say true", () => {
  expect(isTraced({ LANGSMITH_TRACING: "true" })).toBe(true);
  expect(isTraced({ LANGCHAIN_TRACING_V2: "true" })).toBe(true);
  expect(isTraced({ LANGSMITH_TRACING: "false" })).toBe(false);
  expect(isTraced({})).toBe(false);
});

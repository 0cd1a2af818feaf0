/**
 * The others of engine.ts, each doing the story's work for `count` samples with `inFlight` at once:
 *
 *   wire     bare undici and a loop: no graph, no store
 *   graph    the seven nodes on bare LangGraph over bare undici: no store
 *   byHand   LangGraph, ChatOpenAI and the official SQLite saver, as their documentation shows
 */
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, request } from "undici";
import * as z from "zod";
import { type Asker, isLong, messagesFor, type Sample, sampleNumber, vote } from "./story.ts";

export type Contestant = (options: { url: string; from: number; count: number; inFlight: number }) => Promise<void>;

async function pool(
  from: number,
  count: number,
  inFlight: number,
  work: (sample: Sample) => Promise<void>,
): Promise<void> {
  let next = from;
  const lane = async () => {
    while (next < from + count) await work(sampleNumber(next++));
  };
  await Promise.all(Array.from({ length: Math.min(inFlight, count) }, lane));
}

function bareAsker(url: string): Asker {
  const dispatcher = new Agent({ connections: 4096, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
  return async (model, messages) => {
    const { body, statusCode } = await request(`${url}/chat/completions`, {
      method: "POST",
      dispatcher,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model, messages, stream: false }),
    });
    if (statusCode !== 200) throw new Error(`status ${statusCode}`);
    const reply = (await body.json()) as { choices: [{ message: { content: string } }] };
    return reply.choices[0].message.content;
  };
}

export const wire: Contestant = async ({ url, from, count, inFlight }) => {
  const ask = bareAsker(url);
  await pool(from, count, inFlight, async ({ problem }) => {
    let chain = await ask("teacher", messagesFor("teacher", problem));
    if (isLong(chain)) chain = await ask("rewriter", messagesFor("shorten", problem, chain));
    let rating = await vote(ask, problem, chain, 3);
    for (let round = 0; rating !== "medium" && round < 5; round++) {
      chain = await ask("rewriter", messagesFor("condense", problem, chain));
      rating = await vote(ask, problem, chain, 1);
    }
    await vote(ask, problem, chain, 5);
  });
};

async function sevenNodes(ask: Asker, checkpointer?: unknown) {
  const { END, START, StateGraph, StateSchema } = await import("@langchain/langgraph");
  const state = new StateSchema({
    problem: z.string(),
    answer: z.string().optional(),
    chain: z.string().optional(),
    rating: z.string().optional(),
    rounds: z.number().optional(),
  });
  type S = { problem: string; chain?: string; rating?: string; rounds?: number };
  const graph = new StateGraph(state)
    .addNode("collect", async (s: S) =>
      s.chain === undefined ? { chain: await ask("teacher", messagesFor("teacher", s.problem)) } : {},
    )
    .addNode("longToShort", async (s: S) =>
      isLong(s.chain!) ? { chain: await ask("rewriter", messagesFor("shorten", s.problem, s.chain)) } : {},
    )
    .addNode("judge", async (s: S) => ({ rating: await vote(ask, s.problem, s.chain!, 3) }))
    .addNode("expand", async (s: S) => ({ chain: await ask("rewriter", messagesFor("condense", s.problem, s.chain)) }))
    .addNode("condense", async (s: S) => ({
      chain: await ask("rewriter", messagesFor("condense", s.problem, s.chain)),
    }))
    .addNode("verify", async (s: S) => ({
      rating: await vote(ask, s.problem, s.chain!, 1),
      rounds: (s.rounds ?? 0) + 1,
    }))
    .addNode("accept", async (s: S) => ({ rating: await vote(ask, s.problem, s.chain!, 5) }))
    .addEdge(START, "collect")
    .addEdge("collect", "longToShort")
    .addEdge("longToShort", "judge")
    .addConditionalEdges("judge", (s: S) => s.rating!, {
      medium: "accept",
      easy: "expand",
      hard: "condense",
      undecided: END,
    })
    .addEdge("expand", "verify")
    .addEdge("condense", "verify")
    .addConditionalEdges("verify", (s: S) => ((s.rounds ?? 0) >= 5 ? "medium" : s.rating!), {
      medium: "accept",
      easy: "expand",
      hard: "condense",
      undecided: END,
    });
  graph.addEdge("accept", END);
  return graph.compile(checkpointer === undefined ? {} : { checkpointer: checkpointer as never });
}

export const graph: Contestant = async ({ url, from, count, inFlight }) => {
  const compiled = await sevenNodes(bareAsker(url));
  await pool(from, count, inFlight, async ({ id, problem, answer }) => {
    await compiled.invoke({ problem, answer }, { configurable: { thread_id: id }, recursionLimit: 100 });
  });
};

export const byHand: Contestant = async ({ url, from, count, inFlight }) => {
  const [{ ChatOpenAI }, { SqliteSaver }] = await Promise.all([
    import("@langchain/openai"),
    import("@langchain/langgraph-checkpoint-sqlite"),
  ]);
  const file = join(tmpdir(), `mezzo-bench-by-hand-${process.pid}-${from}.db`);
  const models = Object.fromEntries(
    ["teacher", "rewriter", "judge"].map((model) => [
      model,
      new ChatOpenAI({ model, apiKey: "none", configuration: { baseURL: url } }),
    ]),
  );
  const ask: Asker = async (model, messages) => {
    const reply = await models[model]!.invoke(messages as never);
    return String(reply.content);
  };
  const compiled = await sevenNodes(ask, SqliteSaver.fromConnString(file));
  await pool(from, count, inFlight, async ({ id, problem, answer }) => {
    await compiled.invoke({ problem, answer }, { configurable: { thread_id: id }, recursionLimit: 100 });
  });
  for (const end of ["", "-wal", "-shm"]) rmSync(file + end, { force: true });
};

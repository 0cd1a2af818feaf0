/**
 * An evaluation as `mezzo eval` makes it, in this process: the benchmark's reader, graphs/evaluate.yaml compiled to
 * LangGraph, checkpoints and events in a store, the rules and the sandbox as graders, the figures from what was stored.
 * What it leaves out are the worker threads and the network.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/core/clock.ts";
import type { NewSample } from "../../src/core/sample.ts";
import { OUTCOMES } from "../../src/core/sample.ts";
import { type Evaluation, evaluate } from "../../src/data/evaluation.ts";
import type { FinishedSample } from "../../src/data/finished.ts";
import { finishedSamples } from "../../src/engine/history.ts";
import { createRun, type RunSettings } from "../../src/engine/run.ts";
import { createRunner } from "../../src/engine/runner.ts";
import { openGraph } from "../../src/graph/open.ts";
import { createGateway } from "../../src/models/gateway.ts";
import type { Model } from "../../src/models/model.ts";
import { compareByRules, createGrader, findFinalAnswer, type Verdict } from "../../src/nodes/answers/index.ts";
import { createCodeRunner } from "../../src/nodes/code/index.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";

const GRAPH = new URL("../../graphs/evaluate.yaml", import.meta.url).pathname;

/** Graders that are opened once: a program's verdict is kept, since the same program on the same tests says the same. */
export function openGraders() {
  const grader = createGrader();
  const runner = createCodeRunner();
  const kept = new Map<string, Promise<Verdict>>();
  return {
    grader,
    programs: {
      ...runner,
      check: (text: string, tests: Parameters<typeof runner.check>[1], signal?: AbortSignal): Promise<Verdict> => {
        const key = JSON.stringify([text, tests]);
        const verdict = kept.get(key) ?? runner.check(text, tests, signal);
        kept.set(key, verdict);
        return verdict;
      },
      close: async () => undefined,
    },
    close: () => Promise.all([grader.close(), runner.close()]),
  };
}

export type Graders = ReturnType<typeof openGraders>;

/** `read` looks at the finished samples before the store goes. */
export async function evaluateWith(
  model: Model,
  samples: readonly NewSample[],
  options: { readonly graders: Graders; readonly seed: number; readonly read?: (sample: FinishedSample) => void },
): Promise<Evaluation> {
  const set = ["models.student={ provider: simulated }"];
  const { plan, diagnostics } = openGraph(GRAPH, { env: {}, set });
  if (plan === undefined) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  const folder = await mkdtemp(join(tmpdir(), "mezzo-evaluation-"));
  const store = openSqliteStore({ path: join(folder, "m.db") });
  const { graders, seed } = options;
  const gateway = createGateway({ models: { student: { spec: plan.models.student!, model } } });
  try {
    const run = "e";
    const settings = { seed, inFlight: 32, workers: 1, input: "", graphFile: "" } as unknown as RunSettings;
    await createRun(store, { run, plan, settings, samples: each(samples) });
    const runner = createRunner({ ...{ plan, run, seed, store, gateway, clock: systemClock }, ...graders });
    const all = await store.samples(run, { outcomes: ["unfinished"], limit: samples.length });
    for (let at = 0; at < all.length; at += 32)
      await Promise.all(all.slice(at, at + 32).map((sample) => runner.take(sample)));
    const finished = finishedSamples(store, run, { outcomes: OUTCOMES });
    if (options.read !== undefined) for await (const sample of finished) options.read(sample);
    return await evaluate(finished, {
      answerIn: (reply) => findFinalAnswer(reply)?.text,
      isSame: (x, y) => compareByRules(x, y).verdict === "equal",
    });
  } finally {
    await gateway.close();
    await store.close();
    await rm(folder, { recursive: true });
  }
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

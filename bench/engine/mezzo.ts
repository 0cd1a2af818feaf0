/** Mezzo itself as a contestant: gateway, events and checkpoints, everything on. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finishedCount, type RunView, type StepFinished } from "../../src/core/events.ts";
import type { NewSample } from "../../src/core/sample.ts";
import { createRun, type RunSettings, workOn } from "../../src/engine/run.ts";
import { workerThreads } from "../../src/engine/threads.ts";
import { TURN_OF_PARENT } from "../../src/engine/turns.ts";
import { openGraph } from "../../src/graph/open.ts";
import type { Plan } from "../../src/graph/plan.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import { newTurn } from "../../src/store/turn.ts";
import { sampleNumber } from "./story.ts";

const GRAPH = new URL("../../graphs/distill.yaml", import.meta.url).pathname;

/** graphs/distill.yaml with its three models at this address. */
export function planAt(url: string, more: readonly string[] = []): Plan {
  const set = ["teacher", "rewriter", "judge"].map(
    (role) => `models.${role}={ provider: openai, model: ${role}, baseUrl: "${url}", stream: false }`,
  );
  const { plan, diagnostics } = openGraph(GRAPH, { env: {}, set: [...set, ...more] });
  if (plan === undefined) throw new Error(JSON.stringify(diagnostics));
  return plan;
}

export interface MezzoBench {
  /** Runs samples to their end; `warm` is called as soon as so many have finished. */
  run(count: number, warm: { after: number; then: (calls: number) => void }): Promise<RunView>;
  readonly storeBytes: () => number;
  /** The steps of one sample, in order. */
  steps(sample: string): Promise<StepFinished[]>;
  close(): Promise<void>;
}

export interface BenchOptions {
  readonly inFlight: number;
  readonly workers: number;
  /** Left out: the story's. */
  readonly samples?: (count: number) => AsyncIterable<NewSample>;
}

export async function openMezzo(plan: Plan, options: BenchOptions): Promise<MezzoBench> {
  const folder = mkdtempSync(join(tmpdir(), "mezzo-bench-"));
  const storePath = join(folder, "mezzo.db");
  const turn = newTurn();
  const store = openSqliteStore({ path: storePath, turn: { shared: turn, workerNo: TURN_OF_PARENT } });
  return {
    storeBytes: () => readFileSync(storePath).length,
    steps: async (sample) =>
      (await store.sampleEvents("bench", sample, { calls: false })).filter((event) => event.type === "step.finished"),
    run: async (count, warm) => {
      const settings: RunSettings = {
        seed: 0,
        inFlight: options.inFlight,
        workers: options.workers,
        budgetUsd: undefined,
        accepted: undefined,
        input: "bench",
        graphFile: GRAPH,
      };
      await createRun(store, { run: "bench", plan, settings, samples: (options.samples ?? samples)(count) });
      const { workers } = options;
      const factory = workerThreads({
        plan,
        run: "bench",
        settings,
        workers,
        storePath,
        env: {},
        turn,
        spent: undefined,
      });
      const live = await workOn(store, "bench", { settings, workers, factory });
      let view = await store.view("bench");
      while (finishedCount(view) < warm.after) {
        await new Promise((next) => setTimeout(next, 20));
        view = await store.view("bench");
      }
      warm.then(view.calls);
      return (await live.result).view;
    },
    close: async () => {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

async function* samples(count: number): AsyncGenerator<NewSample> {
  for (let n = 0; n < count; n++) {
    const { id, problem, answer } = sampleNumber(n);
    yield { id, state: { problem, answer }, source: { id, problem, answer }, line: n + 1 };
  }
}

/** Everything a thread needs to work on samples of one run: opened together, closed together. */
import { systemClock } from "../core/clock.ts";
import { openGateway } from "../models/share.ts";
import { createGrader } from "../nodes/answers/index.ts";
import { createCodeRunner } from "../nodes/code/index.ts";
import { openStore } from "../store/open.ts";
import { readPlace } from "../store/where.ts";
import { createCache, recordedCalls } from "./cache.ts";
import { isTraced, makeLean } from "./lean.ts";
import type { WorkerStart } from "./messages.ts";
import { createRunner } from "./runner.ts";
import type { WorkerEvents, WorkerHandle } from "./scheduler.ts";
import { createTaker } from "./take.ts";
import { turnOfWorker } from "./turns.ts";

export async function openWorkshop(start: WorkerStart, events: Omit<WorkerEvents, "died">): Promise<WorkerHandle> {
  const { plan, planNo, run, seed, keep, worker, shared } = start;
  makeLean(isTraced(start.env));
  const clock = systemClock;
  const turn = { shared: shared.turn, workerNo: turnOfWorker(worker) };
  const store = await openStore(readPlace(start.storePath, start.env), { turn });
  const grader = createGrader();
  const programs = createCodeRunner();
  const gateway = openGateway(shared.gateway, {
    models: plan.models,
    env: start.env,
    worker,
    lookup: (from) => recordedCalls(store, from),
    onLease: (upTo) => store.append(run, [{ type: "run.leased", at: clock.now(), upTo }]),
  });
  const findCached = start.cache === true ? createCache(store, plan) : undefined;
  const runner = createRunner({ plan, planNo, run, seed, keep, store, gateway, grader, programs, clock, findCached });
  const taker = createTaker(run, store, runner, events);

  return {
    take: taker.take,
    drain: runner.drain,
    abort: runner.abort,
    close: async () => {
      await Promise.all([gateway.close(), grader.close(), programs.close()]);
      await store.close();
    },
  };
}

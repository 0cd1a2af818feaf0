/**
 * Takes batches of samples in one thread and reports how each left: the same for a worker thread and for tests that
 * run everything in theirs.
 */
import { MezzoError, messageOf } from "../core/errors.ts";
import { BudgetSpent } from "../models/gateway.ts";
import { ModelError } from "../models/model.ts";
import type { Store } from "../store/store.ts";
import type { RunTrouble } from "./messages.ts";
import type { Runner } from "./runner.ts";
import type { WorkerEvents } from "./scheduler.ts";

/** Samples begun in one turn of the event loop: hundreds at once would block it for a second. */
const STARTS_PER_TURN = 4;

export function createTaker(run: string, store: Store, runner: Runner, events: Omit<WorkerEvents, "died">) {
  const waiting: { readonly id: string; readonly fence: number | undefined }[] = [];
  let starting = false;

  return {
    take: (samples: readonly string[], fences?: readonly number[]): void => {
      waiting.push(...samples.map((id, index) => ({ id, fence: fences?.[index] })));
      if (starting) return;
      starting = true;
      setImmediate(startSome);
    },
  };

  function startSome(): void {
    for (const sample of waiting.splice(0, STARTS_PER_TURN)) void takeOne(sample);
    starting = waiting.length > 0;
    if (starting) setImmediate(startSome);
  }

  async function takeOne({ id, fence }: (typeof waiting)[number]): Promise<void> {
    try {
      if (fence !== undefined) store.sharing?.guard(run, id, fence);
      const sample = await store.findSample(run, id);
      if (sample === undefined) throw new MezzoError("no-sample", `The store has no sample "${id}" in run "${run}"`);
      // A worker that died between the commit and its message: the sample was handed out once more.
      if (sample.outcome !== undefined) return events.finished(id, sample.outcome);
      if (sample.person === "for-person") return events.waits(id);
      const left = await runner.take(sample);
      if (left.left === "finished") events.finished(id, left.outcome);
      else if (left.left === "waits") events.waits(id);
      else events.setAside(id);
    } catch (thrown) {
      if (thrown instanceof MezzoError && thrown.code === "lost-sample") return events.setAside(id, "lost");
      events.trouble(id, toTrouble(thrown));
    }
  }
}

/** What ended a run, in a form that crosses threads. */
export function toTrouble(thrown: unknown): RunTrouble {
  if (thrown instanceof BudgetSpent) return { code: "budget-spent", message: thrown.message, pauses: true };
  if (thrown instanceof ModelError) return { code: thrown.trouble, message: thrown.message, pauses: false };
  if (thrown instanceof MezzoError) {
    return { code: thrown.code, message: thrown.message, hint: thrown.hint, pauses: false };
  }
  return { code: "internal", message: `Internal error: ${messageOf(thrown)}`, pauses: false };
}

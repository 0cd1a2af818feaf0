/** Whatever is asked in whatever order, a store says what the events say. */
import type { RunnableConfig } from "@langchain/core/runnables";
import { uuid6 } from "@langchain/langgraph-checkpoint";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { foldRun, type RunEvent, type SampleEvent } from "../../src/core/events.ts";
import { OUTCOMES, type Outcome } from "../../src/core/sample.ts";
import type { StoreUnderTest } from "./contract.ts";
import { call, finished, longText, newSample, putCheckpoint, RUN, started, step } from "./examples.ts";

const IDS = ["a", "b", "c", "d"];

/** What one sample's engine does next; the number shapes it. */
const actions = fc.array(
  fc.record({
    sample: fc.constantFrom(...IDS),
    act: fc.constantFrom("call", "step", "stage", "checkpoint", "finish", "reopen", "read"),
    n: fc.nat(5),
    awaits: fc.boolean(),
  }),
  { maxLength: 60 },
);

export function propertiesContract(name: string, open: () => Promise<StoreUnderTest>, numRuns: number): void {
  it(`${name}: keeps events, outcomes, counters and checkpoints in step`, async () => {
    await fc.assert(
      fc.asyncProperty(actions, async (list) => {
        const under = await open();
        const { store } = under;
        await store.createRun({ ...RUN, run: "r" });
        await store.addSamples("r", IDS.map(newSample));
        const expected = new Map<string, SampleEvent[]>(IDS.map((id) => [id, [started(id)]]));
        const outcomes = new Map<string, Outcome>();
        const threads = new Map<string, { config: RunnableConfig; trace: string }>();
        const promises: Promise<unknown>[] = [store.append("r", IDS.map(started))];

        for (const { sample, act, n, awaits } of list) {
          const events = expected.get(sample)!;
          const append = (event: SampleEvent) => {
            events.push(event);
            promises.push(store.append("r", [event]));
          };
          const outcome = outcomes.get(sample);
          if (act === "call") append({ ...call(sample, n), text: longText(`${n}`) });
          if (act === "step") append({ ...step(sample), visit: n, next: n % 2 ? "expand" : "accepted" });
          if (act === "stage" && threads.has(sample)) {
            const event = { ...step(sample), visit: n };
            store.stage("r", sample, [event]);
            events.push(event);
            promises.push(store.saver.putWrites(threads.get(sample)!.config, [["trace", longText(`w${n}`)]], uuid6(n)));
          }
          if (act === "checkpoint") {
            const trace = longText(`${sample}${n}`);
            const config = putCheckpoint(store, sample, { trace, rating: String(n) }, threads.get(sample)?.config);
            promises.push(config);
            threads.set(sample, { config: await config, trace });
          }
          if (act === "finish" && outcome === undefined) {
            const next = OUTCOMES[n]!;
            append({ ...finished(sample), outcome: next });
            outcomes.set(sample, next);
          }
          if (act === "reopen" && outcome !== undefined) {
            append({ type: "sample.reopened", sample, at: n, was: outcome, next: "judge" });
            outcomes.delete(sample);
          }
          if (act === "read") expect(await store.sampleEvents("r", sample)).toEqual(events);
          if (awaits) await promises.at(-1);
        }

        await Promise.all(promises);
        await store.close();
        const again = await under.again();
        for (const id of IDS) {
          expect(await again.sampleEvents("r", id)).toEqual(expected.get(id));
          expect((await again.findSample("r", id))?.outcome).toBe(outcomes.get(id));
          const thread = threads.get(id);
          const tuple = thread && (await again.saver.getTuple(thread.config));
          expect(tuple?.checkpoint.channel_values.trace).toBe(thread?.trace);
        }
        const all: RunEvent[] = [...expected.values()].flat();
        expect(await again.view("r")).toEqual(foldRun(all));
        expect(await again.check()).toEqual([]);
        await under.dispose();
      }),
      { numRuns },
    );
  });
}

/** One step between a model that answers and a store that takes its time. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { createRouter } from "../../src/engine/route.ts";
import { runStep, type Services } from "../../src/engine/step.ts";
import { startOfWay } from "../../src/engine/way.ts";
import { openGraph } from "../../src/graph/open.ts";
import type { CallResult, Gateway } from "../../src/models/gateway.ts";
import { nodeKinds } from "../../src/nodes/kinds.ts";
import type { Store } from "../../src/store/store.ts";
import { appleSample, makeRig } from "../rig.ts";

test("asks a second time only once the first call is committed: a kill never costs a sample two calls", async () => {
  const rig = await makeRig();
  const plan = openGraph(await rig.distillAt("http://127.0.0.1:1/v1"), { env: {} }).plan!;
  const commits: PromiseWithResolvers<void>[] = [];
  let calls = 0;
  const text = JSON.stringify({ rating: "medium", reason: "It fits." });
  const reply = { text, finish: "stop", usage: { in: 1, out: 1 }, model: "judge" } as const;
  const result: CallResult = {
    ...{ reply, attempts: 1, ms: 1, waitedMs: 0, costUsd: 0, requestHash: "h", role: "judge", model: "judge" },
  };
  const gateway: Pick<Gateway, "call" | "hashOf"> = {
    call: async () => {
      calls += 1;
      return result;
    },
    hashOf: () => "h",
  };
  const store: Pick<Store, "append" | "stage"> = {
    append: () => {
      commits.push(Promise.withResolvers());
      return commits.at(-1)!.promise;
    },
    stage: () => undefined,
  };
  const services = {
    ...{ plan, run: "r", seed: 1, store, gateway, clock: systemClock, router: createRouter(plan), kinds: nodeKinds },
    ...{ grader: { check: async () => ({ verdict: "equal", rule: "same", reason: "", found: { text: "1" } }) } },
    ...{ ended: () => undefined, journal: new Map() },
  } as unknown as Services;
  const { problem, answer, trace } = appleSample(1);
  const askPerson = () => {
    throw new Error("no person is asked");
  };
  const signal = new AbortController().signal;
  const step = runStep(services, "judge", { problem, answer, trace }, startOfWay, { sample: "s", signal, askPerson });
  await vi.waitFor(() => expect(commits).toHaveLength(1));
  for (let turn = 0; turn < 20; turn++) await nextTurn();
  expect(calls).toBe(1);
  commits[0]!.resolve();
  await vi.waitFor(() => expect(commits).toHaveLength(2));
  // The last call of a step is committed with the step at the latest.
  expect((await step).update.rating).toBe("medium");
  expect(calls).toBe(2);
});

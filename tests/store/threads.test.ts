import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { endTurn, newTurn, releaseTurnOf, takeTurn } from "../../src/store/turn.ts";
import { newSample, RUN } from "./examples.ts";
import { type TemporaryStores, temporaryStores } from "./open.ts";
import type { WriterTask } from "./writer.ts";

const WORKERS = ["ab", "cd", "ef"].map((letters) => Array.from(letters));
const STEPS = 25;

let stores: TemporaryStores;
beforeEach(async () => {
  stores = temporaryStores();
});
afterEach(() => stores.dispose());

function startWriter(task: WriterTask): Worker {
  return new Worker(new URL("writer.ts", import.meta.url), { workerData: task });
}

describe("several threads on one file", () => {
  it.each(["with turns", "without turns"])("write all that they promise, %s", async (way) => {
    const shared = newTurn();
    const turnOf = (workerNo: number) => (way === "with turns" ? { shared, workerNo } : undefined);
    const store = stores.open({ turn: turnOf(1) });
    await store.createRun({ ...RUN, run: "r" });
    await store.addSamples("r", WORKERS.flat().map(newSample));
    const writers = WORKERS.map((samples, i) =>
      startWriter({ path: stores.path, samples, steps: STEPS, turn: turnOf(i + 2) }),
    );
    await Promise.all(writers.map((writer) => once(writer, "exit")));
    const view = await store.view("r");
    expect(view.calls).toBe(WORKERS.flat().length * STEPS);
    expect(view.nodes.judge?.visits).toBe(WORKERS.flat().length * STEPS);
    expect(await store.check()).toEqual([]);
  });

  it("go on when one of them is ended in the middle", async () => {
    const shared = newTurn();
    const store = stores.open({ turn: { shared, workerNo: 1 } });
    await store.createRun({ ...RUN, run: "r" });
    await store.addSamples("r", WORKERS.flat().map(newSample));
    const [doomed, other] = [WORKERS[0]!, WORKERS[1]!].map((samples, i) =>
      startWriter({ path: stores.path, samples, steps: i === 0 ? 100_000 : STEPS, turn: { shared, workerNo: i + 2 } }),
    ) as [Worker, Worker];
    const otherEnded = once(other, "exit"); // It may be done before the other has begun.
    await once(doomed, "message");
    await doomed.terminate();
    releaseTurnOf(shared, 2);
    await otherEnded;
    expect((await store.sampleEvents("r", "c")).length).toBe(STEPS * 2);
    expect(await store.check()).toEqual([]);
  });
});

describe("a turn", () => {
  it("passes to whoever waits when it ends, and to nobody before", async () => {
    const shared = newTurn();
    const [first, second] = [1, 2].map((workerNo) => ({ shared, workerNo })) as [Turn, Turn];
    await takeTurn(first, systemClock);
    let hasTurn = false;
    const waiting = takeTurn(second, systemClock).then(() => {
      hasTurn = true;
    });
    await systemClock.sleep(20);
    expect(hasTurn).toBe(false);
    endTurn(first);
    await waiting;
    expect(hasTurn).toBe(true);
  });

  it("of a dead thread is released by its number, and only that one's", async () => {
    const shared = newTurn();
    await takeTurn({ shared, workerNo: 7 }, systemClock);
    releaseTurnOf(shared, 3);
    const waiting = takeTurn({ shared, workerNo: 3 }, systemClock);
    expect(await Promise.race([waiting.then(() => "taken"), systemClock.sleep(20).then(() => "waits")])).toBe("waits");
    releaseTurnOf(shared, 7);
    await waiting;
  });
});

type Turn = Parameters<typeof takeTurn>[0];

/** A thread that takes and releases permits as fast as it can, and counts what is in the air over all threads. */
import { setImmediate } from "node:timers/promises";
import { workerData } from "node:worker_threads";
import { systemClock } from "../../src/core/clock.ts";
import { Limiter, type SharedLimits } from "../../src/models/limiter.ts";

const { shared, worker, count, requests } = workerData as {
  shared: SharedLimits;
  worker: number;
  count: SharedArrayBuffer;
  requests: number;
};
const words = new Int32Array(count);
const limiter = new Limiter(shared, { worker, clock: systemClock });
const { signal } = new AbortController();
let begun = 0;

await Promise.all(
  Array.from({ length: 20 }, async () => {
    while (begun < requests) {
      begun += 1;
      const permit = await limiter.acquire("teacher", 0, signal);
      const inAir = Atomics.add(words, 0, 1) + 1;
      for (let most = Atomics.load(words, 1); inAir > most; most = Atomics.load(words, 1)) {
        Atomics.compareExchange(words, 1, most, inAir);
      }
      await setImmediate();
      Atomics.sub(words, 0, 1);
      Atomics.add(words, 2, 1);
      permit.release({ kind: "other" });
    }
  }),
);

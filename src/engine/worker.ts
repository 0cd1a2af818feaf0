/**
 * A worker thread: its own connection to the store, its own models and gateway (whose limits and budget are shared
 * memory), its own compiled graph. Everything heavy is loaded here and never in the parent.
 */
import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../core/clock.ts";
import { BEAT_MS, type FromWorker, type ToWorker, type WorkerStart } from "./messages.ts";
import { openWorkshop } from "./workshop.ts";

const port = parentPort;
if (port === null) throw new Error("Internal error: worker.ts is not a worker");

const say = (message: FromWorker) => port.postMessage(message);

// What is wrong here (a missing key, a file that can't be opened) is wrong for every sample: the thread ends with it.
const start = workerData as WorkerStart;
const workshop = await openWorkshop(start, {
  finished: (sample, outcome) => say({ say: "finished", sample, outcome }),
  setAside: (sample, why) => say({ say: "set-aside", sample, why }),
  waits: (sample) => say({ say: "waits", sample }),
  trouble: (sample, trouble) => say({ say: "trouble", sample, trouble }),
});

port.on("message", (message: ToWorker) => {
  switch (message.say) {
    case "take":
      return workshop.take(message.samples, message.fences);
    case "drain":
      return workshop.drain();
    case "abort":
      return workshop.abort(message.reason);
    case "close":
      void workshop.close().then(() => {
        say({ say: "closed" });
        closed.abort();
        port.close();
      });
  }
});
say({ say: "ready" });

const closed = new AbortController();
void beat(new Int32Array(start.shared.beat), closed.signal).catch(() => undefined); // Closed.

/** A turn of the event loop between two beats: a thread that hangs in a loop, or chokes on its memory, is silent. */
async function beat(cell: Int32Array, signal: AbortSignal): Promise<void> {
  for (;;) {
    Atomics.add(cell, 0, 1);
    await systemClock.sleep(BEAT_MS, signal);
  }
}

/**
 * `mezzo demo` (and `npm start`): the main job on the bundled samples, with no key: run, export, and one sample's way.
 */
import { dirname, join } from "node:path";
import type { StepFinished } from "../../core/events.ts";
import type { Store } from "../../store/store.ts";
import { isServer } from "../../store/where.ts";
import type { ExitCode } from "../failure.ts";
import type { Io } from "../io.ts";
import { DEFAULT_STORE } from "../next.ts";
import { packageRoot } from "../package-root.ts";
import { tellStory } from "../story.ts";
import { exportRun } from "./export.ts";
import { freeName, run } from "./run.ts";
import { withStore } from "./with-store.ts";

export async function demo(io: Io, flags: { store: string }): Promise<ExitCode> {
  const graph = join(packageRoot(), "graphs", "distill.yaml");
  const input = join(packageRoot(), "graphs", "samples.jsonl");
  const name = await withStore(io, flags.store, (store) => freeName(store, "demo"), { create: true });
  const code = await run(io, graph, {
    input,
    run: name,
    map: [],
    badRows: "stop",
    inFlight: 64,
    set: [],
    store: flags.store,
  });
  if (code !== 0) return code;
  await withStore(io, flags.store, async (store) => {
    const sample = await longestWay(store, name);
    if (sample === undefined) return;
    io.say(`\n${io.paint.strong("One sample's way")}`);
    const events = await store.sampleEvents(name, sample.id);
    for (const line of tellStory(io, sample, events, { full: false, calls: false, width: 118 })) io.say(line);
  });
  io.say(`\n${io.paint.strong("The training file")}`);
  return exportRun(io, name, {
    format: "messages",
    out: join(isServer(flags.store) ? dirname(DEFAULT_STORE) : dirname(flags.store), `${name}.messages.jsonl`),
    store: flags.store,
  });
}

/** The accepted sample with the most steps: the one with most to tell. */
async function longestWay(store: Store, run: string) {
  let best: { steps: number; sample: Awaited<ReturnType<Store["samples"]>>[number] } | undefined;
  for (const sample of await store.samples(run, { outcomes: ["accepted"], limit: 100 })) {
    const events = await store.sampleEvents(run, sample.id);
    const steps = events.filter((event): event is StepFinished => event.type === "step.finished").length;
    if (best === undefined || steps > best.steps) best = { steps, sample };
  }
  return best?.sample;
}

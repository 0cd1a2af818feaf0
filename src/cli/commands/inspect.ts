/** `mezzo inspect`: a run's samples, or one sample's way as a story. */
import type { StepFinished } from "../../core/events.ts";
import type { Outcome } from "../../core/sample.ts";
import { stateAfter } from "../../engine/history.ts";
import { requireRun } from "../../engine/run.ts";
import type { Store } from "../../store/store.ts";
import type { ExitCode } from "../failure.ts";
import type { Io } from "../io.ts";
import { nextCommand } from "../next.ts";
import { STANDS, tellStory } from "../story.ts";
import { oneLine, paintOutcome, table } from "../words.ts";
import { requireSample } from "./require-sample.ts";
import { withStore } from "./with-store.ts";

export interface InspectFlags {
  readonly outcome?: readonly Outcome[];
  readonly limit: number;
  readonly full?: boolean;
  readonly calls?: boolean;
  readonly store: string;
  readonly json?: boolean;
}

export async function inspect(io: Io, run: string, sample: string | undefined, flags: InspectFlags): Promise<ExitCode> {
  return withStore(io, flags.store, async (store) => {
    await requireRun(store, run);
    if (sample === undefined) await listSamples(io, store, run, flags);
    else await showSample(io, store, { run, sample }, flags);
    return 0 as const;
  });
}

async function listSamples(io: Io, store: Store, run: string, flags: InspectFlags): Promise<void> {
  const samples = await store.samples(run, { outcomes: flags.outcome, limit: flags.limit });
  const histories = await Promise.all(samples.map((sample) => store.sampleEvents(run, sample.id)));
  const ways = histories.map((events) =>
    events.filter((event): event is StepFinished => event.type === "step.finished"),
  );
  if (flags.json) {
    const rows = samples.map(({ id, line, outcome, reason, person }, at) => ({
      id,
      line,
      outcome: outcome ?? null,
      person: person ?? null,
      reason: reason ?? null,
      steps: ways[at]!.map(({ node, visit, label, next, plan }) => ({ node, visit, label, next, plan })),
    }));
    return io.out(JSON.stringify(rows, null, 2));
  }
  if (samples.length === 0) {
    const ended =
      flags.outcome === undefined ? "has no samples" : `has no sample that ended ${flags.outcome.join(" or ")}`;
    return io.say(`Run ${run} ${ended}.`);
  }
  const width = io.stderr.columns ?? 120;
  const rows = samples.map((sample, at) => [
    oneLine(sample.id, 32),
    sample.outcome === undefined
      ? io.paint.faint(STANDS[sample.person ?? "started"])
      : paintOutcome(sample.outcome, io.paint),
    ways[at]!.map((step) => step.node).join(" ▸ "),
    io.paint.faint(oneLine(sample.reason ?? "", Math.max(30, width - 70))),
  ]);
  for (const line of table([["sample", "outcome", "way", "reason"], ...rows])) io.out(line);
  if (samples.length === flags.limit) io.say(`the first ${flags.limit}; --limit shows more, --outcome only some`);
  io.say(`\nnext: ${nextCommand(io, `inspect ${run} ${samples[0]?.id ?? "<sample>"}`, flags.store)}`);
}

async function showSample(
  io: Io,
  store: Store,
  at: { run: string; sample: string },
  flags: InspectFlags,
): Promise<void> {
  const sample = await requireSample(store, at.run, at.sample);
  const events = await store.sampleEvents(at.run, at.sample);
  if (flags.json) {
    const { id, line, outcome, reason, source, person } = sample;
    const whole = {
      id,
      run: at.run,
      line,
      outcome: outcome ?? null,
      person: person ?? null,
      reason: reason ?? null,
      state: stateAfter(sample, events),
      source,
      plans: await store.plans(at.run),
      events,
    };
    return io.out(JSON.stringify(whole, null, 2));
  }
  const width = Math.min(io.stderr.columns ?? 110, 140);
  const options = { full: flags.full === true, calls: flags.calls === true, width };
  for (const line of tellStory(io, sample, events, options)) io.out(line);
  if (!options.full) io.say(io.paint.faint("\n--full shows whole texts, --calls every prompt and reply"));
}

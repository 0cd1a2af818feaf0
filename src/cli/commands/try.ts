/** `mezzo try`: one node on one sample: the prompt as sent, the reply as it came, what would be written. Nothing is stored. */
import { MezzoError } from "../../core/errors.ts";
import { isOutcome } from "../../core/sample.ts";
import { estimateTokens } from "../../core/tokens.ts";
import { readSamples } from "../../data/read.ts";
import { recordedCalls } from "../../engine/cache.ts";
import { type RunSettings, requireRun } from "../../engine/run.ts";
import {
  atStart,
  beforeNode,
  type Standpoint,
  type Trial,
  type TriedCall,
  type TryOptions,
  tryNode,
} from "../../engine/try.ts";
import type { Plan } from "../../graph/plan.ts";
import type { Store } from "../../store/store.ts";
import type { ExitCode } from "../failure.ts";
import type { Io } from "../io.ts";
import { tellSheet } from "../sheet-words.ts";
import { count, duration, oneLine, paintOutcome, plainText, usd } from "../words.ts";
import { planOf } from "./graph-file.ts";
import { parseMap } from "./mapping.ts";
import { requireSample } from "./require-sample.ts";
import { withStore } from "./with-store.ts";

export interface TryFlags {
  readonly input?: string;
  readonly run?: string;
  readonly id?: string;
  readonly map: readonly string[];
  readonly set: readonly string[];
  readonly store: string;
  readonly json?: boolean;
}

export async function tryOne(io: Io, file: string, node: string, flags: TryFlags): Promise<ExitCode> {
  const plan = planOf(io, file, flags.set);
  const abort = new AbortController();
  const stopListening = io.onInterrupt(() => abort.abort(new Error("interrupted")));
  try {
    const asked = { plan, node, env: io.env, signal: abort.signal };
    const trial =
      flags.run === undefined ? await tryRow(io, asked, flags) : await tryOfRun(io, asked, flags.run, flags);
    if (flags.json) io.out(JSON.stringify(trial, null, 2));
    else for (const line of tellTrial(io, trial)) io.out(line);
    return 0;
  } catch (thrown) {
    if (!abort.signal.aborted) throw thrown;
    io.say("Interrupted; nothing was stored.");
    return 130;
  } finally {
    stopListening();
  }
}

type Asked = Omit<TryOptions, "from">;

async function tryRow(io: Io, asked: Asked, flags: TryFlags): Promise<Trial> {
  if (flags.input === undefined) {
    const hint = "--input names a file of samples (with --id one of them); --run and --id a sample of a run.";
    throw new MezzoError("usage", "A sample to try the node on is expected", { hint, exitCode: 2 });
  }
  return tryNode({ ...asked, from: await findRow(io, asked.plan, flags.input, flags) });
}

async function tryOfRun(io: Io, asked: Asked, run: string, flags: TryFlags): Promise<Trial> {
  if (flags.id === undefined) {
    const hint = `\`mezzo inspect ${run}\` lists them.`;
    throw new MezzoError("usage", "--id is expected: which of the run's samples to try", { hint, exitCode: 2 });
  }
  return withStore(io, flags.store, async (store: Store) => {
    const { settings } = await requireRun(store, run);
    const sample = await requireSample(store, run, flags.id!);
    const from = beforeNode(sample, await store.sampleEvents(run, sample.id, { calls: false }), asked.node);
    if (!from.hasBeen) io.say(`${sample.id} has not been at ${asked.node} in run ${run}: tried on it as it is now.`);
    const { seed } = settings as unknown as RunSettings;
    return tryNode({ ...asked, from, seed, lookup: (other) => recordedCalls(store, other) });
  });
}

/** The first row, or the one of that id. */
async function findRow(io: Io, plan: Plan, path: string, flags: TryFlags): Promise<Standpoint> {
  const options = { map: { ...plan.map, ...parseMap(flags.map) }, fields: plan.state, badRows: "stop" } as const;
  for await (const sample of readSamples({ path, stdin: io.stdin }, options)) {
    if (flags.id === undefined || flags.id === sample.id) return atStart(sample);
  }
  throw new MezzoError("no-sample", `${path} has no row with the id "${flags.id}"`, { exitCode: 2 });
}

function tellTrial(io: Io, trial: Trial): string[] {
  const { paint } = io;
  const { sample, node, kind, visit, passedBy, label, reason, writes, next, skipped } = trial;
  const width = Math.min(io.stderr.columns ?? 110, 140);
  const lines = [`${paint.strong(node)} (${kind}) on ${plainText(sample)}${visit > 1 ? `, visit ${visit}` : ""}`];
  if (passedBy !== undefined) {
    lines.push(`  In a run this sample passes the node by: its \`when\` is false, ${oneLine(passedBy, width - 60)}`);
  }
  if (trial.sheet !== undefined) {
    lines.push("  waits for a person, who is shown:", ...tellSheet(io, trial.sheet));
    return [...lines, paint.faint("\n  nothing was stored")];
  }
  for (const [at, call] of trial.calls.entries()) lines.push("", ...tellCall(call, at + 1));
  if (trial.calls.length === 0) lines.push("", "  no model was asked");
  lines.push("", `  came to   ${paint.strong(label)}${reason === undefined ? "" : `: ${oneLine(reason, width - 24)}`}`);
  const written = Object.entries(writes);
  if (written.length === 0) lines.push("  writes    nothing");
  for (const [field, value] of written) lines.push(`  writes    ${field}${tellValue(value, width)}`);
  const past = skipped.length === 0 ? "" : paint.faint(`, past ${skipped.join(", ")}`);
  lines.push(`  goes to   ${isOutcome(next) ? paintOutcome(next, paint) : next}${past}`);
  lines.push(paint.faint(`\n  ${duration(trial.ms)}; nothing was stored`));
  return lines;
}

function tellCall(call: TriedCall, number: number): string[] {
  const usage = `${count(call.usage.in)} tokens in, ${count(call.usage.out)} out, ${duration(call.ms)}, ${usd(call.costUsd)}`;
  const lines = [`  call ${number} to ${call.role} (${plainText(call.model)}): ${usage}`];
  for (const { role, content } of call.messages) lines.push(`    ${role}:`, ...indent(content, "    │ "));
  if (call.thinking !== undefined) lines.push("    thinking:", ...indent(call.thinking, "    ┊ "));
  return [...lines, `    reply (${call.finish}):`, ...indent(call.text, "    │ ")];
}

function tellValue(value: unknown, width: number): string {
  if (typeof value !== "string") return ` = ${JSON.stringify(value)}`;
  if (value.length <= 60 && !value.includes("\n")) return ` = ${plainText(value)}`;
  return ` of ${count(estimateTokens(value))} tokens, beginning "${oneLine(value, width - 50)}"`;
}

function indent(text: string, by: string): string[] {
  return plainText(text)
    .split("\n")
    .map((line) => by + line);
}

/** A large run made through the store's own doors, as the engine would have left it: no engine, so it takes a minute. */
import { seededRandom } from "../../src/core/clock.ts";
import type { SampleEvent, Verdict } from "../../src/core/events.ts";
import { fingerprint } from "../../src/core/hash.ts";
import type { NewSample, Outcome, Rating } from "../../src/core/sample.ts";
import type { Plan } from "../../src/graph/plan.ts";
import type { Store } from "../../src/store/store.ts";

export interface MadeRun {
  readonly run: string;
  readonly plan: Plan;
  readonly samples: number;
  readonly seed: number;
  /** Characters of a chain. */
  readonly chars: number;
  /** Ends with this many unfinished; `running` keeps the run open. */
  readonly unfinished?: number;
}

const DOMAINS = ["math", "code", "science"];
const AT_ONCE = 250;
const BEGAN = 1_790_000_000_000;
/** Milliseconds between two samples: 100,000 of them take two hours and three quarters. */
const PACE_MS = 100;

/** Makes it and gives how many steps it has. Ways, ratings and outcomes are drawn as `graphs/distill.yaml` would lead. */
export async function makeRun(store: Store, options: MadeRun): Promise<{ steps: number; calls: number }> {
  const { run, plan, samples } = options;
  const settings = {
    seed: options.seed,
    inFlight: 64,
    input: "made.jsonl",
    graphFile: "graphs/distill.yaml",
    budgetUsd: 500,
  };
  await store.createRun({
    run,
    graph: plan.graph,
    plan: plan.fingerprint,
    planBody: JSON.stringify(plan),
    settings,
    at: BEGAN,
  });
  for (let from = 0; from < samples; from += 1_000) {
    await store.addSamples(
      run,
      Array.from({ length: Math.min(1_000, samples - from) }, (_, i) => madeSample(from + i)),
    );
  }
  await store.append(run, [{ type: "run.started", at: BEGAN, plan: plan.fingerprint, samples }]);
  const random = seededRandom(options.seed);
  const count = { steps: 0, calls: 0 };
  for (let from = 0; from < samples - (options.unfinished ?? 0); from += AT_ONCE) {
    const batch: Promise<void>[] = [];
    for (let n = from; n < Math.min(from + AT_ONCE, samples - (options.unfinished ?? 0)); n++) {
      const events = madeWay(n, random, options.chars);
      count.steps += events.filter((event) => event.type === "step.finished").length;
      count.calls += events.filter((event) => event.type === "call.finished").length;
      batch.push(store.append(run, events));
    }
    await Promise.all(batch);
  }
  return count;
}

export function madeSample(n: number): NewSample {
  const domain = DOMAINS[n % DOMAINS.length]!;
  const problem = `Problem ${n} of ${domain}: a shop sells ${n % 97} apples at ${n % 13} cents each, and ${n % 7} pears. What is owed?`;
  const row = { id: `made-${n}`, problem, answer: String((n % 97) * (n % 13)), domain };
  return { id: row.id, line: n + 1, state: { problem, answer: row.answer, domain }, source: row };
}

/** About eight steps, as a run with loops has. */
export function madeWay(n: number, random: () => number, chars: number): SampleEvent[] {
  const sample = `made-${n}`;
  const events: SampleEvent[] = [];
  let at = BEGAN + n * PACE_MS;
  let trace = madeTrace(n, random, chars);
  const shapedBy: string[] = [];
  const visits = new Map<string, number>();

  const step = (
    node: string,
    kind: string,
    label: string,
    next: string,
    more: { trace?: string; verdict?: Verdict },
  ) => {
    const visit = (visits.get(node) ?? 0) + 1;
    visits.set(node, visit);
    at += 1_000 + Math.floor(random() * 2_000);
    const judged = kind !== "rewrite" && kind !== "generate";
    const text = judged ? JSON.stringify(more.verdict) : (more.trace ?? "");
    const role = judged ? "judge" : "rewriter";
    const usage = { in: 1_800 + Math.floor(random() * 500), out: judged ? 90 : 600 };
    const requestHash = fingerprint([sample, node, visit]);
    const prompt = [`You are asked to ${node}.\n`, { numbered: trace }, "\nWrite it anew, and keep the answer."];
    const call = { node, visit, ask: 0, role, model: "qwq-32b", requestHash, text, finish: "stop" as const, usage };
    const cost = { costUsd: (usage.in + 3 * usage.out) / 1e6, ms: 800 + Math.floor(random() * 900), waitedMs: 4 };
    const attempts = random() < 0.02 ? 2 : 1;
    events.push({
      type: "call.finished",
      sample,
      at,
      ...call,
      ...cost,
      attempts,
      messages: [{ role: "user", pieces: prompt }],
    });
    const writes = judged ? { rating: more.verdict?.rating } : { trace: more.trace };
    const evidence = more.verdict && {
      restsOn: ["judge" as const],
      verdict: more.verdict,
      votes: [more.verdict.rating],
    };
    const reason = more.verdict?.reason;
    const found = { writes, reason, evidence, calls: 1, ms: cost.ms + 5 };
    events.push({ type: "step.finished", sample, at, node, kind, visit, label, next, skipped: [], ...found });
  };

  const has = random() < 0.7;
  const first = has ? "long-to-short" : "collect";
  events.push({ type: "sample.started", sample, at, next: first, skipped: has ? ["collect"] : [] });
  if (!has) step("collect", "generate", "written", "long-to-short", { trace });
  trace = trace.slice(0, Math.floor(trace.length * 0.8));
  step("long-to-short", "rewrite", "written", "judge", { trace });
  shapedBy.push("long-to-short");
  let outcome: Outcome = "accepted";
  for (let judged = 0; ; judged++) {
    const node = judged === 0 ? "judge" : "verify";
    const kind = judged === 0 ? "rate" : "verify";
    if (judged === 5) {
      step(node, kind, "exhausted", "exhausted", { verdict: verdictOf("hard", judged) });
      outcome = "exhausted";
      break;
    }
    const draw = random();
    const rating: Rating = draw < 0.17 ? "medium" : draw < 0.5 ? "easy" : "hard";
    const next = rating === "medium" ? "accepted" : rating === "easy" ? "expand" : "condense";
    step(node, kind, rating, next, { verdict: verdictOf(rating, judged) });
    if (rating === "medium") break;
    if (random() < 0.01) {
      step(next, "rewrite", "answer-lost", "answer-lost", {});
      outcome = "answer-lost";
      break;
    }
    trace = `${trace.slice(0, Math.floor(trace.length * 0.9))} Round ${judged}.`;
    step(next, "rewrite", "written", "verify", { trace });
    if (!shapedBy.includes(next)) shapedBy.push(next);
  }
  const tokens = { tokensBefore: Math.round(chars / 4), tokensAfter: Math.round(trace.length / 4) };
  const reason = outcome === "accepted" ? "each step follows" : `ended as ${outcome}`;
  events.push({ type: "sample.finished", sample, at, outcome, reason, shapedBy, ...tokens });
  return events;
}

function verdictOf(rating: Rating, step: number): Verdict {
  const reason = `the chain is ${rating} for a small model at this place`;
  return { rating, reason, step: rating === "medium" ? null : step + 2, missing: null, surplus: null, confidence: 0.8 };
}

function madeTrace(n: number, random: () => number, chars: number): string {
  let text = `We solve problem ${n}.`;
  while (text.length < chars)
    text += `\n\nStep: take ${Math.floor(random() * 1e6)} and ${Math.floor(random() * 1e6)} together.`;
  return text;
}

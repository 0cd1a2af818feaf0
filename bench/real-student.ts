/**
 * `rate` and `follow` end to end against a real small model, and what an unmasked probe would have said of it.
 *
 *   node bench/real-student.ts --url http://127.0.0.1:8130/v1 --model SmolLM2-135M-Instruct.Q4_1 [--chains 20] [--only surprisal]
 *
 * For an endpoint see ../shared/real-model/README.md: a model of 135M that copies numbers out of a chain and does not
 * even the last step of one by itself. So it can follow none of these chains (GSM8K, right, the answer not in the problem),
 * and a probe that says otherwise was fooled. Three probes of the same chains with the same prompt, each a few tries:
 *
 *   unmasked    the chain as it is, with its answer
 *   last step   of that chain its last step alone: the control that shows why the first is fooled
 *   follow      through the engine: the chain with its answer blanked out, sequential test, controls
 *
 * And what its endpoint tells of how surprising the chains are: as they came, measured by `follow`; and beside that the same
 * chains with their steps in another order, and each under another chain's problem. A measure that is worth something finds
 * both more surprising.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import type { StepFinished } from "../src/core/events.ts";
import { joinPieces, renderPrompt, stepsOf } from "../src/core/prompt.ts";
import type { NewSample } from "../src/core/sample.ts";
import { readSurprisals, type Surprisal, weighSurprisals } from "../src/core/surprisal.ts";
import { openGraph } from "../src/graph/open.ts";
import { openModel } from "../src/models/open.ts";
import { createGrader } from "../src/nodes/answers/index.ts";
import { openMezzo } from "./engine/mezzo.ts";

const { values } = parseArgs({
  options: { url: { type: "string" }, model: { type: "string" }, chains: { type: "string" }, only: { type: "string" } },
});
const isBrief = values.only === "surprisal";
const { url = "http://127.0.0.1:8130/v1", model = "SmolLM2-135M-Instruct.Q4_1" } = values;
const COUNT = Number(values.chains ?? 20);
const ROOT = new URL("../", import.meta.url).pathname;
const DATA = join(ROOT, "../shared/data/traces_concise.jsonl.gz");
if (!existsSync(DATA)) {
  console.error("SKIPPED: ../shared/data/traces_concise.jsonl.gz is missing; nothing was measured");
  process.exit(1);
}

const GRAPH = `graph: real-student
student: { name: ${model} }
models:
  student: { provider: openai, model: "${model}", baseUrl: "${url}", temperature: 0.3, maxTokens: 96, inFlight: 2 }
  judge: { provider: openai, model: "${model}", baseUrl: "${url}", temperature: 0.3, maxTokens: 120, inFlight: 2 }
state:
  problem: string
  answer: string
  trace: string
  rating: { enum: [easy, medium, hard], optional: true }
  trials: { type: object, optional: true }
start: follow
nodes:
  follow:
    kind: follow
    model: student
    prompt: follow.md
    alone: alone.md
    surprisal: alone.md
    writes: rating
    trials: trials
    then: { medium: judge, easy: judge, hard: judge, undecided: judge }
  judge:
    kind: rate
    model: judge
    prompt: judge.md
    writes: rating
    tries: 2
    then: { medium: accepted, easy: exhausted, hard: exhausted }
`;

interface Row {
  readonly id: string;
  readonly problem: string;
  readonly answer: string | null;
  readonly response: string;
  readonly correct: boolean | null;
  readonly benchmark_overlap: string | null;
}
const rows = gunzipSync(readFileSync(DATA))
  .toString("utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Row)
  .filter(({ correct, answer, problem, response, benchmark_overlap }) => {
    const isNumber = answer !== null && /^\d[\d,]*$/.test(answer) && Number(answer.replaceAll(",", "")) > 12;
    const fits = correct === true && isNumber && !problem.replaceAll(",", "").includes(answer!.replaceAll(",", ""));
    return fits && /gsm8k/i.test(benchmark_overlap ?? "") && response.length < 1500 && stepsOf(response).length >= 3;
  })
  .slice(0, COUNT);

const folder = mkdtempSync(join(tmpdir(), "mezzo-real-"));
mkdirSync(join(folder, "graphs"));
cpSync(join(ROOT, "prompts"), join(folder, "prompts"), { recursive: true });
writeFileSync(join(folder, "graphs/real.yaml"), GRAPH);
const { plan, diagnostics } = openGraph(join(folder, "graphs/real.yaml"), { env: {} });
if (plan === undefined) throw new Error(JSON.stringify(diagnostics));

if (isBrief) {
  const surprises = await weighEach(await weighAll((n) => [rows[n]!.problem, rows[n]!.response]));
  console.error(`surprisal, nats a token: ${JSON.stringify(surprises)}`);
  console.log(JSON.stringify({ bench: "real-student", model, chains: rows.length, surprises }));
  rmSync(folder, { recursive: true });
  process.exit(0);
}

const steps: StepFinished[] = [];
const bench = await openMezzo(plan, { inFlight: 2, workers: 1, samples: chains });
const view = await bench.run(rows.length, { after: 0, then: () => undefined });
for (const { id } of rows) steps.push(...(await bench.steps(id)));
await bench.close();

const grader = createGrader();
const unmasked = await probeEach((response) => response);
const lastStep = await probeEach((response) => stepsOf(response).slice(-1)[0]!);
const came = steps.flatMap(({ evidence }) => evidence?.surprisal ?? []);
const untold = came.find((each) => "none" in each);
const surprises =
  untold === undefined ? await weighEach(came as Surprisal[]) : "none" in untold ? untold.none : undefined;
await grader.close();
rmSync(folder, { recursive: true });

const probes = steps.flatMap(({ evidence }) => evidence?.probe ?? []);
const found: Record<string, number> = {};
for (const probe of probes) found[probe.found] = (found[probe.found] ?? 0) + 1;
const judged: Record<string, number> = {};
for (const { kind, label } of steps) if (kind === "rate") judged[label] = (judged[label] ?? 0) + 1;
const tries = probes.reduce((sum, { chain }) => ({ right: sum.right + chain.right, tries: sum.tries + chain.tries }), {
  right: 0,
  tries: 0,
});
console.error(`${rows.length} chains, ${view.calls} calls through the engine`);
console.error(
  `unmasked chain: right in ${unmasked} of ${rows.length};  its last step alone: ${lastStep} of ${rows.length}`,
);
console.error(
  `follow, masked: ${JSON.stringify(found)}, ${tries.right} of ${tries.tries} tries right;  rate says ${JSON.stringify(judged)}`,
);
console.error(`surprisal, nats a token: ${JSON.stringify(surprises)}`);
console.log(
  JSON.stringify({
    bench: "real-student",
    model,
    chains: rows.length,
    calls: view.calls,
    unmasked,
    lastStep,
    found,
    tries,
    judged,
    surprises,
  }),
);

interface Weighed {
  readonly nats: number;
  readonly rankSurprisal: readonly [number, number];
  /** Of so many chains, how many are more surprising so than as they came. */
  readonly above?: number;
  readonly of?: number;
}

/** Means over the chains. */
async function weighEach(known: readonly Surprisal[]): Promise<Record<string, Weighed>> {
  const shuffled = await weighAll((n) => [rows[n]!.problem, shuffle(rows[n]!.response)]);
  const foreign = await weighAll((n) => [rows[(n + 1) % rows.length]!.problem, rows[n]!.response]);
  const told = (list: readonly Surprisal[]): Weighed => ({
    nats: round(mean(list.map((each) => each.mean))),
    rankSurprisal: [0, 1].map((at) => round(mean(list.map((each) => each.rankSurprisal[at]!)))) as [number, number],
  });
  const beside = (list: readonly Surprisal[]) => ({
    ...told(list),
    above: list.filter((each, n) => each.mean > known[n]!.mean).length,
    of: list.length,
  });
  return { "as they came": told(known), shuffled: beside(shuffled), "of another problem": beside(foreign) };
}

async function weighAll(of: (n: number) => readonly [problem: string, trace: string]): Promise<Surprisal[]> {
  const spec = plan!.models.student!;
  const asked = openModel(spec, { env: {} });
  const weighed: Surprisal[] = [];
  for (let n = 0; n < rows.length; n++) {
    const [problem, trace] = of(n);
    const messages = joinPieces(renderPrompt(plan!.prompts["alone.md"]!, { problem }));
    const request = {
      messages,
      sampling: {},
      reply: { form: "surprisal", of: trace.trim() },
      task: { purpose: "alone", values: {} },
    } as const;
    const reply = await asked.ask(request, { signal: AbortSignal.timeout(120_000) });
    const told = readSurprisals(reply.text);
    const found = told && weighSurprisals(trace.trim(), "student", told);
    if (found !== undefined) weighed.push(found);
  }
  await asked.close?.();
  return weighed;
}

/** In the order last, first, last but one, second, ...: never the one they had. */
function shuffle(response: string): string {
  const left = stepsOf(response.trim());
  const mixed: string[] = [];
  while (left.length > 0) mixed.push(mixed.length % 2 === 0 ? left.pop()! : left.shift()!);
  return mixed.join("\n\n");
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function round(value: number): number {
  return Math.round(100 * value) / 100;
}

/** One greedy try for each chain with the prompt of `follow`, the answer left where it stands. */
async function probeEach(chainOf: (response: string) => string): Promise<number> {
  const prompt = plan!.prompts["follow.md"]!;
  let right = 0;
  for (const { problem, answer, response } of rows) {
    const messages = joinPieces(renderPrompt(prompt, { problem, chain: chainOf(response) }));
    const body = JSON.stringify({ model, messages, temperature: 0, max_tokens: 96 });
    const reply = await fetch(`${url}/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    const { choices } = (await reply.json()) as { choices: [{ message: { content: string } }] };
    if ((await grader.check(choices[0].message.content, answer!, { problem })).verdict === "equal") right += 1;
  }
  return right;
}

async function* chains(): AsyncGenerator<NewSample> {
  for (const [n, { id, problem, answer, response }] of rows.entries()) {
    const state = { problem, answer: answer!, trace: response };
    yield { id, state, source: state, line: n + 1 };
  }
}

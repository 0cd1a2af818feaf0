/**
 * A scripted model for tests and load. What it says is drawn from the request's seed and content alone, so the same run
 * gives the same replies whatever the order, the workers or the interruptions; and it is cheap enough for a million
 * samples.
 */
import type { ChatReply, ChatRequest } from "../core/chat.ts";
import { type Clock, seededRandom } from "../core/clock.ts";
import { seedFrom } from "../core/hash.ts";
import { stepsOf } from "../core/prompt.ts";
import { RATINGS, type Rating } from "../core/sample.ts";
import { writeSurprisals } from "../core/surprisal.ts";
import { guessMessages } from "./estimate.ts";
import { type Model, ModelError } from "./model.ts";
import type { SimulatedSpec } from "./spec.ts";

/** Purposes whose reply is a verdict, and those of a student; everything else gets a trace. */
const JUDGES: ReadonlySet<string> = new Set(["judge", "verify", "accept"]);
const STUDENTS: ReadonlySet<string> = new Set(["follow", "alone"]);

export class SimulatedModel implements Model {
  readonly #spec: SimulatedSpec;
  readonly #clock: Clock;
  /** Requests that failed and have not been answered yet, with how often: as many as are in the air. */
  readonly #failed = new Map<number, number>();

  constructor(spec: SimulatedSpec, clock: Clock) {
    this.#spec = spec;
    this.#clock = clock;
  }

  async ask(request: ChatRequest, options: { readonly signal: AbortSignal }): Promise<ChatReply> {
    const { latencyMs, errors, garbage } = this.#spec;
    const { content } = request.messages.at(-1) ?? { content: "" };
    const seed = seedFrom(request.sampling.seed ?? 0, request.task.purpose, content);
    const draw = seededRandom(seed);
    const [slow, failing, spoiled] = [draw(), draw(), draw()];
    if (latencyMs > 0) await this.#clock.sleep(latencyMs * (0.5 + slow), options.signal);
    else options.signal.throwIfAborted();
    this.#failInPassing(seed, failing, errors);
    const text = spoiled < garbage ? spoil(draw) : this.#say(request, draw);
    const usage = { in: guessMessages(request.messages), out: Math.ceil(text.length / 4) };
    return { text, finish: "stop", usage, model: "simulated" };
  }

  /** A request fails n times in a row with a chance of `errors` to the n, and then no more. */
  #failInPassing(seed: number, draw: number, errors: number): void {
    if (errors === 0) return;
    const before = this.#failed.get(seed) ?? 0;
    if (before >= 20 || draw >= errors ** (before + 1)) {
      this.#failed.delete(seed);
      return;
    }
    this.#failed.set(seed, before + 1);
    throw before % 2 === 0
      ? new ModelError("broken", "simulated: the connection broke")
      : new ModelError("busy", "simulated: the server is busy", { status: 503 });
  }

  #say(request: ChatRequest, draw: () => number): string {
    if (request.reply.form === "surprisal") return this.#surprisals(request.reply.of, draw);
    if (JUDGES.has(request.task.purpose)) return JSON.stringify(this.#verdict(request, draw));
    if (STUDENTS.has(request.task.purpose)) return this.#attempt(request, draw);
    return trace(this.#spec.replyTokens, request.task.values, draw);
  }

  /** Four characters a token; most are as the model would have said them. */
  #surprisals(of: string, draw: () => number): string {
    const tokens = (of.match(/[\s\S]{1,4}/g) ?? []).map((piece) => {
      const nats = 4 * draw() ** 4;
      return { chars: piece.length, nats, rank: 1 + Math.floor(nats ** 2) };
    });
    return writeSurprisals({ tokens, ranksTo: null });
  }

  /** What is true of a trace depends on the trace; a lie depends on the seed, so that votes can differ. */
  #verdict(request: ChatRequest, draw: () => number): Record<string, unknown> {
    const lie = draw() < this.#spec.lies ? RATINGS[Math.floor(draw() * 3)]! : undefined;
    const truth = this.#ratingOf(request);
    const isWrong = this.#spec.wrong > 0 && draw() < this.#spec.wrong;
    const opposite = truth === "medium" ? (draw() < 0.5 ? "easy" : "hard") : "medium";
    const rating = lie ?? (isWrong ? opposite : truth);
    return {
      rating,
      reason: `simulated: ${rating}`,
      step: rating === "medium" ? null : 1,
      missing: rating === "easy" ? "the step between the first two lines" : null,
      surplus: rating === "hard" ? "the second check" : null,
      confidence: Math.round(50 + draw() * 50) / 100,
    };
  }

  /** A student gets there along a chain that fits, if it is given the whole of it and in order; else as if alone. */
  #attempt(request: ChatRequest, draw: () => number): string {
    const { chain, trace: whole = "", answer } = request.task.values;
    const follows = chain !== undefined && isWhole(chain, whole) && this.#ratingOf(request) === "medium";
    const isRight = draw() < (follows ? this.#spec.follows : this.#spec.alone);
    return isRight && answer ? `I went along.\n\nThe answer is \\boxed{${answer}}.` : "I don't see how to go on.";
  }

  #ratingOf(request: ChatRequest): Rating {
    const { medium, opinion } = this.#spec;
    const text = request.task.values.trace ?? request.messages.at(-1)?.content ?? "";
    const truth = seededRandom(seedFrom("truth", text, ...(opinion === "" ? [] : [opinion])))();
    if (truth < medium) return "medium";
    return truth < medium + (1 - medium) / 2 ? "easy" : "hard";
  }
}

/** Most of the trace's steps, in the trace's order. A step is known by how it begins. */
function isWhole(chain: string, trace: string): boolean {
  const places = stepsOf(chain).map((step) => trace.indexOf(step.trim().slice(0, 24).split("_")[0]!));
  const inOrder = places.every((place, at) => at === 0 || place >= places[at - 1]!);
  return inOrder && places.length >= 0.6 * (stepsOf(trace).length - 1);
}

/** A line has about 20 tokens, and speaks of the problem: a trace about nothing is not taken for one. */
function trace(tokens: number, values: Readonly<Record<string, string>>, draw: () => number): string {
  const subject = (values.problem ?? "").match(/\p{L}{3,}|\p{Script=Han}/gu)?.slice(0, 60) ?? ["it"];
  let text = "";
  for (let step = 1; step * 20 <= Math.max(20, tokens); step += 1) {
    const [a, b] = [Math.floor(draw() * 90) + 10, Math.floor(draw() * 9) + 1];
    const about = [0, 1, 2].map((more) => subject[(3 * step + more) % subject.length]).join(" ");
    text += `Step ${step}, ${about}: ${a} + ${b} = ${a + b}, so we go on with ${a + b}.\n`;
  }
  const { answer } = values;
  return answer ? `${text}The answer is \\boxed{${answer}}.` : `${text}That is all there is to do.`;
}

/** Replies that real servers send and that nobody can use. */
function spoil(draw: () => number): string {
  const kinds = [
    "",
    '{"rating": "med',
    "!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!",
    "\u20ac\u2593 lorem ]]> }{ %%%",
    "I cannot help with that.",
  ];
  return kinds[Math.floor(draw() * kinds.length)]!;
}

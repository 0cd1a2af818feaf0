/**
 * The work that every contestant of engine.ts does: distill.yaml's way for one sample, decided by replies alone.
 *
 * A sample comes with no trace. The teacher writes 6 KB, which is long, so it is rewritten; the judge votes (two alike
 * settle it); then condense and verify until the trace's version is what the sample's number asks for: 0, 1 or 2 more. At
 * last it is accepted afresh: five votes, of which three alike settle it.
 */
export interface Sample {
  readonly id: string;
  readonly problem: string;
  readonly answer: string;
}

export function sampleNumber(n: number): Sample {
  const [a, b] = [10 + (n % 80), 3 + (n % 50)];
  const problem = `Sample ${n}: Lena has ${a} apples and buys ${b} more apples. How many apples does she have now?`;
  return { id: `apple-${n}`, problem, answer: String(a + b) };
}

/** Calls that a sample needs. */
export function callsOf(n: number): number {
  return 7 + 2 * wanted(n);
}

const wanted = (n: number) => [0, 1, 0, 2][n % 4]!;

/** 5.6 KB that press like prose: no line twice, as in a real trace. */
const TALK = Array.from({ length: 60 }, (_, n) => {
  const [a, b] = [17 + 7 * n, 3 + (n % 23)];
  const verbs = ["write down", "look at", "count", "compare", "add up", "check", "go through"];
  return `We ${verbs[n % 7]} the ${a} apples of basket ${n + 1} and the ${b} that were bought, which makes ${a + b} in all. `;
}).join("");

function trace(n: number, version: number): string {
  const [a, b] = [10 + (n % 80), 3 + (n % 50)];
  const head = `Sample ${n}, version ${version}: Lena has ${a} apples and buys ${b} more apples.`;
  return `${head}\n\n${TALK}\n\nSo she has ${a} + ${b} = ${a + b} apples.\n\nThe answer is \\boxed{${a + b}}.`;
}

/** The server's reply to a request body, as text. */
export function replyTo(model: string, text: string): string {
  const n = Number(/Sample (\d+)/.exec(text)?.[1]);
  const version = Number(/Sample \d+, version (\d+)/.exec(text)?.[1] ?? -1);
  if (model === "teacher") return trace(n, 0);
  if (model === "rewriter") return trace(n, version + 1);
  const fits = version >= wanted(n) + 1;
  return JSON.stringify({
    rating: fits ? "medium" : "hard",
    reason: fits ? "Each step follows from the one before." : "It wanders.",
    step: fits ? null : 2,
    missing: null,
    surplus: null,
    confidence: 0.9,
  });
}

const ASK = {
  teacher: "Solve the problem step by step. End with the answer in \\boxed{}.",
  shorten: "Shorten the chain of thought. Keep the key steps and the answer. Reply with the new chain alone.",
  condense:
    "Rewrite the chain of thought so that a small model can follow it. Keep the answer. Reply with the new chain alone.",
  judge:
    "Judge the chain of thought from the small model's seat. Reply with JSON: rating, reason, step, missing, surplus, confidence.",
};

/** What the contestants other than Mezzo send; Mezzo sends its own, longer prompts. */
export function messagesFor(job: keyof typeof ASK, problem: string, chain = "") {
  return [
    { role: "system", content: ASK[job] },
    { role: "user", content: chain === "" ? problem : `${problem}\n\n${chain}` },
  ];
}

export type Asker = (
  model: "teacher" | "rewriter" | "judge",
  messages: readonly { role: string; content: string }[],
) => Promise<string>;

export function isLong(chain: string): boolean {
  return chain.length > 4_000;
}

/** One vote's rating; throws on what is no verdict. */
export function ratingIn(reply: string): string {
  const { rating } = JSON.parse(reply) as { rating?: string };
  if (rating !== "easy" && rating !== "medium" && rating !== "hard") throw new Error("not a verdict");
  return rating;
}

/** The majority of three votes, asked one by one until it is settled. */
export async function vote(ask: Asker, problem: string, chain: string, votes: number): Promise<string> {
  const counts: Record<string, number> = {};
  const needed = Math.floor(votes / 2) + 1;
  for (let cast = 0; cast < votes; cast++) {
    const rating = ratingIn(await ask("judge", messagesFor("judge", problem, chain)));
    counts[rating] = (counts[rating] ?? 0) + 1;
    if (counts[rating]! >= needed) return rating;
  }
  return "undecided";
}

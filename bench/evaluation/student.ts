/**
 * A student whose skill is known: at each problem it is right with a chance that is drawn for it, so that the mean over all
 * problems that could have been drawn is known too. What it says is what models say: a box, a phrase, a letter, a
 * program; wrong answers of another problem, programs that return nothing, and replies that break off.
 */
import type { ChatReply, ChatRequest } from "../../src/core/chat.ts";
import { seededRandom } from "../../src/core/clock.ts";
import type { CodeTests } from "../../src/core/code-tests.ts";
import { seedFrom } from "../../src/core/hash.ts";
import type { Model } from "../../src/models/model.ts";

/** Of the problems this share is known with that chance. */
export type Skill = readonly { readonly share: number; readonly chance: number }[];

export interface Known {
  readonly right: string;
  readonly wrong: string;
}

export function accuracyOf(skill: Skill): number {
  return skill.reduce((sum, { share, chance }) => sum + share * chance, 0);
}

export class KnownStudent implements Model {
  /** What it has done: how often it was right, broke off, and how many tokens it wrote. */
  readonly did = { asked: 0, right: 0, cutOff: 0, tokens: 0 };
  readonly #key: string;
  readonly #skill: Skill;
  readonly #known: ReadonlyMap<string, Known>;

  /** `key` names this student: another key is another student of the same skill. */
  constructor(key: string, skill: Skill, known: ReadonlyMap<string, Known>) {
    this.#key = key;
    this.#skill = skill;
    this.#known = known;
  }

  async ask(request: ChatRequest): Promise<ChatReply> {
    const problem = request.task.values.problem ?? "";
    const known = this.#known.get(problem)!;
    const draw = seededRandom(seedFrom(this.#key, problem, request.sampling.seed ?? 0));
    const isRight = draw() < this.#chanceAt(problem);
    const isCut = !isRight && draw() < 0.1;
    const out = 50 + Math.floor(draw() * 1000);
    this.did.asked++;
    this.did.tokens += out;
    if (isRight) this.did.right++;
    if (isCut) this.did.cutOff++;
    const text = isRight ? known.right : isCut ? "Let me see. First of all" : known.wrong;
    return { text, finish: isCut ? "length" : "stop", usage: { in: 100, out }, model: "known" };
  }

  #chanceAt(problem: string): number {
    let left = seededRandom(seedFrom(this.#key, "chance", problem))();
    for (const { share, chance } of this.#skill) {
      if (left < share) return chance;
      left -= share;
    }
    return this.#skill.at(-1)!.chance;
  }
}

/** A right and a wrong reply to a problem with an answer; `other` is an answer that is not this one. */
export function sayAnswer(answer: string, other: string, n: number): Known {
  const say = (text: string) =>
    n % 2 === 0 ? `We work it out.\n\nThe final answer is \\boxed{${text}}.` : `We work it out.\n\n$\\boxed{${text}}$`;
  return { right: say(answer), wrong: say(other) };
}

export function sayLetter(answer: string, n: number): Known {
  const other = answer === "A" ? "B" : "A";
  const say = (letter: string) => (n % 2 === 0 ? `So the answer is (${letter}).` : `The answer is ${letter}.`);
  return { right: say(answer), wrong: say(other) };
}

/** A program that passes: the reference, or, where there is none, one that has the tests' answers by heart. */
export function sayProgram(tests: CodeTests, reference: string | undefined): Known {
  const block = (program: string) => `Here it is.\n\n\`\`\`python\n${program}\n\`\`\`\n`;
  if (tests.style === "stdio") {
    const table = JSON.stringify(Object.fromEntries(tests.cases.map(({ input, output }) => [input.trim(), output])));
    const right = `import sys, json\nknown = json.loads(${JSON.stringify(table)})\nprint(known[sys.stdin.read().strip()])`;
    return { right: block(right), wrong: block("print('no idea')") };
  }
  if (tests.style === "function") {
    const table = JSON.stringify(tests.cases.map(({ input, output }) => [input.trim(), output]));
    const right = [
      "import json",
      `KNOWN = [([json.loads(a) for a in i.split("\\n")], json.loads(o)) for i, o in json.loads(${JSON.stringify(table)})]`,
      `def ${tests.entryPoint}(*given):`,
      "    return next(result for args, result in KNOWN if list(given) == args)",
    ].join("\n");
    return { right: block(right), wrong: block(`def ${tests.entryPoint}(*given):\n    return None`) };
  }
  const name = tests.style === "check" ? tests.entryPoint : (/def\s+(\w+)/.exec(reference ?? "")?.[1] ?? "solve");
  const head =
    tests.style === "check" && /class Solution/.test(reference ?? "")
      ? `class Solution:\n    def ${name}(self, *given):\n        return None`
      : `def ${name}(*given):\n    return None`;
  return { right: block(reference ?? ""), wrong: block(head) };
}

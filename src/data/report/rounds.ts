/**
 * What was found after each rewrite. Round 0 is the chain before any repair. Where repair works, the share that fits
 * rises with the rounds and the acceptance after the loop confirms it; where luck does it, the share is flat (it is how
 * often the judge errs) and the acceptance refuses most of what the loop let out.
 */
import type { StepFinished } from "../../core/events.ts";

export interface Round {
  readonly round: number;
  /** Chains that a judge rated in this round, and those it called medium. */
  readonly rated: number;
  readonly medium: number;
  /** Chains that the student was asked to follow, those it followed, and those that gave the answer away. */
  readonly probed: number;
  readonly followed: number;
  readonly leaked: number;
  /** Its single tries along them, but for those that gave the answer away: success there shows nothing. */
  readonly right: number;
  readonly tries: number;
  /** Chains that left the loop in this round and were asked about afresh, and those that passed. */
  readonly asked: number;
  readonly passed: number;
}

export class LoopRounds {
  readonly #rounds: { -readonly [K in keyof Round]: Round[K] }[] = [];
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  add(steps: readonly StepFinished[]): void {
    let round = 0;
    let seen = false;
    for (const { kind, label, evidence } of steps) {
      if (kind === "rewrite" && label === "written") {
        if (seen) round += 1;
        continue;
      }
      if (kind === "accept") {
        const at = this.#at(round);
        if (evidence?.votes === undefined) continue;
        at.asked += 1;
        if (label === "passed") at.passed += 1;
        continue;
      }
      const probe = evidence?.probe;
      if (probe !== undefined) {
        const at = this.#at(round);
        at.probed += 1;
        if (probe.found === "follows" || probe.found === "alone") at.followed += 1;
        if (probe.found === "leaks") at.leaked += 1;
        else {
          at.right += probe.chain.right;
          at.tries += probe.chain.tries;
        }
      }
      seen ||= evidence?.verdict !== undefined || probe !== undefined;
      if (evidence?.verdict === undefined || probe !== undefined) continue;
      const at = this.#at(round);
      at.rated += 1;
      if (evidence.verdict.rating === "medium") at.medium += 1;
    }
  }

  result(): readonly Round[] {
    return Array.from(this.#rounds, (round, at) => round ?? empty(at));
  }

  #at(round: number) {
    const at = Math.min(round, this.#most);
    this.#rounds[at] ??= empty(at);
    return this.#rounds[at];
  }
}

function empty(round: number): Round {
  return { round, rated: 0, medium: 0, probed: 0, followed: 0, leaked: 0, right: 0, tries: 0, asked: 0, passed: 0 };
}

/** What chance alone lets through, worked out from the rules of the graphs; luck.ts runs the same through the engine. */
import { decide } from "../../src/nodes/following/sequential.ts";

/** At least `need` of `of` independent votes, each with chance `p`. */
export function majority(p: number, of: number): number {
  const need = Math.floor(of / 2) + 1;
  let sum = 0;
  for (let k = need; k <= of; k++) sum += choose(of, k) * p ** k * (1 - p) ** (of - k);
  return sum;
}

function choose(n: number, k: number): number {
  let ways = 1;
  for (let i = 1; i <= k; i++) ways = (ways * (n - k + i)) / i;
  return ways;
}

/** Votes that are asked for, one by one, until a majority for one side stands. */
export function votesAsked(p: number, of: number): number {
  const need = Math.floor(of / 2) + 1;
  let sum = 0;
  for (let k = need; k <= of; k++) {
    const last = choose(k - 1, need - 1);
    sum += k * last * (p ** need * (1 - p) ** (k - need) + (1 - p) ** need * p ** (k - need));
  }
  return sum;
}

export interface Passed {
  /** Share that is accepted, and calls a sample. */
  readonly passes: number;
  readonly calls: number;
}

/** `rounds` single verdicts, a rewrite after each that is not medium but the last; `p` is the chance of "medium". */
export function naive(p: number, rounds: number): Passed {
  let [left, calls] = [1, 0];
  for (let round = 1; round <= rounds; round++) {
    calls += left;
    left *= 1 - p;
    if (round < rounds) calls += left;
  }
  return { passes: 1 - left, calls };
}

/** distill.yaml: three votes, up to five rounds of rewrite and one verdict, five votes at last. */
export function distill(p: number, { judge = 3, rounds = 5, accept = 5 } = {}): Passed {
  // Votes that are not for medium can split into too terse and too heavy; only a chain that fits shows that.
  const split = p > 0.5 && judge === 3 ? 6 * p * ((1 - p) / 2) ** 2 : 0;
  const first = majority(p, judge);
  let left = 1 - first - split;
  let [out, calls] = [first, votesAsked(p, judge)];
  for (let round = 1; round <= rounds; round++) {
    calls += 2 * left;
    out += left * p;
    left *= 1 - p;
  }
  return { passes: out * majority(p, accept), calls: calls + out * votesAsked(p, accept) };
}

/** The chance that the sequential test calls a student able that succeeds with chance `p`. */
export function calledAble(p: number, options = { able: 0.7, unable: 0.3, most: 12 }): number {
  const chance = new Map<string, number>();
  const from = (right: number, tries: number): number => {
    const verdict = decide(right, tries, options);
    if (verdict !== undefined) return verdict === "able" ? 1 : 0;
    const key = `${right}/${tries}`;
    const known = chance.get(key);
    if (known !== undefined) return known;
    const sum = p * from(right + 1, tries + 1) + (1 - p) * from(right, tries + 1);
    chance.set(key, sum);
    return sum;
  };
  return from(0, 0);
}

/** asked-student.yaml, as a bound from above: every one of its visits tries its luck. */
export function asked(student: number, judge: number, { visits = 7, accept = 5 } = {}): number {
  return (1 - (1 - calledAble(student)) ** visits) * majority(judge, accept);
}

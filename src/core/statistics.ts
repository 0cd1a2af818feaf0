/** Intervals and tests for shares, as the field reports them. Written once: evaluation, evidence and reports use them. */

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The 97.5 % quantile of the normal distribution: two-sided 95 %. */
export const Z95 = 1.959963984540054;

/** Wilson's score interval (1927) for `successes` of `n`; `n` need not be whole (an effective number of trials). */
export function wilson(successes: number, n: number, z = Z95): Interval {
  if (n <= 0) return { low: 0, high: 1 };
  const share = successes / n;
  const centre = share + (z * z) / (2 * n);
  const spread = z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  const scale = 1 + (z * z) / n;
  return { low: Math.max(0, (centre - spread) / scale), high: Math.min(1, (centre + spread) / scale) };
}

/**
 * A mean of problems that were each asked several times, with Wilson's interval for as many independent trials as the
 * spread between problems is worth: ten samples of one problem are not ten problems (Miller 2024, clustered errors).
 * `shares` are each problem's share of right samples, in [0, 1].
 */
export function clusteredShare(shares: readonly number[]): Interval & { readonly mean: number } {
  const n = shares.length;
  if (n === 0) return { mean: Number.NaN, low: 0, high: 1 };
  const mean = shares.reduce((sum, share) => sum + share, 0) / n;
  const variance = n < 2 ? 0 : shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / (n - 1) / n;
  // Where all problems agree nothing tells their spread: each counts as one trial.
  const trials = variance === 0 ? n : Math.max(n, (mean * (1 - mean)) / variance);
  return { mean, ...wilson(mean * trials, trials) };
}

/**
 * Exact two-sided sign test: the chance of a split at least as uneven as `a` to `b` if either side were as likely. For
 * paired comparisons, where ties tell nothing (McNemar's exact test for single answers).
 */
export function signTest(a: number, b: number): number {
  const n = a + b;
  if (n === 0) return 1;
  const few = Math.min(a, b);
  let term = 0;
  for (let k = 1; k <= n; k++) term -= Math.log(2);
  let sum = 0;
  let logChoose = 0;
  for (let k = 0; k <= few; k++) {
    if (k > 0) logChoose += Math.log(n - k + 1) - Math.log(k);
    sum += Math.exp(term + logChoose);
  }
  return Math.min(1, 2 * sum);
}

/** Mean of paired differences with a normal 95 % interval; undefined bounds become the mean itself for one pair. */
export function pairedDifference(differences: readonly number[]): Interval & { readonly mean: number } {
  const n = differences.length;
  if (n === 0) return { mean: Number.NaN, low: Number.NaN, high: Number.NaN };
  const mean = differences.reduce((sum, each) => sum + each, 0) / n;
  if (n < 2) return { mean, low: -1, high: 1 };
  const error = Math.sqrt(differences.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (n - 1) / n);
  return { mean, low: Math.max(-1, mean - Z95 * error), high: Math.min(1, mean + Z95 * error) };
}

export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * Rows that are nearly the same text, found by MinHash with banding (Broder 1997; Leskovec et al., Mining of Massive
 * Datasets, 3.4): two texts that share 80 % of their word triples agree in about 80 % of 128 minimal hashes, and then
 * almost surely in one whole band of four. One permutation in 128 bins, empty bins filled from their neighbours
 * (Shrivastava and Li 2014), since 128 permutations of every word of a long chain would take minutes for a data set.
 * 512 bytes and 32 bands a row; each row is compared with a handful of others.
 */
import { shingles, wordsOf } from "./words.ts";

const BINS = 128;
const BAND = 4;
const RUN = 3;

export class NearDuplicates {
  readonly #threshold: number;
  readonly #signatures: Uint32Array[] = [];
  /** Band number and its four hashes -> rows that have them. */
  readonly #bands = new Map<string, number[]>();

  /** `threshold`: share of word triples in common (Jaccard) from which two rows are one, in (0, 1]. */
  constructor(threshold: number) {
    this.#threshold = threshold;
  }

  /** The number of the earlier row (counted from 0, of those that were new) that this one repeats; else it is kept. */
  add(text: string): number | undefined {
    const signature = signatureOf(text);
    const bands = bandsOf(signature);
    const compared = new Set<number>();
    for (const band of bands) {
      for (const other of this.#bands.get(band) ?? []) {
        if (compared.has(other)) continue;
        compared.add(other);
        if (agreement(signature, this.#signatures[other]!) >= this.#threshold) return other;
      }
    }
    const at = this.#signatures.push(signature) - 1;
    for (const band of bands) {
      const rows = this.#bands.get(band);
      if (rows === undefined) this.#bands.set(band, [at]);
      else if (rows.length < LONGEST_BAND) rows.push(at);
    }
    return undefined;
  }
}

/** A band that everybody has (an empty text, one opening sentence) tells nothing: later rows are found by the others. */
const LONGEST_BAND = 64;

function signatureOf(text: string): Uint32Array {
  const signature = new Uint32Array(BINS).fill(EMPTY);
  const words = wordsOf(text);
  // A text of fewer than three words is its words.
  for (const piece of shingles(words, Math.max(1, Math.min(RUN, words.length)))) {
    const hash = mix(piece);
    const bin = hash % BINS;
    if (hash < signature[bin]!) signature[bin] = hash;
  }
  return fillEmpty(signature);
}

const EMPTY = 0xffffffff;

/** Spreads a hash over all 32 bits (the finalizer of MurmurHash3). */
function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** An empty bin takes its next full neighbour's value, changed by the distance so that it stays a bin of its own. */
function fillEmpty(signature: Uint32Array): Uint32Array {
  const full = signature.slice();
  if (full.every((value) => value === EMPTY)) return full;
  for (let bin = 0; bin < BINS; bin++) {
    let distance = 0;
    while (full[(bin + distance) % BINS] === EMPTY) distance++;
    signature[bin] = (full[(bin + distance) % BINS]! + Math.imul(distance, 0x9e3779b1)) >>> 0;
  }
  return signature;
}

function bandsOf(signature: Uint32Array): string[] {
  return Array.from({ length: BINS / BAND }, (_, n) => `${n}:${signature.slice(n * BAND, (n + 1) * BAND).join(",")}`);
}

function agreement(a: Uint32Array, b: Uint32Array): number {
  let same = 0;
  for (let n = 0; n < BINS; n++) if (a[n] === b[n]) same++;
  return same / BINS;
}

/**
 * Does a training problem stand in a benchmark? By word n-grams, as the field does it, in two ways:
 *
 *   verbatim   13 words in a row in common (GPT-3's rule; a shorter benchmark problem whole), and not just the way that
 *              a benchmark always asks ("m and n are relatively prime positive integers. Find m + n"): most of its
 *              4-grams stand there, or some of them and all its numbers
 *   reworded   a good part of the benchmark problem's 4-grams stand in the row, and all its numbers (and words in capitals)
 *
 * The second finds what a word changed here and there hides from the first. A row that only shares a benchmark's way of
 * asking shares few 4-grams; one with the same sentence and other numbers is another problem, and does not count.
 */
import { shingles, wordsOf } from "./words.ts";

const RUN = 13;
/** With 13 words in common: share of its 4-grams that settles it, and the least beside all its numbers. */
const MOST_OF_IT = 0.6;
const LEAST_SHARE = 0.25;
const PIECE = 4;
/** Share of a benchmark problem's 4-grams. Set on planted rows: bench/contamination.ts. */
const SHARE = 0.45;
/** Below this a problem says too little to be recognised ("Solve x^2 = 4."): it must stand there whole. */
const FEWEST_PIECES = 8;

export interface Match {
  readonly benchmark: string;
  /** The benchmark row's id, or its line. */
  readonly id: string;
  readonly how: "verbatim" | "reworded";
  /** Of the benchmark problem's 4-grams, in [0, 1]. */
  readonly share: number;
}

interface Known {
  readonly benchmark: string;
  readonly id: string;
  readonly pieces: number;
  readonly given: readonly string[];
  /** Mostly Chinese characters, each a word: its numbers are so small a part of it that other ones hardly show. */
  readonly isHan: boolean;
}

export class BenchmarkIndex {
  readonly #known: Known[] = [];
  /** A run of words, or a short problem whole -> whose. */
  readonly #runs = new Map<number, number>();
  readonly #pieces = new Map<number, number[]>();

  get size(): number {
    return this.#known.length;
  }

  add(benchmark: string, id: string, problem: string): void {
    const words = wordsOf(problem);
    if (words.length < PIECE) return;
    const at = this.#known.length;
    const pieces = new Set(shingles(words, PIECE));
    this.#known.push({ benchmark, id, pieces: pieces.size, given: givenIn(problem), isHan: isHan(words) });
    for (const run of shingles(words, RUN)) this.#runs.set(run, at);
    for (const piece of pieces) {
      const whose = this.#pieces.get(piece);
      if (whose === undefined) this.#pieces.set(piece, [at]);
      else whose.push(at);
    }
  }

  /** The benchmark problem that this one most looks like; undefined where it looks like none. */
  find(problem: string): Match | undefined {
    const words = wordsOf(problem);
    const common = new Map<number, number>();
    for (const piece of new Set(shingles(words, PIECE))) {
      for (const at of this.#pieces.get(piece) ?? []) common.set(at, (common.get(at) ?? 0) + 1);
    }
    const runs = new Set<number>();
    for (const run of shingles(words, RUN)) {
      const at = this.#runs.get(run);
      if (at !== undefined) runs.add(at);
    }
    let best: Match | undefined;
    let given: Set<string> | undefined;
    for (const [at, count] of common) {
      const { pieces, given: wanted } = this.#known[at]!;
      const share = count / pieces;
      const hasRun = runs.has(at);
      const enough = pieces < FEWEST_PIECES ? 1 : hasRun ? LEAST_SHARE : SHARE;
      if (share < enough || share <= (best?.share ?? 0)) continue;
      given ??= new Set(givenIn(problem));
      const settled = hasRun && share >= MOST_OF_IT && !this.#known[at]!.isHan;
      if (!settled && !wanted.every((each) => given!.has(each))) continue;
      best = this.#match(at, hasRun || share === 1 ? "verbatim" : "reworded", share);
    }
    return best;
  }

  #match(at: number, how: Match["how"], share: number): Match {
    const { benchmark, id } = this.#known[at]!;
    return { benchmark, id, how, share };
  }
}

/** What a problem is about, not how it is put: its numbers, and words in capitals ("arrange the letters of ELLIPSE"). */
function givenIn(text: string): string[] {
  return [
    ...new Set(
      text
        .normalize("NFKC")
        .replace(/(\d),(?=\d{3}\b)/g, "$1")
        .match(/\d+|\b[A-Z]{4,}\b/g) ?? [],
    ),
  ];
}

function isHan(words: readonly string[]): boolean {
  return 2 * words.filter((word) => /\p{Script=Han}/u.test(word)).length > words.length;
}

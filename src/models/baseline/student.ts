/** What a student of a given size is taken to bear. Rough on purpose: one number in, a handful of limits out. */

export interface Student {
  readonly name: string;
  /** Billions of parameters. */
  readonly size: number;
}

export interface Limits {
  /** Longest chain, in tokens, it follows to the end. */
  readonly chainTokens: number;
  /** Longest single step. */
  readonly stepTokens: number;
  /** Text around one new result. */
  readonly tokensPerResult: number;
  /** Share of the text that may be hesitation, re-checking and repetition. */
  readonly surplusShare: number;
  /** Operations it does in one go. */
  readonly operationsAtOnce: number;
  /** Advanced words that are neither in the problem nor explained. */
  readonly advancedWords: number;
}

const DEFAULT_SIZE = 7;

/** Reads "Qwen2.5-7B-Instruct (7B)", "3B", "qwen-500M"; 7B when no size is named. The last size wins. */
export function readStudent(text: string): Student {
  const sizes = [...text.matchAll(/(?<![\d.])(\d{1,4}(?:\.\d{1,3})?)\s?([bBmM])(?![A-Za-z])/g)];
  const last = sizes.at(-1);
  if (!last) return { name: text.trim(), size: DEFAULT_SIZE };
  const size = Number(last[1]) / (last[2]!.toLowerCase() === "m" ? 1_000 : 1);
  return { name: text.replace(/\s*\([^()]*\)\s*$/, "").trim() || text.trim(), size: size > 0 ? size : DEFAULT_SIZE };
}

/** Every limit grows with the size, slowly: the exponents are a guess that the student's own runs should replace. */
export function limitsFor(student: Student): Limits {
  const scale = Math.min(100, Math.max(0.3, student.size)) / 7;
  return {
    chainTokens: Math.round(2_000 * scale ** 0.5),
    stepTokens: Math.round(230 * scale ** 0.35),
    tokensPerResult: Math.round(110 * scale ** 0.35),
    surplusShare: Math.min(0.5, 0.22 * scale ** 0.2),
    operationsAtOnce: scale < 0.3 ? 1 : scale < 1.5 ? 2 : 3,
    advancedWords: Math.round(6 * scale ** 0.8),
  };
}

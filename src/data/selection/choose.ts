/**
 * Which samples go into a training file, and into which part of it. Nothing is dropped silently: each filter says how
 * many it took and names the first. They work in this order, each on what the one before left:
 *
 *   usable (a problem and a trace) ─▶ where, one by one ─▶ length ─▶ contamination ─▶ near-duplicates ─▶ most per problem
 *     ─▶ the best N ─▶ split
 *
 * One pass over the samples, before any row is written: what is best of a problem, or of all, is not known before the
 * end. It keeps a few hundred bytes a sample, and no text.
 */
import { hashText, seedFrom } from "../../core/hash.ts";
import { countTokens } from "../../core/tokens.ts";
import type { FinishedSample } from "../finished.ts";
import { type NoTurns, turnsOf } from "../turn.ts";
import type { BenchmarkIndex, Match } from "./contamination.ts";
import { NearDuplicates } from "./near-duplicates.ts";
import { wordsOf } from "./words.ts";

/** A condition that a sample must meet. */
export interface Where {
  /** As it was asked for; names the filter where its removals are counted. */
  readonly text: string;
  /** Undefined where the sample has no value for a field that it needs. */
  readonly holds: (sample: FinishedSample) => boolean | undefined;
}

export interface Selection {
  readonly where?: readonly Where[];
  /** Of the reply a student learns, in o200k tokens. */
  readonly minTokens?: number;
  readonly maxTokens?: number;
  readonly benchmarks?: BenchmarkIndex;
  /** Share of word triples in common from which a row repeats an earlier one, in (0, 1]. */
  readonly nearDuplicates?: number;
  readonly mostPerProblem?: number;
  /** At most so many, the best by `qualityOf`. */
  readonly best?: number;
  /** A number in the state that ranks samples instead, the higher the better. */
  readonly rankBy?: string;
  /** Share of the problems whose samples go to the validation file, in [0, 1). */
  readonly validation?: number;
}

export type Removal =
  | NoTurns
  | "not-where"
  | "where-unknown"
  | "too-short"
  | "too-long"
  | "contaminated"
  | "near-duplicate"
  | "more-of-one-problem"
  | "below-the-best";

export type Part = "train" | "validation";

export interface Removed {
  readonly why: Removal;
  /** Which of several filters of that sort. */
  readonly filter?: string;
  readonly count: number;
  readonly firstIds: readonly string[];
}

export interface Chosen {
  readonly seen: number;
  readonly removed: readonly Removed[];
  /** Each sample that a benchmark's problem was found in. */
  readonly matches: readonly (Match & { readonly sample: string })[];
  /** Where the nth sample of the source goes; undefined for one that was removed. */
  partOf(n: number): Part | undefined;
  /** Ids of the chosen samples that share this sample's problem, itself among them, in order. */
  ofSameProblem(sample: FinishedSample): readonly string[];
}

interface Candidate {
  readonly n: number;
  readonly id: string;
  readonly problem: string;
  readonly quality: number;
  readonly tokens: number;
}

export async function choose(samples: AsyncIterable<FinishedSample>, selection: Selection): Promise<Chosen> {
  const tally = new Tally<Removal>();
  const matches: (Match & { sample: string })[] = [];
  const twins = selection.nearDuplicates === undefined ? undefined : new NearDuplicates(selection.nearDuplicates);
  let candidates: Candidate[] = [];
  let seen = 0;
  for await (const sample of samples) {
    const n = seen++;
    const turns = turnsOf(sample);
    if (typeof turns === "string") {
      tally.remove(turns, sample.id);
      continue;
    }
    const unmet = selection.where?.find(({ holds }) => holds(sample) !== true);
    if (unmet !== undefined) {
      tally.remove(unmet.holds(sample) === undefined ? "where-unknown" : "not-where", sample.id, unmet.text);
      continue;
    }
    const tokens = countTokens(turns.reply);
    const match = selection.benchmarks?.find(turns.problem);
    if (match !== undefined) matches.push({ ...match, sample: sample.id });
    const why = reasonAgainst(selection, tokens, match, () => twins?.add(`${turns.problem}\n${turns.reply}`));
    if (why !== undefined) tally.remove(why, sample.id);
    else {
      const quality = rankOf(sample, selection.rankBy);
      candidates.push({ n, id: sample.id, problem: problemKey(turns.problem), quality, tokens });
    }
  }

  const { mostPerProblem, best } = selection;
  if (mostPerProblem !== undefined) {
    candidates = keepBest(candidates, mostPerProblem, (each) => each.problem, "more-of-one-problem", tally);
  }
  if (best !== undefined) candidates = keepBest(candidates, best, () => "", "below-the-best", tally);

  const parts = new Map(candidates.map(({ n, problem }) => [n, partOfProblem(problem, selection.validation ?? 0)]));
  const idsByProblem = new Map<string, string[]>();
  for (const { problem, id } of candidates) idsByProblem.set(problem, [...(idsByProblem.get(problem) ?? []), id]);
  return {
    seen,
    removed: tally.removed(),
    matches,
    partOf: (n) => parts.get(n),
    ofSameProblem: (sample) => idsByProblem.get(problemKey(String(sample.state.problem ?? ""))) ?? [],
  };
}

function reasonAgainst(
  { minTokens, maxTokens }: Selection,
  tokens: number,
  match: Match | undefined,
  twinOf: () => number | undefined,
): Removal | undefined {
  if (minTokens !== undefined && tokens < minTokens) return "too-short";
  if (maxTokens !== undefined && tokens > maxTokens) return "too-long";
  if (match !== undefined) return "contaminated";
  return twinOf() === undefined ? undefined : "near-duplicate";
}

/** The `most` best of each group, in their order; the others are told. */
function keepBest(
  candidates: readonly Candidate[],
  most: number,
  groupOf: (candidate: Candidate) => string,
  why: Removal,
  tally: Tally<Removal>,
): Candidate[] {
  const ranked = candidates.toSorted((a, b) => b.quality - a.quality || a.tokens - b.tokens || a.n - b.n);
  const taken = new Map<string, number>();
  const kept = new Set<number>();
  for (const candidate of ranked) {
    const group = groupOf(candidate);
    const count = taken.get(group) ?? 0;
    if (count >= most) continue;
    taken.set(group, count + 1);
    kept.add(candidate.n);
  }
  for (const { n, id } of candidates) if (!kept.has(n)) tally.remove(why, id);
  return candidates.filter(({ n }) => kept.has(n));
}

/**
 * How far the evidence for a sample goes, in [0, 1]: how much of the last votes agreed, less a little for every round
 * of rewriting, since each was another chance to pass by luck.
 */
export function qualityOf(sample: FinishedSample): number {
  const agreement = sample.steps.findLast((step) => step.agreement !== undefined)?.agreement ?? 0.5;
  const rounds = Math.max(0, sample.ratings.length - 1);
  return Math.max(0, agreement - 0.05 * rounds);
}

function rankOf(sample: FinishedSample, field: string | undefined): number {
  if (field === undefined) return qualityOf(sample);
  const value = sample.state[field];
  return typeof value === "number" ? value : Number.NEGATIVE_INFINITY;
}

/** The same for the same problem however it is spaced and marked up, so that no problem stands in both parts. */
export function problemKey(problem: string): string {
  return hashText(wordsOf(problem).join(" ")).toString("base64url");
}

function partOfProblem(problem: string, validation: number): Part {
  return seedFrom("validation", problem) / 2 ** 31 < validation ? "validation" : "train";
}

interface Entry<Why> {
  readonly why: Why;
  readonly filter?: string;
  count: number;
  readonly firstIds: string[];
}

/** Counts of what was left out, by reason (and by filter, where there are several of a sort), with the first few named. */
export class Tally<Why extends string = Removal> {
  readonly #removed = new Map<string, Entry<Why>>();

  constructor(before: readonly { why: Why; filter?: string; count: number; firstIds: readonly string[] }[] = []) {
    for (const entry of before) {
      this.#removed.set(keyOf(entry.why, entry.filter), { ...entry, firstIds: [...entry.firstIds] });
    }
  }

  remove(why: Why, id: string, filter?: string): void {
    const key = keyOf(why, filter);
    const entry = this.#removed.get(key) ?? {
      why,
      ...(filter === undefined ? {} : { filter }),
      count: 0,
      firstIds: [],
    };
    entry.count++;
    if (entry.firstIds.length < 5) entry.firstIds.push(id);
    this.#removed.set(key, entry);
  }

  removed(): readonly Readonly<Entry<Why>>[] {
    return [...this.#removed.values()];
  }
}

function keyOf(why: string, filter = ""): string {
  return `${why}\t${filter}`;
}

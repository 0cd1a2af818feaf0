/**
 * Two traces side by side: which steps stayed, which were changed into which, and within those which words. Laid out as
 * rows, so that what belongs together stands at the same height.
 */
import { diffArrays } from "diff";
import type { Block, Step, Token } from "./cut-steps.ts";

/** A token, and whether it is only on its side. */
export interface MarkedToken {
  readonly token: Token;
  readonly isMarked: boolean;
}
export type MarkedBlock =
  | { readonly kind: "prose"; readonly tokens: readonly MarkedToken[] }
  | { readonly kind: "listing"; readonly text: string; readonly language: string };

export interface Side {
  readonly step: Step;
  readonly blocks: readonly MarkedBlock[];
}

export type Row =
  | { readonly kind: "same"; readonly before: Step; readonly after: Step }
  | { readonly kind: "changed"; readonly before: Side; readonly after: Side }
  /** Steps with no partner on the other side, set beside each other only to save room. */
  | { readonly kind: "other"; readonly before: Step | undefined; readonly after: Step | undefined };

export interface Differences {
  readonly rows: readonly Row[];
  readonly kept: number;
  readonly changed: number;
  readonly removed: number;
  readonly added: number;
}

/** Below this share of common words two steps are not the same one changed. */
const ALIKE = 0.4;
/** Pairing looks at every pair of a changed stretch; longer ones are paired from the top. */
const MOST_PAIRS = 40_000;
/** A step of more words than this is marked as a whole. */
const MOST_WORDS = 4_000;

export function compareSteps(before: readonly Step[], after: readonly Step[]): Differences {
  const rows: Row[] = [];
  const parts = diffArrays([...before], [...after], {
    comparator: (one, other) => one.text === other.text,
    maxEditLength: 4_000,
    timeout: 300,
  });
  if (parts === undefined) return count(zip(before, after));
  let at = 0;
  let atAfter = 0;
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index]!;
    if (!part.added && !part.removed) {
      for (let k = 0; k < part.count; k++) rows.push({ kind: "same", before: before[at++]!, after: after[atAfter++]! });
      continue;
    }
    const other = parts[index + 1];
    const isPair = part.removed && other?.added === true;
    const gone = part.removed ? before.slice(at, at + part.count) : [];
    const came = part.added ? part.value : isPair ? other.value : [];
    if (isPair) index += 1;
    at += gone.length;
    atAfter += came.length;
    rows.push(...pairUp(gone, came));
  }
  return count(rows);
}

function count(rows: readonly Row[]): Differences {
  const sum = (matches: (row: Row) => boolean) => rows.filter(matches).length;
  return {
    rows,
    kept: sum((row) => row.kind === "same"),
    changed: sum((row) => row.kind === "changed"),
    removed: sum((row) => row.kind === "other" && row.before !== undefined),
    added: sum((row) => row.kind === "other" && row.after !== undefined),
  };
}

function zip(gone: readonly Step[], came: readonly Step[]): Row[] {
  return Array.from({ length: Math.max(gone.length, came.length) }, (_, index) => ({
    kind: "other",
    before: gone[index],
    after: came[index],
  }));
}

/** The pairing, in order, with the most in common (a longest common subsequence weighted by likeness). */
function pairUp(gone: readonly Step[], came: readonly Step[]): Row[] {
  if (gone.length === 0 || came.length === 0 || gone.length * came.length > MOST_PAIRS) return zip(gone, came);
  const goneWords = gone.map(wordsOf);
  const cameWords = came.map(wordsOf);
  const likeness = goneWords.map((one) => cameWords.map((other) => likenessOf(one, other)));
  const best = Array.from({ length: gone.length + 1 }, () => new Float64Array(came.length + 1));
  for (let i = gone.length - 1; i >= 0; i--) {
    for (let k = came.length - 1; k >= 0; k--) {
      const alike = likeness[i]![k]!;
      const paired = alike >= ALIKE ? alike + best[i + 1]![k + 1]! : 0;
      best[i]![k] = Math.max(best[i + 1]![k]!, best[i]![k + 1]!, paired);
    }
  }
  const rows: Row[] = [];
  let [i, k] = [0, 0];
  let [goneFrom, cameFrom] = [0, 0];
  while (i < gone.length && k < came.length) {
    const alike = likeness[i]![k]!;
    if (alike >= ALIKE && best[i]![k] === alike + best[i + 1]![k + 1]!) {
      rows.push(...zip(gone.slice(goneFrom, i), came.slice(cameFrom, k)), changed(gone[i]!, came[k]!));
      i += 1;
      k += 1;
      goneFrom = i;
      cameFrom = k;
    } else if (best[i]![k] === best[i + 1]![k]) i += 1;
    else k += 1;
  }
  return [...rows, ...zip(gone.slice(goneFrom), came.slice(cameFrom))];
}

function wordsOf(step: Step): Map<string, number> {
  const words = new Map<string, number>();
  for (const [word] of step.text.toLowerCase().matchAll(/\p{Script=Han}|[\p{N}]+|[^\P{L}\p{Script=Han}]+/gu))
    words.set(word, (words.get(word) ?? 0) + 1);
  return words;
}

/** Dice's coefficient over words with their counts. */
function likenessOf(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): number {
  let shared = 0;
  let size = 0;
  for (const [word, n] of one) {
    shared += Math.min(n, other.get(word) ?? 0);
    size += n;
  }
  for (const n of other.values()) size += n;
  return size === 0 ? 0 : (2 * shared) / size;
}

function changed(before: Step, after: Step): Row {
  const [one, other] = [proseOf(before), proseOf(after)];
  const parts =
    one.length + other.length > MOST_WORDS
      ? undefined
      : diffArrays(one, other, { comparator: (a, b) => a.text.trim() === b.text.trim(), timeout: 100 });
  const marked = new Set<Token>();
  if (parts === undefined) for (const token of [...one, ...other]) marked.add(token);
  for (const part of parts ?? []) {
    if (part.added || part.removed) for (const token of part.value) marked.add(token);
  }
  const side = (step: Step): Side => ({ step, blocks: step.blocks.map((block) => markBlock(block, marked)) });
  return { kind: "changed", before: side(before), after: side(after) };
}

function markBlock(block: Block, marked: ReadonlySet<Token>): MarkedBlock {
  if (block.kind === "listing") return block;
  return { kind: "prose", tokens: block.tokens.map((token) => ({ token, isMarked: marked.has(token) })) };
}

function proseOf(step: Step): Token[] {
  return step.blocks.flatMap((block) => (block.kind === "prose" ? block.tokens : []));
}

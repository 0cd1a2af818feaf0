/** What a trainer is to the hand-off: the shape of its rows, and the files that make its folder train. */
import type { Pair } from "../pairs.ts";
import type { WrittenTurns } from "../writers/turns.ts";
import type { Row } from "../writers/writer.ts";
import type { Lengths } from "./lengths.ts";
import type { Student } from "./students.ts";

export const TRAINERS = ["trl", "llamafactory", "swift"] as const;
export type TrainerName = (typeof TRAINERS)[number];

/** Supervised fine-tuning; preference pairs with one beta; preference pairs with a beta each (arXiv 2504.09802). */
export const METHODS = ["sft", "dpo", "cogpo"] as const;
export type Method = (typeof METHODS)[number];

/** Only adapters learn, or all weights do. */
export const VARIANTS = ["lora", "full"] as const;
export type Variant = (typeof VARIANTS)[number];

/** A method's data as it was written. */
export interface MethodData {
  readonly method: Method;
  readonly rows: number;
  /** Rows that are kept for validation; undefined where nothing was split off. */
  readonly validation?: number;
  readonly lengths: Lengths;
  /** Longest sequence that is trained on, in tokens. */
  readonly cutoff: number;
  /** Chain and answer of a reply weigh differently. */
  readonly isWeighted: boolean;
  /** Of the pairs, the mean over rows. */
  readonly meanBeta?: number;
}

export interface FolderFacts {
  readonly student: Student;
  readonly data: readonly MethodData[];
}

export interface Trainer {
  readonly name: TrainerName;
  /** As its makers write it. */
  readonly title: string;
  /** CogPO as published, rather than DPO with the rows' mean beta. */
  readonly hasBetaByPair: boolean;
  /** Lines of requirements.txt: the versions that this was checked with. */
  readonly requirements: readonly string[];
  turnsRow(turns: WrittenTurns, id: string): Row;
  pairRow(pair: Pair, id: string, method: Method): Row;
  /** Every file beside the data, by its name in the folder. */
  files(facts: FolderFacts, asset: (name: string) => Promise<string>): Promise<Readonly<Record<string, string>>>;
  /** What a reader of the folder should know of this trainer, a paragraph each. */
  notes(facts: FolderFacts): readonly string[];
}

/** As people write it. */
export const METHOD_TITLES: Readonly<Record<Method, string>> = { sft: "SFT", dpo: "DPO", cogpo: "CogPO" };

/** Where a method's rows lie in the folder: `datasets` tells splits by such names. */
export function dataFile(method: Method, part: "train" | "validation"): string {
  return `data/${method}/${part}.jsonl`;
}

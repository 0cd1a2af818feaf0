/**
 * The toolkit's job types, of both its generations (JSON with `inference:`, YAML with `backend:`), and what Mezzo has for
 * each. Those without a counterpart are here too, with what to do instead: a person who comes over asks about all of them.
 */

/** What a node of the graph does for a stage of the job. */
export type Does = "collect" | "shorten" | "expand" | "score" | "select";

export interface KnownJob {
  /** The nodes that stand for it, in order; a pipeline's come from its stages. */
  readonly does: readonly Does[];
  /** Its rows carry chains, under the name for outputs: without one there is nothing to work on. */
  readonly readsChains: boolean;
  /** What the job did beside it that is done elsewhere here. */
  readonly besides?: string;
}

const COLLECT: KnownJob = { does: ["collect"], readsChains: false };
const SHORTEN: KnownJob = { does: ["shorten"], readsChains: true };
const EXPAND: KnownJob = { does: ["expand"], readsChains: true };
const SCORE: KnownJob = { does: ["score"], readsChains: true };
const DISTILL: KnownJob = {
  ...COLLECT,
  besides: "the student's training is not part of a graph: `mezzo export` writes what trainers read",
};
const PAIRS: KnownJob = {
  ...COLLECT,
  besides:
    "preference pairs come from the run: `mezzo export --format dpo` (or cogpo), each pair checked by its answers",
};

export const JOBS: Readonly<Record<string, KnownJob>> = {
  cot_generation_api: COLLECT,
  cot_generation_batch: COLLECT,
  cot_distill: COLLECT,
  cot_long2short_api: SHORTEN,
  cot_long2short_batch: SHORTEN,
  cot_long2short: SHORTEN,
  cot_short2long_api: EXPAND,
  cot_short2long_batch: EXPAND,
  cot_short2long: EXPAND,
  cot_eval_api: SCORE,
  cot_eval: SCORE,
  advanced_cot_distill: { does: ["collect", "score", "select"], readsChains: false },
  dpo_data_build: PAIRS,
  instruct_distill: COLLECT,
  kd_black_box_api: DISTILL,
  kd_black_box_local: DISTILL,
};

/** Stages of `pipeline:`; those of data sets (`build_sft`, ...) are `mezzo export`. */
export const STAGES: Readonly<Record<string, Does>> = {
  cot_distill: "collect",
  generate_candidates: "collect",
  cot_long2short: "shorten",
  cot_short2long: "expand",
  cot_rvcd_score: "score",
  cot_mix_by_rv_cd: "select",
};

/** Stages that the export does. */
export const EXPORTED = new Set([
  "build_sft",
  "score_candidates",
  "build_preference_pairs",
  "build_preference_dataset",
]);

const IMAGES = "it is about images or video, and Mezzo about chains of thought in text";
const PROBLEMS =
  "it makes or rewrites problems, and Mezzo leaves a problem as it is: make them first, then bring them as rows";

/** Why a job type has no counterpart, and what there is instead; by how its name begins, the first that fits. */
const WITHOUT: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/^(mm|mmcot|mmkd|advanced_mm|t2i|t2v|ti2i|advanced_t2|prompt_optimize)/, IMAGES],
  [
    /^(pe_rewrite|agentic_rewrite|seed_anchored)/,
    "it rewrites prompts for image models, and Mezzo rewrites chains of thought",
  ],
  [
    /^(agent|search_agent)/,
    "it collects conversations with tools, and Mezzo's samples are problems with one chain each",
  ],
  [/^instruction_(expansion|refinement|response_extraction|balance)/, PROBLEMS],
  [/^(advanced|balanced|augmented)_instruct_distill/, `${PROBLEMS}; its teacher's part is instruct_distill`],
  [
    /^instruct_(eval|sample)/,
    "it scores or samples instructions; a node of kind score with scales and a prompt of your own can score",
  ],
  [/^kd_white_box/, "it trains on the teacher's logits; Mezzo writes data and trains nothing"],
  [/^kd_.*train_only/, "it trains; Mezzo writes data (`mezzo export`) and trains nothing"],
  [
    /^rank_/,
    "it prefers a teacher's reply over the student's unseen; import the cot_generation job, then `mezzo export --format dpo` builds checked pairs",
  ],
  [/^rl_/, "it trains with rewards; Mezzo writes data and trains nothing"],
  [/^speckd/, "it trains a draft model for decoding; Mezzo writes data and trains nothing"],
];

export function whyWithout(type: string): string | undefined {
  return WITHOUT.find(([pattern]) => pattern.test(type))?.[1];
}

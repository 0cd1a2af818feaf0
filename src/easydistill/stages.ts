/** The stages of a job: one, or those of its pipeline, each with its words, its sampling, and what is to be known of it. */
import { inputError } from "../data/rows.ts";
import type { Note } from "./job.ts";
import { type Fields, fieldsAt, firstNumber, firstText, isFields } from "./job-fields.ts";
import { type Does, EXPORTED, type KnownJob, STAGES } from "./job-types.ts";
import { type PromptText, plainPrompt, promptFrom, rewritePrompt } from "./prompts.ts";

export interface Stage {
  readonly does: Does;
  /** The words of its own; without them, those that come with Mezzo. */
  readonly prompt?: PromptText;
  /** The text that the older generation put in front of a problem. */
  readonly asks?: string;
  readonly temperature?: number;
  readonly maxTokens?: number;
  /** How many candidates there were of one problem. */
  readonly tries?: number;
  readonly select?: Selection;
}

/** By the scores: bins of difficulty, the verbosity that each wants, and what is out. */
export interface Selection {
  readonly bins?: readonly number[];
  readonly targets?: readonly number[];
  readonly least?: Readonly<Record<"rv" | "cd", number | undefined>>;
}

/** The text of a file that the job names, or undefined where there is none. */
export type FindFile = (path: string) => string | undefined;

interface Context {
  readonly type: string;
  readonly known: KnownJob;
  readonly find: FindFile;
}

export function stagesOf(job: Fields, context: Context): { stages: Stage[]; notes: Note[] } {
  const notes: Note[] = [];
  const pipeline = Array.isArray(job.pipeline) ? job.pipeline.filter(isFields) : [];
  const named = pipeline.map((stage) => ({ name: String(stage.stage), config: fieldsAt(stage, "config") }));
  if (named.length === 0) {
    const stages = context.known.does.map((does) => readStage(does, { job, config: {}, notes, ...context }));
    return { stages, notes };
  }
  const stages: Stage[] = [];
  for (const { name, config } of named) {
    const does = Object.hasOwn(STAGES, name) ? STAGES[name] : OTHER[name];
    if (does === "select" && !stages.some((stage) => stage.does === "score")) {
      const says = `the stage ${name} goes by scores, and no stage before it scores`;
      notes.push({ code: "stage-left-out", says, done: "left out of the graph" });
    } else if (does !== undefined) stages.push(readStage(does, { job, config, notes, ...context }));
    else if (EXPORTED.has(name)) noteExport(config, job, notes);
    else {
      const says = `the stage ${name} has no counterpart`;
      notes.push({ code: "stage-left-out", says, done: "left out of the graph" });
    }
  }
  if (stages.length > 0) return { stages, notes };
  const hint = `Stages with a counterpart: ${Object.keys({ ...STAGES, ...OTHER }).join(", ")}.`;
  const found = named.map(({ name }) => name).join(", ");
  throw inputError("no-stage", `none of the stages of the pipeline (${found}) can be a node of a graph`, hint);
}

/** Stages of the pipeline's other form: scores, then thresholds. */
const OTHER: Readonly<Record<string, Does | undefined>> = { cot_eval: "score", quality_filter: "select" };

interface Reading extends Context {
  readonly job: Fields;
  readonly config: Fields;
  readonly notes: Note[];
}

function readStage(does: Does, reading: Reading): Stage {
  const { job, config, notes } = reading;
  const inference = fieldsAt(job, "inference");
  const section = { ...fieldsAt(job, does === "score" ? "eval" : "generation"), ...fieldsAt(job, "cot"), ...config };
  const maxTokens = firstNumber(section.max_tokens, inference.max_new_tokens);
  const temperature = firstNumber(section.temperature, inference.temperature);
  if (inference.temperature !== undefined && /_(batch|local)$/.test(reading.type) && inference.temperature !== 0) {
    notes.push({
      code: "greedy-sampling",
      says: `the toolkit set top_k to 1 beside temperature ${temperature}, which made it always greedy`,
      done: "the graph's temperature is what the file says, and now it does something",
    });
  }
  if (maxTokens !== undefined && maxTokens < SMALL[does]) {
    notes.push({
      code: "small-token-limit",
      says: `${maxTokens} tokens a reply will cut off long ones, and the toolkit never looked`,
      done: "kept; a reply that is cut off is asked for again with twice the room, and never written",
    });
  }
  const sampling = {
    ...(temperature === undefined ? {} : { temperature: Math.min(2, Math.max(0, temperature)) }),
    ...(maxTokens !== undefined && maxTokens >= 1 ? { maxTokens: Math.floor(maxTokens) } : {}),
  };
  if (does === "score") return { does, ...sampling, ...noteScores(section, notes) };
  if (does === "select") return { does, select: selectionOf(section, notes) };
  return { does, ...sampling, ...wordsOf(does, section, reading), ...triesOf(job, config) };
}

/** Below these, replies of that sort are cut off often. */
const SMALL: Readonly<Record<Does, number>> = { collect: 4096, shorten: 2048, expand: 4096, score: 1024, select: 0 };

function wordsOf(does: "collect" | "shorten" | "expand", section: Fields, reading: Reading): Partial<Stage> {
  const { job, find, notes } = reading;
  const inference = fieldsAt(job, "inference");
  const older = firstText(inference.prompt);
  if (older !== undefined) {
    const prompt = does === "collect" ? promptFrom(older) : rewritePrompt(older);
    return { asks: `${older}${does === "collect" ? "\n" : ""}`, prompt };
  }
  const file = firstText(section.prompt_template_file);
  const template = firstText(section.prompt_template) ?? (file === undefined ? undefined : find(file));
  if (template !== undefined) {
    const { prompt, lacksPlace } = templated(template, does);
    if (lacksPlace) {
      const says = "the prompt has no {problem}: the model never saw it";
      notes.push({ code: "prompt-without-place", says, done: "the problem stands at its end" });
    }
    return { prompt };
  }
  if (file !== undefined) {
    const says = `the prompt file ${file} is not there`;
    notes.push({ code: "prompt-file-missing", says, done: "the prompt that comes with Mezzo is used" });
  }
  if (!/distill$|^kd_|^dpo_/.test(reading.type) || /cot/.test(reading.type)) return {};
  return { prompt: plainPrompt(firstText(section.system_prompt, inference.system_prompt)) };
}

function templated(template: string, does: Does): { prompt: PromptText; lacksPlace: boolean } {
  const lacksPlace = !/\{problem\}/.test(template);
  const whole = lacksPlace ? `${template.trimEnd()}\n\n{problem}` : template;
  return { prompt: does === "collect" ? promptFrom(whole, "template") : rewritePrompt(whole, "template"), lacksPlace };
}

function triesOf(job: Fields, config: Fields): Partial<Stage> {
  const candidates = firstNumber(config.n, fieldsAt(job, "preference").n, fieldsAt(job, "dpo").n);
  if (job.job_type !== "dpo_data_build") return {};
  return { tries: Math.min(20, Math.max(2, Math.floor(candidates ?? 2))) };
}

/** Scales that the score node has; the rest of the toolkit's metrics are no numbers about a chain. */
const SCALES = new Set(["reasoning_verbosity", "cognitive_difficulty", "logical_correctness"]);

function noteScores(section: Fields, notes: Note[]): Partial<Stage> {
  notes.push({
    code: "one-call-for-scores",
    says: "the toolkit asked for each score by itself, and took the first number anywhere in a reply",
    done: "one call gives rv, fit and cd as JSON, parsed strictly; amount (rv) and fit are scores of their own",
  });
  const metrics = Array.isArray(section.metrics) ? section.metrics.map(String) : [...SCALES];
  if (metrics.includes("logical_correctness")) {
    notes.push({
      code: "correctness-by-rules",
      says: "logical_correctness was a judge's opinion",
      done: "the final answer is checked by rules against `answer`; a row without one is held to what it concludes",
    });
  }
  const others = metrics.filter((metric) => !SCALES.has(metric));
  if (others.length > 0) {
    const says = `no scale here is called ${others.join(", ")}`;
    notes.push({ code: "metric-left-out", says, done: "left out; a prompt of your own can score it (kind: score)" });
  }
  return {};
}

const NAMED_TARGETS: Readonly<Record<string, number>> = { low: 2, medium: 5, high: 8 };

function selectionOf(section: Fields, notes: Note[]): Selection {
  const least = fieldsAt(section, "min_scores");
  const thresholds = { rv: firstNumber(least.reasoning_verbosity), cd: firstNumber(least.cognitive_difficulty) };
  if (section.min_scores !== undefined || section.keep_top_k !== undefined) {
    return { least: thresholds };
  }
  const given = Array.isArray(section.cd_bins) ? section.cd_bins.map(Number).filter(Number.isFinite) : [];
  const bins = given.length >= 2 ? given : [0, 3, 6, 10];
  const count = bins.length - 1;
  const wanted = section.rv_target ?? "matched";
  const fixed = firstNumber(wanted) ?? NAMED_TARGETS[String(wanted)];
  const matched = (bin: number) => (count <= 1 ? 5 : 2 + (bin * 8) / (count - 1));
  const targets = bins.slice(1).map((_, bin) => fixed ?? matched(bin));
  if (targets.some((target) => target > 9)) {
    const says = `the verbosity wanted of a bin is ${Math.max(...targets)}, and the scale ends at 9`;
    notes.push({ code: "target-beyond-scale", says, done: "9 is wanted there" });
  }
  const perBin = firstNumber(section.samples_per_bin);
  notes.push({
    code: "mixed-on-export",
    says: `the mixer kept ${perBin === undefined ? "rows" : `at most ${perBin} rows`} of each bin of difficulty, the closest to the verbosity wanted`,
    done: "the node writes `closeness`; `mezzo export RUN --rank-by closeness --best N` takes the closest, of all bins together",
  });
  return {
    bins,
    targets: targets.map((target) => Math.min(9, Math.round(target * 100) / 100)),
  };
}

function noteExport(config: Fields, job: Fields, notes: Note[]): void {
  const limits = { ...fieldsAt(job, "sft"), ...config };
  const most = firstNumber(limits.max_length);
  if (most !== undefined && most > 0) {
    notes.push({
      code: "length-in-characters",
      says: `replies of more than ${most} characters were dropped with a line in the log, mostly those to hard problems`,
      done: `left out; \`mezzo export --max-tokens N\` does it in tokens, and counts what it removed`,
    });
  }
  if (firstText(config.scorer) === "cot" || (config.scorer === undefined && limits.scorer === "cot")) {
    notes.push({
      code: "answers-by-characters",
      says: "answers were compared as characters, after the first \\boxed{} up to its first brace",
      done: "answers are compared by rules and by algebra, the last final answer counts",
    });
  }
  if (config.scorer === "llm_judge") {
    const says = "candidates were ranked by a judge's opinion";
    notes.push({
      code: "pairs-by-answers",
      says,
      done: "pairs rest on final answers: a problem without `answer` makes none",
    });
  }
  if (config.require_chosen_correct === false || (config.min_margin !== undefined && Number(config.min_margin) === 0)) {
    const says = "pairs were allowed whose better side is wrong, or no better";
    notes.push({ code: "pairs-unchecked", says, done: "the better side must reach the answer, the worse must not" });
  }
}

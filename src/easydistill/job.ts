/**
 * A job file of either generation as one thing: what is to be done, with which words and model, over which files. What is
 * wrong with the file, or has no counterpart here, is one error that says what was expected and what to do instead.
 */
import { formatDiagnostics } from "../core/diagnostic-text.ts";
import { MezzoError } from "../core/errors.ts";
import { suggestion } from "../core/suggest.ts";
import { findJsonFault } from "../data/readers/json-fault.ts";
import { excerpt, inputError } from "../data/rows.ts";
import { YamlFile } from "../graph/load.ts";
import type { Shape } from "./convert-row.ts";
import { type Endpoint, endpointOf } from "./endpoint.ts";
import { type Fields, fieldsAt, firstNumber, firstText, isFields } from "./job-fields.ts";
import { JOBS, whyWithout } from "./job-types.ts";
import { type FindFile, type Stage, stagesOf } from "./stages.ts";

/** Something about the job as a whole that a person should know, and what was done about it. */
export interface Note {
  readonly code: string;
  readonly says: string;
  readonly done: string;
}

export interface Job {
  readonly type: string;
  readonly stages: readonly Stage[];
  readonly endpoint: Endpoint;
  readonly student: { readonly name: string; readonly size?: string };
  /** As the file names them. */
  readonly input?: string;
  readonly output?: string;
  readonly seed?: number;
  readonly shapes: { readonly input: Shape; readonly output: Shape };
  readonly notes: readonly Note[];
}

/** Throws MezzoError (exit 2). */
export function readJob(file: string, text: string, find: FindFile): Job {
  const fields = parse(file, text);
  const isOlder = fields.inference !== undefined || fields.models !== undefined;
  const type = firstText(fields.job_type) ?? (isOlder || fields.backend === undefined ? undefined : "instruct_distill");
  if (type === undefined) {
    const hint = `A job says what it is, such as "job_type": "cot_long2short_api". The keys here: ${Object.keys(fields).slice(0, 12).join(", ") || "none"}.`;
    throw inputError("no-job-type", `${file} names no job_type`, hint);
  }
  const known = Object.hasOwn(JOBS, type) ? JOBS[type] : undefined;
  if (known === undefined) throw unknownJob(file, type);
  const endpoint = endpointOf(fields);
  const { stages, notes } = stagesOf(fields, { type, known, find });
  const dataset = fieldsAt(fields, "dataset");
  const besides: Note[] =
    known.besides === undefined ? [] : [{ code: "done-elsewhere", says: known.besides, done: "left out of the graph" }];
  return {
    type,
    stages,
    endpoint,
    student: studentOf(fields),
    input: firstText(dataset.input_path, dataset.instruction_path),
    output: firstText(dataset.output_path, dataset.labeled_path),
    seed: firstNumber(fieldsAt(fields, "inference").seed),
    shapes: shapesOf(fields, known.readsChains, stages),
    notes: [...endpoint.notes, ...besides, ...notes],
  };
}

function parse(file: string, text: string): Fields {
  const value = /\.ya?ml$/i.test(file) ? parseYaml(file, text) : parseJson(file, text);
  if (isFields(value)) return value;
  const hint =
    "A job is an object with job_type, dataset and inference (or backend). Data is given as .jsonl or a JSON list.";
  throw inputError(
    "not-a-job",
    `${file} is no job: it holds ${Array.isArray(value) ? "a list" : "a single value"}`,
    hint,
  );
}

function parseYaml(file: string, text: string): unknown {
  const yaml = new YamlFile(file, text);
  const { diagnostics } = yaml;
  if (diagnostics.length === 0) return yaml.toValue();
  const printed = formatDiagnostics(diagnostics, new Map([[file, text]]));
  throw new MezzoError("unreadable-job", `${file} is not YAML:\n${printed}`, { exitCode: 2 });
}

function parseJson(file: string, text: string): unknown {
  const plain = text.replace(/^\uFEFF/, "");
  try {
    return JSON.parse(plain);
  } catch {
    const fault = findJsonFault(plain) ?? { at: plain.length, what: "the text ends too early" };
    const line = plain.slice(0, fault.at).split("\n").length;
    const message = `${file} is not JSON: line ${line}: ${fault.what}\n${excerpt(plain, fault.at, line)}`;
    throw inputError("unreadable-job", message, "Mend it there; nothing was written.");
  }
}

function unknownJob(file: string, type: string): MezzoError {
  const why = whyWithout(type);
  if (why !== undefined) {
    const hint = `Jobs with a counterpart: ${Object.keys(JOBS).join(", ")}. docs/coming-over.md says what becomes of each.`;
    return inputError("no-counterpart", `${file}: a job of type "${type}" has no counterpart in Mezzo: ${why}`, hint);
  }
  const near = suggestion(type, Object.keys(JOBS));
  return inputError("unknown-job-type", `${file}: "${type}" is no job type of EasyDistill's`, near);
}

function studentOf(fields: Fields): Job["student"] {
  const path = firstText(fieldsAt(fields, "models").student);
  const name = path?.replace(/\/+$/, "").split("/").at(-1) || "Qwen2.5-7B-Instruct";
  const size = /(?:^|[-_])(\d+(?:\.\d+)?)B(?:$|[-_])/i.exec(name)?.[1];
  return { name, ...(size === undefined ? {} : { size: `${size}B` }) };
}

function shapesOf(fields: Fields, readsChains: boolean, stages: readonly Stage[]): Job["shapes"] {
  const dataset = fieldsAt(fields, "dataset");
  const named = (key: string) => [dataset[key]].filter((name): name is string => typeof name === "string");
  const [asked] = stages.flatMap(({ asks }) => firstText(asks) ?? []);
  const prompts = asked === undefined ? [] : [asked];
  const problem = [...named("problem_key"), ...named("instruction_key"), "instruction", "problem", "question"];
  const chains = [...named("answer_key"), ...named("output_key"), "output", "response", "full_response", "trace"];
  return {
    input: {
      problem: readsChains ? [...problem, "input"] : problem,
      // What a teacher is to be asked for, the toolkit asked for whatever the row had.
      chain: readsChains ? [...chains, "answer"] : ["trace"],
      needsChain: readsChains,
      prompts,
    },
    output: { problem, chain: ["output", "response", "trace"], needsChain: true, prompts },
  };
}

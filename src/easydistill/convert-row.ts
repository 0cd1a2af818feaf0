/** One row of the toolkit's as a row of Mezzo's: problem, answer, trace, and every other column beside them. */
import { isObject } from "../data/rows.ts";
import { compareByRules, findFinalAnswer } from "../nodes/answers/index.ts";
import type { DefectCode } from "./defects.ts";
import { type Chain, readChain, readContent, unwrapPrompt } from "./texts.ts";

/** Which columns hold what, in the order in which they are tried, and what may stand in front of a problem. */
export interface Shape {
  readonly problem: readonly string[];
  readonly chain: readonly string[];
  /** A row without a chain is of no use. */
  readonly needsChain: boolean;
  /** Prompts that the job sent in front of a problem. */
  readonly prompts: readonly string[];
}

export interface Converted {
  readonly codes: readonly DefectCode[];
  /** The row as Mezzo reads it; absent where it is set aside. */
  readonly row?: { readonly problem: string; readonly trace?: string; readonly [column: string]: unknown };
  /** The chain that the row's prompt carried, to be held against the input. */
  readonly original?: string;
}

type Row = Readonly<Record<string, unknown>>;

/** Scores of both generations and of the data sets released with them; all from 0 to 9 but the last three. */
const SCORES = /^(reasoning_verbosity|cognitive_difficulty|informativeness|helpfulness|generalization)$/i;
const VERDICTS = /^(logical_correctness|correctness|thought_correctness_verify)$/i;
const FAILED = new Set(["api_call_failed", "processing_failed"]);
/** Columns that say what others say, in characters divided by four. */
const COUNTED = new Set(["original_tokens", "simplified_tokens", "extended_tokens", "compression_ratio", "ratio"]);

export function convertRow(value: unknown, shape: Shape): Converted {
  if (!isObject(value)) return { codes: ["not-a-row"] };
  const turns = readTurns(value);
  if (turns === "several-turns") return { codes: ["several-turns"] };
  const row: Row = turns === undefined ? value : { ...value, ...turns };
  const codes: DefectCode[] = [];

  const problemIn = firstIn(row, turns ? ["instruction"] : shape.problem);
  const chainIn = firstIn(row, turns ? ["output"] : shape.chain, problemIn?.column);
  if (problemIn === undefined || chainIn === undefined) {
    if (problemIn === undefined && chainIn === undefined) return { codes: ["no-problem"] };
    if (problemIn === undefined) return { codes: [shape.needsChain ? "shifts-later-pairs" : "no-problem"] };
    const isMissing = !shape.chain.some((column) => Object.hasOwn(row, column));
    if (shape.needsChain) return { codes: [isMissing ? "shifts-later-pairs" : "no-chain"] };
  }
  if (problemIn!.images || chainIn?.images || hasImages(row)) return { codes: ["images"] };

  const { problem, original, found } = readProblem(problemIn!, row, shape);
  codes.push(...found);
  if (problem === "") return { codes: ["no-problem"] };
  const chain = chainIn && readChain(chainIn.text);
  if (chain?.isCut) return { codes: [...codes, "cut-off"], original };

  const used = new Set([...TURNS, ...[problemIn, chainIn].flatMap((held) => held?.column ?? [])]);
  if (problemIn!.column === "instruction") used.add("input");
  const rest = restOf(row, used);
  codes.push(...rest.codes);
  const solved = answerOf(row, { chain, used });
  if (solved.code !== undefined) codes.push(solved.code);
  const reference = solved.code === "answer-is-prose" ? { reference: row.answer } : {};
  const pair = checkPair(row, chain);
  if (pair !== undefined) codes.push(pair);
  const { rejected, answer: _told, ...others } = rest.row;
  return {
    codes,
    original,
    row: {
      problem,
      ...(solved.answer === undefined ? {} : { answer: solved.answer }),
      ...(chain === undefined ? {} : { trace: chain.text }),
      ...others,
      ...reference,
      ...(rejected === undefined || pair !== undefined ? {} : { rejected }),
    },
  };
}

interface Held {
  readonly column: string;
  readonly text: string;
  readonly images: boolean;
}

/** The first of these columns that says something; the toolkit's `or` passes over what is empty, too. */
function firstIn(row: Row, columns: readonly string[], except?: string): Held | undefined {
  for (const column of columns) {
    if (column === except || !Object.hasOwn(row, column)) continue;
    const content = readContent(row[column]);
    if (content !== undefined && (content.text.trim() !== "" || content.images)) return { column, ...content };
  }
  return undefined;
}

function hasImages({ images }: Row): boolean {
  return typeof images === "string" ? images !== "" : Array.isArray(images) && images.length > 0;
}

/** Columns that hold turns; what is in them stands in `instruction`, `output` and `rejected` then. */
const TURNS = ["messages", "conversations", "prompt", "chosen"];

/** One question and one reply of `messages` (role, content), `conversations` (from, value), or a pair's two replies. */
function readTurns(row: Row): Row | "several-turns" | undefined {
  const isPair = row.chosen !== undefined && row.rejected !== undefined;
  const list = [row.messages, row.conversations, row.prompt].find(Array.isArray);
  const sides = { output: sideOf(row.chosen), rejected: sideOf(row.rejected) };
  if (list === undefined)
    return isPair ? { instruction: row.instruction ?? row.problem ?? row.prompt, ...sides } : undefined;
  const turns = list.filter(isObject).map((turn) => ({ by: turn.role ?? turn.from, says: turn.content ?? turn.value }));
  const asked = turns.filter(({ by }) => by === "user" || by === "human");
  const replied = turns.filter(({ by }) => by === "assistant" || by === "gpt");
  if (asked.length > 1 || replied.length > 1) return "several-turns";
  return { instruction: asked[0]?.says, ...(isPair ? sides : { output: replied[0]?.says }) };
}

function readProblem(held: Held, row: Row, shape: Shape): { problem: string; original?: string; found: DefectCode[] } {
  const unwrapped = unwrapPrompt(held.text, shape.prompts);
  const problem = unwrapped?.problem ?? held.text.trim();
  const found: DefectCode[] = unwrapped === undefined ? [] : ["prompt-as-instruction"];
  const more = held.column === "instruction" ? readContent(row.input)?.text.trim() : undefined;
  if (more === undefined || more === "") return { problem, original: unwrapped?.original, found };
  return { problem: `${problem}\n\n${more}`, original: unwrapped?.original, found: [...found, "input-ignored"] };
}

/** Every other column, without scores that are none. */
function restOf(row: Row, used: ReadonlySet<string>): { row: Record<string, unknown>; codes: DefectCode[] } {
  const codes: DefectCode[] = [];
  const kept: Record<string, unknown> = {};
  const scored = Object.entries(row).filter(([column]) => SCORES.test(column));
  const unread = scored.filter(([, value]) => value !== null && !isScore(value));
  const hasFailed = typeof row.error === "string" && FAILED.has(row.error);
  if (unread.length > 0) codes.push("unread-score");
  if (hasFailed) codes.push("failed-call");
  for (const [column, value] of Object.entries(row)) {
    if (used.has(column) || COUNTED.has(column)) continue;
    if (SCORES.test(column) && !isScore(value)) continue;
    if (VERDICTS.test(column) && (value === -1 || value === null || (value === false && unread.length > 0))) {
      if (value === -1 && !codes.includes("unread-score")) codes.push("unread-score");
      continue;
    }
    kept[column] = value;
  }
  return { row: kept, codes };
}

function isScore(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 9;
}

/** Final answers of this length are rare, and sentences below it are seldom explanations. */
const SHORTEST_PROSE = 40;

/** The row's own answer; of a rewritten chain that lost its solution, the answer of the original. */
function answerOf(
  row: Row,
  { chain, used }: { readonly chain: Chain | undefined; readonly used: ReadonlySet<string> },
): { readonly answer?: string; readonly code?: DefectCode } {
  const told = used.has("answer") ? undefined : readContent(row.answer)?.text.trim();
  if (told !== undefined && told !== "") {
    if (told.length < SHORTEST_PROSE || !/[\s\p{Script=Han}]/u.test(told)) return { answer: told };
    const final = findFinalAnswer(told);
    // A long answer that nothing concludes may well be the answer: a proof, a text.
    return final === undefined || final.text === told
      ? { answer: told }
      : { answer: final.text, code: "answer-is-prose" };
  }
  if (chain === undefined || typeof row.original_response !== "string") return {};
  const { solution } = readChain(row.original_response);
  if (solution === undefined || chain.solution !== undefined) return {};
  const answer = findFinalAnswer(solution)?.text;
  if (answer === undefined) return { code: "no-answer-found" };
  return findFinalAnswer(chain.text) === undefined ? { answer, code: "lost-solution" } : { answer };
}

/** What is wrong with a row of a preference pair, where it is one. */
function checkPair(row: Row, chain: Chain | undefined): DefectCode | undefined {
  const rejected = sideOf(row.rejected);
  if (rejected === undefined || chain === undefined) return undefined;
  const [better, worse] = [row.chosen_score, row.rejected_score];
  if (readChain(rejected).text === chain.text) return "pair-not-better";
  if (typeof better === "number" && typeof worse === "number" && better <= worse) return "pair-not-better";
  const [right, wrong] = [findFinalAnswer(chain.text), findFinalAnswer(rejected)];
  if (right === undefined || wrong === undefined) return undefined;
  return compareByRules(right.text, wrong.text).verdict === "equal" ? "rejected-is-right" : undefined;
}

/** A side of a pair: a text, one turn, or a list of one turn. */
export function sideOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  const turn: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (!isObject(turn)) return undefined;
  return readContent(turn.content ?? turn.value)?.text;
}

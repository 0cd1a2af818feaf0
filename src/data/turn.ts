/**
 * The two turns that a student learns from: the problem, and the trace that ends in the final answer. A trace often
 * stops at its last step and leaves the answer to the reply that followed it, which is not here any more; then the
 * answer is put in words after it. Only for accepted samples: their answer was checked against the trace. For any other
 * nobody vouches that the trace leads there, and the reference is not put into its mouth.
 */
import { cleanText } from "./clean-text.ts";
import type { FinishedSample } from "./finished.ts";

export interface Turns {
  readonly problem: string;
  readonly reply: string;
}

/** Why a sample can't become training text. */
export type NoTurns = "no-trace" | "no-problem";

export function turnsOf(sample: FinishedSample): Turns | NoTurns {
  const parts = partsOf(sample);
  if (typeof parts === "string") return parts;
  const { problem, trace, answer } = parts;
  return { problem, reply: answer.isInTrace ? trace : `${trace}\n\n${answer.said}` };
}

/** A sample's texts apart: what is asked, the chain, and the sentence that states the answer after it. */
export interface TurnParts {
  readonly problem: string;
  readonly trace: string;
  readonly answer: {
    /** The trace ends in it (or nobody knows it), so that nothing need follow. */
    readonly isInTrace: boolean;
    /** The sentence; where there is no reference, the trace's own last paragraph. */
    readonly said: string;
  };
}

export function partsOf(sample: FinishedSample): TurnParts | NoTurns {
  const problem = textOf(sample.state.problem);
  const trace = textOf(sample.state.trace).trim();
  const answer = textOf(sample.state.answer).trim();
  if (trace === "") return "no-trace";
  if (problem.trim() === "") return "no-problem";
  // A program that passed its tests stands in the trace; the reference would be another one.
  const isProgram = sample.state.tests !== undefined && sample.state.tests !== null;
  const isInTrace = answer === "" || isProgram || sample.outcome !== "accepted" || statesAnswer(trace, answer);
  const isKnown = answer !== "" && !isProgram && sample.outcome === "accepted";
  const said = isKnown ? putAnswer(answer, trace) : (trace.split(/\n\s*\n/).at(-1) ?? trace);
  return { problem, trace, answer: { isInTrace, said } };
}

/**
 * True when the last lines of the trace state the answer: in a box (whatever stands in it: 0.5 for 1/2 is the same
 * answer, and grading is not done here), after "the answer is", or as the last thing said.
 */
export function statesAnswer(trace: string, answer: string): boolean {
  const lines = trace
    .slice(-TAIL_CHARS)
    .split("\n")
    .filter((line) => line.trim() !== "");
  const tail = lines.slice(-5).join("\n").slice(-1500);
  if (/\\(?:boxed|fbox)\s*\{\s*[^\s}]/.test(tail)) return true;
  // A program or proof: its text need not recur, and a trace with code in it has its own.
  if (answer.includes("\n")) return trace.includes("```") || plain(trace).includes(plain(answer));

  const wanted = plain(answer);
  if (wanted === "") return false;
  const said = plain(tail);
  if (wanted.length >= 12 && said.includes(wanted)) return true;
  const afterCue = said.split(/answer(?: is| are|:)?|答案(?:是|为|应为|:)?|####/).slice(1);
  if (afterCue.some((rest) => startsWith(rest.replace(/^[\s:=]*(?:is |therefore |是|为)?[\s:=]*/, ""), wanted)))
    return true;
  return endsWith(plain(lines.at(-1) ?? ""), wanted);
}

/** Enough for five lines and for telling the language; a trace can have megabytes. */
const TAIL_CHARS = 4000;

/** `The answer is \boxed{42}.`, or `Answer: in words`; in Chinese when the trace is. */
export function putAnswer(answer: string, trace: string): string {
  const chinese = isChinese(trace.slice(-TAIL_CHARS));
  if (answer.includes("\n")) {
    const isCode = /^\s*(?:def|class|import|from|#include|function|public|using|fn|const|let|var)\b/m.test(answer);
    return `${chinese ? "答案：" : "Answer:"}\n\n${isCode ? `\`\`\`\n${answer}\n\`\`\`` : answer}`;
  }
  const formula = asFormula(answer);
  if (formula === undefined) return chinese ? `答案：${answer}` : `Answer: ${answer}`;
  return chinese ? `答案是 \\boxed{${formula}}。` : `The answer is \\boxed{${formula}}.`;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? cleanText(value) : "";
}

const FUNCTIONS = /\b(?:sin|cos|tan|cot|sec|csc|log|ln|exp|lim|max|min|gcd|lcm|mod|pi|sqrt|inf)\b/g;

/** What goes into the box: the answer without its own $ or box. Undefined for words, which read badly in one. */
function asFormula(answer: string): string | undefined {
  const bare = answer
    .replace(/^\$+([^$]*)\$+$/, "$1")
    .replace(/^\\[([](.*)\\[)\]]$/, "$1")
    .replace(/^\\boxed\{(.*)\}$/, "$1")
    .trim();
  const letters = bare.replace(/\\[a-zA-Z]+(?:\{[^{}]*\})?/g, " ").replace(FUNCTIONS, " ");
  const isWords = /\p{L}{2,}/u.test(letters) || /[$`]/.test(bare) || /\p{Script=Han}/u.test(bare);
  return isWords || bare === "" || bare.length > 200 || !isBalanced(bare) ? undefined : bare;
}

function isBalanced(text: string): boolean {
  let depth = 0;
  for (const char of text.replace(/\\[{}]/g, "")) {
    if (char === "{") depth++;
    if (char === "}" && --depth < 0) return false;
  }
  return depth === 0;
}

/** One spelling for what is written in many: without mark-up, LaTeX dress, thousands commas and case. */
function plain(text: string): string {
  return text
    .replace(/\\(?:dfrac|tfrac)/g, "\\frac")
    .replace(/\\(?:text|mathrm|mathbf|textbf)\{([^{}]*)\}/g, "$1")
    .replace(/\\(?:left|right|,|;|!|quad|qquad)(?![a-zA-Z])|\\[()[\]]|[$*`_]/g, "")
    .replace(/(\d),(?=\d{3}(?!\d))/g, "$1")
    .replace(/[：]/g, ":")
    .replace(/\s+/g, " ")
    .replace(/ ?([^\p{L}\p{N}\s]) ?/gu, "$1")
    .replace(/[.。!！]+$/, "")
    .trim()
    .toLowerCase();
}

function startsWith(text: string, wanted: string): boolean {
  return text.startsWith(wanted) && !/^(?:[a-z0-9/^]|[.]\d)/.test(text.slice(wanted.length));
}

function endsWith(text: string, wanted: string): boolean {
  return text.endsWith(wanted) && !/[a-z0-9.^/{-]$/.test(text.slice(0, text.length - wanted.length));
}

/** One character in five suffices: Chinese mathematics is half formulas. */
function isChinese(text: string): boolean {
  const han = text.match(/\p{Script=Han}/gu)?.length ?? 0;
  const latin = text.match(/[a-zA-Z]/g)?.length ?? 0;
  return han > 0 && han * 4 >= latin;
}

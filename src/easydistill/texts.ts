/** The toolkit's forms of text: a prompt in the place of a problem, sections of a chain, contents in parts. */

const THOUGHT = ["<|begin_of_thought|>", "<|end_of_thought|>"] as const;
const SOLUTION = ["<|begin_of_solution|>", "<|end_of_solution|>"] as const;
/** The forms in which the two sections come, the newer one second, and thinking as models write it by themselves. */
const FORMS = [
  { thought: THOUGHT, solution: SOLUTION },
  { thought: ["<thinking>", "</thinking>"], solution: ["<answer>", "</answer>"] },
  { thought: ["<think>", "</think>"], solution: undefined },
] as const;

export interface Chain {
  /** The chain without its marks: the thought, a blank line, the solution. */
  readonly text: string;
  readonly solution?: string;
  /** A section is opened and never closed. */
  readonly isCut: boolean;
}

export function readChain(text: string): Chain {
  for (const { thought, solution } of FORMS) {
    if (!text.includes(thought[0]) && !(solution && text.includes(solution[0]))) continue;
    const inThought = between(text, thought);
    const inSolution = solution ? between(text, solution) : afterwards(text, thought[1]);
    const isCut = inThought === "open" || inSolution === "open";
    const parts = [inThought, inSolution].filter((part) => part !== undefined && part !== "open" && part !== "");
    // Marks that hold nothing say nothing about the text around them.
    if (parts.length === 0 && !isCut) break;
    const said = inSolution === "open" ? undefined : inSolution;
    return { text: isCut ? text.trim() : parts.join("\n\n"), ...(said ? { solution: said } : {}), isCut };
  }
  return { text: text.trim(), isCut: false };
}

function between(text: string, [open, close]: readonly [string, string]): string | "open" | undefined {
  const from = text.indexOf(open);
  if (from === -1) return undefined;
  const to = text.indexOf(close, from + open.length);
  return to === -1 ? "open" : text.slice(from + open.length, to).trim();
}

function afterwards(text: string, close: string): string | undefined {
  const from = text.indexOf(close);
  return from === -1 ? undefined : text.slice(from + close.length).trim();
}

export interface Unwrapped {
  readonly problem: string;
  /** The chain that was to be rewritten, where the prompt carried one. */
  readonly original?: string;
}

const PROBLEM = "\n\nProblem:\n";
const ANSWER = "\n\nAnswer:\n";
const ENDING = /\n\n(?:Simplified|Extended) Reasoning Process:\s*$/;

/** The problem inside a prompt that stands where the problem belongs; undefined where it is no prompt. */
export function unwrapPrompt(text: string, prompts: readonly string[]): Unwrapped | undefined {
  const ending = ENDING.exec(text.slice(-200));
  const at = text.indexOf(PROBLEM);
  if (ending !== null && at >= 0) {
    const from = at + PROBLEM.length;
    const answer = text.indexOf(ANSWER, from);
    const end = text.length - ending[0].length;
    if (answer >= 0 && answer + ANSWER.length <= end) {
      return { problem: text.slice(from, answer).trim(), original: text.slice(answer + ANSWER.length, end).trim() };
    }
  }
  for (const prompt of prompts) {
    if (prompt !== "" && text.length > prompt.length && text.startsWith(prompt)) {
      return { problem: text.slice(prompt.length).trim() };
    }
  }
  return undefined;
}

/** Shorter openings that rows share may well be how their problems begin. */
const SHORTEST_PROMPT = 120;

/** The prompt that stands in front of every one of these texts, up to a line's end; undefined where there is none. */
export function sharedPrompt(texts: readonly string[]): string | undefined {
  const distinct = [...new Set(texts)];
  if (distinct.length < 3) return undefined;
  let shared = distinct[0]!;
  for (const text of distinct) {
    let at = 0;
    while (at < shared.length && shared[at] === text[at]) at++;
    shared = shared.slice(0, at);
  }
  const prompt = shared.slice(0, shared.lastIndexOf("\n") + 1);
  return prompt.length >= SHORTEST_PROMPT ? prompt : undefined;
}

/** A content's text: a text, or a list of parts; `images` where one of those is none. Undefined for what is neither. */
export function readContent(value: unknown): { readonly text: string; readonly images: boolean } | undefined {
  if (typeof value === "string") return { text: value, images: false };
  if (typeof value === "number" || typeof value === "boolean") return { text: String(value), images: false };
  if (!Array.isArray(value)) return undefined;
  const parts = value.map((part: unknown) => {
    if (typeof part === "string") return part;
    const text = (part as { text?: unknown } | null)?.text;
    return typeof text === "string" ? text : undefined;
  });
  return { text: parts.filter((part) => part !== undefined).join("\n"), images: parts.includes(undefined) };
}

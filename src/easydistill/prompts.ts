/** The job's own words as a prompt of Mezzo's: the same text, with places for values, and an ending that can be checked. */

export interface PromptText {
  readonly system?: string;
  /** With `{{ problem }}` and `{{ trace }}`. */
  readonly user: string;
}

/** `template`: the newer generation's, where `{problem}` is a place and two braces mean one. */
type Written = "literal" | "template";

export function promptFrom(text: string, written: Written = "literal"): PromptText {
  const user = placed(text, written);
  return { user: user.includes(PROBLEM) ? user : `${user.trimEnd()}\n\n${PROBLEM}` };
}

/**
 * For rewrites. The toolkit put the whole old chain where its prompt says Answer, and asked for reasoning only: the
 * rewrite came without its answer, and nobody could check it. So the chain is called what it is, and the end is asked for.
 */
export function rewritePrompt(text: string, written: Written = "literal"): PromptText {
  const user = placed(text, written).trimEnd();
  const labels = isChinese(text)
    ? { problem: "题目：", chain: "推理过程：", end: "最后一行用 \\boxed{} 写出最终答案，答案不得改变。" }
    : { problem: "Problem:", chain: "Reasoning process:", end: "End with the final answer, unchanged, in \\boxed{}." };
  const parts = [
    user,
    ...(user.includes(PROBLEM) ? [] : [`${labels.problem}\n${PROBLEM}`]),
    ...(user.includes(TRACE) ? [] : [`${labels.chain}\n${TRACE}`]),
  ];
  // A label that the reply is to follow ("Simplified reasoning:") stays the last word.
  const last = parts.join("\n\n").split("\n\n");
  const label = /^[^\n{}]{1,80}[:：]$/.test(last.at(-1)!) ? last.splice(-1) : [];
  return { user: [...last, labels.end, ...label].join("\n\n") };
}

/** A problem and nothing else. */
export function plainPrompt(system: string | undefined): PromptText {
  return { ...(system === undefined ? {} : { system: kept(system) }), user: PROBLEM };
}

const PROBLEM = "{{ problem }}";
const TRACE = "{{ trace }}";

function placed(text: string, written: Written): string {
  if (written === "literal") return kept(text);
  const places: Readonly<Record<string, string>> = { "{problem}": PROBLEM, "{answer}": TRACE, "{{": "{", "}}": "}" };
  // In one pass: what stands for a brace must not make a place with its neighbour.
  const filled = text
    .split(/(\{problem\}|\{answer\}|\{\{|\}\})/)
    .map((part) => places[part] ?? shielded(part))
    .join("");
  return filled.replace(/\{(?=\{)(?!\{ (?:problem|trace) \}\})/g, "{ ");
}

function kept(text: string): string {
  return shielded(text.replaceAll("{{", "{ {").replaceAll("}}", "} }"));
}

/** A line that would part the prompt into messages is a line of text. */
function shielded(text: string): string {
  return text.replace(/^(#{1,3}[ \t]*(?:system|user|assistant)[ \t]*:?[ \t]*)$/gim, " $1");
}

function isChinese(text: string): boolean {
  return /\p{Script=Han}/u.test(text);
}

/** A prompt file. */
export function promptFile(purpose: string, { system, user }: PromptText): string {
  const variables = [...new Set([...user.matchAll(/\{\{ (\w+) \}\}/g)].map((match) => match[1]))];
  const head = `---\npurpose: ${purpose}\nvariables: [${variables.join(", ")}]\nreply: text\n---\n`;
  return `${head}${system === undefined ? "" : `# system\n${system.trim()}\n\n`}# user\n${user.trim()}\n`;
}

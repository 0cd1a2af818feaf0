/** The README of a hand-off: how to train, what the rows are and where they are from, and what is done with which settings. */
import { type ExportSummary, meaningOf } from "../export.ts";
import { isSpread } from "./scripts.ts";
import { settingsOf, settingsTable } from "./settings.ts";
import type { Student } from "./students.ts";
import { dataFile, METHOD_TITLES, type MethodData, type Trainer } from "./trainer.ts";

export interface RunFacts {
  readonly run: string;
  readonly graph: string;
  /** The plan's fingerprint. */
  readonly plan: string;
  readonly madeBy: string;
  readonly outcomes: readonly string[];
  readonly thinking: string;
  /** The graph's models in words, such as `judge: qwq-32b (apache-2.0)`. */
  readonly models: readonly string[];
  /** What was asked for beside the outcome, such as `--max-tokens 8000`; empty for nothing. */
  readonly filters: readonly string[];
}

export interface ReadmeFacts {
  readonly trainer: Trainer;
  readonly student: Student;
  readonly data: readonly MethodData[];
  readonly summaries: readonly ExportSummary[];
  readonly run: RunFacts;
}

const number = (value: number) => Math.round(value).toLocaleString("en-US");

export function readme(facts: ReadmeFacts): string {
  const { trainer, student, run } = facts;
  return `# ${student.id}, to be trained with ${trainer.title}

Written by ${run.madeBy} from run \`${run.run}\` of graph \`${run.graph}\`, plan \`${run.plan}\`.

## Train

\`\`\`
pip install -r requirements.txt
bash train.sh
\`\`\`

That trains adapters (LoRA) and merges them; \`bash train.sh full\` trains all weights. The last line it prints names the
trained student's folder. \`requirements.txt\` has the versions that this was checked with${deepspeedNote(facts)}.
Optimizer steps on one GPU: ${facts.data.map(stepsNote).join(", ")}.

## The rows

${rowsTable(facts.data)}

- Outcomes: ${run.outcomes.join(", ")}. Thinking: ${thinkingWords(run.thinking)}.
- Filters: ${run.filters.length === 0 ? "none" : run.filters.map((filter) => `\`${filter}\``).join(", ")}.
${facts.summaries.flatMap((summary, at) => leftOutLines(summary, facts.data[at]!)).join("")}${facts.data.some(({ isWeighted }) => isWeighted) ? "- Chain and answer of a reply weigh differently: `loss_scale` of its turns, which ms-swift joins to one reply.\n" : ""}- Models that had a part in them: ${run.models.join("; ") || "none"}.

\`manifest.json\` has all of this for programs, with the hash of every file. Chat template and system prompt are left to the
trainer: the rows hold the problem and the reply, nothing else. Tokens are counted with o200k, each digit for itself as Qwen2.5
writes numbers, and 32 for the chat template; the cutoff leaves a tenth on top.
${facts.data.flatMap(warnings).join("")}
## The settings
${facts.data.map((each) => settings(each, trainer)).join("")}
${trainer.notes(facts).join("\n\n")}

## Afterwards

Serve the base and the trained student, each by any OpenAI-compatible server, and measure both on the same problems:

\`\`\`
mezzo eval graphs/evaluate.yaml --benchmark math500 --input math500.jsonl --model base --base-url http://127.0.0.1:8000/v1 --run before
mezzo eval graphs/evaluate.yaml --benchmark math500 --input math500.jsonl --model student --base-url http://127.0.0.1:8001/v1 --run after
mezzo eval compare before after --out before-and-after.html
\`\`\`
`;
}

function deepspeedNote({ trainer, student, data }: ReadmeFacts): string {
  if (!isSpread({ student, data })) return "";
  return `; all weights of a model of this size need \`pip install deepspeed\` beside them and several GPUs (weights, gradients and optimizer are about 16 bytes a weight, ${number(student.billions * 16)} GB)${trainer.name === "swift" ? "" : ", see `zero3.json`"}`;
}

function stepsNote({ method, rows }: MethodData): string {
  const { batch, accumulation, epochs } = settingsOf(method, "lora");
  const steps = Math.ceil(rows / (batch * accumulation)) * epochs;
  return `${METHOD_TITLES[method]} about ${number(steps)}`;
}

function rowsTable(data: readonly MethodData[]): string {
  const head =
    "| file | rows | tokens, mean | median | 95 % | longest | cutoff | longer than it |\n|---|--:|--:|--:|--:|--:|--:|--:|\n";
  const lines = data.map(({ method, rows, validation, lengths, cutoff }) => {
    const kept = validation === undefined ? "" : ` + ${number(validation)} in \`${dataFile(method, "validation")}\``;
    const figures = [lengths.mean, lengths.quantile(0.5), lengths.quantile(0.95), lengths.longest, cutoff];
    return `| \`${dataFile(method, "train")}\` | ${number(rows)}${kept} | ${[...figures, lengths.longerThan(cutoff)].map(number).join(" | ")} |`;
  });
  return head + lines.join("\n");
}

function thinkingWords(thinking: string): string {
  return thinking === "tags" ? "between `<think>` tags, the answer after them" : "as it is, ending in the answer";
}

function leftOutLines({ leftOut }: ExportSummary, { method }: MethodData): readonly string[] {
  return leftOut.map((left) => `- Left out of ${method}: ${number(left.count)}, ${meaningOf(left)}.\n`);
}

function warnings({ method, lengths, cutoff }: MethodData): readonly string[] {
  const longer = lengths.longerThan(cutoff);
  const cut = `\n**${number(longer)} rows of ${method} are longer than the cutoff, ${number(cutoff)} tokens.**\n`;
  const control = `\n**${number(lengths.withControl)} rows of ${method} hold a control token of the chat (\`<|im_end|>\` and the like) in their text, which ends the turn there.**\n`;
  return [...(longer > 0 ? [cut] : []), ...(lengths.withControl > 0 ? [control] : [])];
}

function settings(data: MethodData, trainer: Trainer): string {
  const { method, lengths, cutoff, rows } = data;
  const lines = settingsTable(data, trainer).map(([what, much, from]) => `| ${what} | ${much} | ${from} |\n`);
  const packed = Math.max(1, cutoff / Math.max(1, lengths.mean));
  const packing =
    method === "sft"
      ? `\nRows are not packed: with one row a step there is no padding to save, and packing without FlashAttention lets rows see each other. About ${packed.toFixed(1)} of these rows would fit into one sequence (${number(rows)} rows, ${number(Math.ceil(rows / packed))} sequences).\n`
      : "";
  return `\n### ${METHOD_TITLES[method]}\n\n| what | how much | from |\n|---|---|---|\n${lines.join("")}${packing}`;
}

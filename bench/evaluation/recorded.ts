/** Replies of real models whose verdict was recorded by whoever ran them, sent through an evaluation once more. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { ChatReply, ChatRequest } from "../../src/core/chat.ts";
import type { NewSample } from "../../src/core/sample.ts";
import { BENCHES, DATA, loadBench } from "./benchmarks.ts";
import { evaluateWith, type Graders } from "./run.ts";

interface Outcome {
  readonly benchmark: string;
  readonly problem_id: string;
  readonly model: string;
  /** Missing where only the verdict was kept. */
  readonly pred?: string;
  readonly correct?: boolean;
}

const NAMES: Readonly<Record<string, string>> = {
  "MATH-500": "MATH-500",
  AIME2024: "AIME 2024",
  "MMLU-Pro": "MMLU-Pro",
  HumanEval: "HumanEval",
};

export async function gradeRecorded(graders: Graders): Promise<object[]> {
  const outcomes = readOutcomes();
  const figures: object[] = [];
  for (const [recorded, name] of Object.entries(NAMES)) {
    const bench = BENCHES.find((each) => each.name === name)!;
    const { samples } = await loadBench({ ...bench, times: 1 }, Number.POSITIVE_INFINITY);
    const byProblem = Map.groupBy(
      outcomes.filter(
        ({ benchmark, correct, pred }) => benchmark === recorded && correct !== undefined && typeof pred === "string",
      ),
      ({ problem_id }) => problem_id,
    );
    // One sample for each recorded reply, under its problem: as an evaluation asks a problem several times.
    const replies = new Map<string, Outcome>();
    const asked = samples.flatMap((sample): NewSample[] => {
      const problem = sample.id.slice(0, sample.id.lastIndexOf("#"));
      const mine = byProblem.get(String(sample.source.problem_id)) ?? [];
      return mine.map((outcome, n) => {
        const id = `${problem}#${n + 1}`;
        replies.set(id, outcome);
        return { ...sample, id, state: { ...sample.state, group: id } };
      });
    });
    if (asked.length === 0) continue;
    const isCode = asked[0]!.state.tests !== undefined;
    const model = {
      ask: async ({ task }: ChatRequest): Promise<ChatReply> => {
        const said = replies.get(task.values.group ?? "")?.pred ?? "";
        const text = isCode
          ? `\`\`\`python\n${said}\n\`\`\``
          : name === "MMLU-Pro"
            ? `The answer is (${said}).`
            : `The answer is \\boxed{${said}}.`;
        return { text, finish: "stop", usage: { in: 1, out: 1 }, model: "recorded" };
      },
    };
    const agreed = { both: 0, recordedOnly: 0, oursOnly: 0, neither: 0, undecided: 0 };
    const differing: string[] = [];
    await evaluateWith(model, asked, {
      graders,
      seed: 0,
      read: ({ id, steps }) => {
        const label = steps.at(-1)?.label;
        const { correct, pred } = replies.get(id)!;
        if (label === "undecided") agreed.undecided++;
        else if (label === "right") agreed[correct === true ? "both" : "oursOnly"]++;
        else agreed[correct === true ? "recordedOnly" : "neither"]++;
        if (!isCode && label !== "undecided" && (label === "right") !== (correct === true))
          differing.push(`${id}: ${pred}`);
      },
    });
    const graded = asked.length - agreed.undecided;
    const agreement = Number(((agreed.both + agreed.neither) / graded).toFixed(4));
    figures.push({ benchmark: name, recorded: asked.length, agreement, ...agreed, differing: differing.slice(0, 12) });
  }
  return figures;
}

function readOutcomes(): Outcome[] {
  const text = gunzipSync(readFileSync(`${DATA}small_model_outcomes.jsonl.gz`)).toString("utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Outcome);
}

/**
 * What a run over a benchmark says of its model: accuracy with a 95 % interval, and what it took. Two models are compared
 * problem by problem, and not ranked where the difference could be chance.
 *
 *   pass@1     mean over problems of the share of right samples; its interval counts problems, not samples
 *   majority   share of problems whose most frequent answer is right; a tie counts by its share
 *
 * What could not be graded counts as wrong in both, and is told apart: an accuracy over the gradable ones flatters.
 */
import { clusteredShare, type Interval, median, pairedDifference, signTest } from "../core/statistics.ts";
import { problemOf } from "./benchmarks/read.ts";
import type { FinishedSample } from "./finished.ts";

export type Share = Interval & { readonly mean: number };

export interface Evaluation {
  readonly problems: number;
  readonly samples: number;
  readonly pass1: Share;
  /** Only where problems were asked more than once and answers can be compared. */
  readonly majority?: Share;
  readonly outputTokens: { readonly mean: number; readonly median: number };
  readonly cutOff: number;
  /** Could not be graded: no sandbox, or the rules can't tell. Counted as wrong. */
  readonly ungraded: number;
  /** Gave no reply: an error ended them. Counted as wrong. */
  readonly failed: number;
  readonly costUsd: number;
  readonly secondsPerSample: number;
  readonly groups: readonly { readonly group: string; readonly problems: number; readonly pass1: Share }[];
  /** Each problem's share of right samples, for paired comparisons. */
  readonly shares: ReadonlyMap<string, number>;
}

interface Problem {
  readonly group: string | undefined;
  readonly answers: { readonly isRight: boolean; readonly answer: string | undefined }[];
}

export interface EvaluateOptions {
  /** The final answer in a reply, for the majority; undefined for none. */
  readonly answerIn: (reply: string) => string | undefined;
  /** Are two answers the same? */
  readonly isSame: (a: string, b: string) => boolean;
}

export async function evaluate(samples: AsyncIterable<FinishedSample>, options: EvaluateOptions): Promise<Evaluation> {
  const problems = new Map<string, Problem>();
  const tokens: number[] = [];
  const total = { samples: 0, cutOff: 0, ungraded: 0, failed: 0, costUsd: 0, ms: 0 };
  for await (const sample of samples) {
    const step = sample.steps.findLast(({ label }) => label !== undefined);
    const id = problemOf(sample.id);
    const problem = problems.get(id) ?? { group: groupOf(sample), answers: [] };
    problems.set(id, problem);
    const reply = typeof sample.state.response === "string" ? sample.state.response : "";
    problem.answers.push({ isRight: step?.label === "right", answer: options.answerIn(reply) });
    total.samples++;
    if (step?.label === "cut-off") total.cutOff++;
    if (sample.outcome === "undecided") total.ungraded++;
    if (sample.outcome === "failed") total.failed++;
    for (const { tokens: used, costUsd = 0, ms } of sample.steps) {
      if (used !== undefined) tokens.push(used.out);
      total.costUsd += costUsd;
      total.ms += ms;
    }
  }

  const shares = new Map(
    [...problems].map(([id, { answers }]) => [id, shareOf(answers.map(({ isRight }) => isRight))]),
  );
  const groups = Map.groupBy([...problems], ([, { group }]) => group ?? "");
  const asksOften = [...problems.values()].some(({ answers }) => answers.length > 1);
  return {
    problems: problems.size,
    samples: total.samples,
    pass1: clusteredShare([...shares.values()]),
    majority: asksOften ? clusteredShare([...problems.values()].map((each) => majorityOf(each, options))) : undefined,
    outputTokens: { mean: tokens.reduce((sum, each) => sum + each, 0) / tokens.length, median: median(tokens) },
    cutOff: total.cutOff,
    ungraded: total.ungraded,
    failed: total.failed,
    costUsd: total.costUsd,
    secondsPerSample: total.ms / 1000 / Math.max(1, total.samples),
    groups: [...groups]
      .filter(([group]) => group !== "")
      .map(([group, members]) => {
        return { group, problems: members.length, pass1: clusteredShare(members.map(([id]) => shares.get(id)!)) };
      })
      .toSorted((a, b) => a.group.localeCompare(b.group)),
    shares,
  };
}

function groupOf({ state }: FinishedSample): string | undefined {
  return typeof state.group === "string" ? state.group : undefined;
}

function shareOf(flags: readonly boolean[]): number {
  return flags.filter(Boolean).length / flags.length;
}

/** 1 where the most frequent answer is right, 0 where it is wrong, a share where several are as frequent. */
function majorityOf({ answers }: Problem, { isSame }: EvaluateOptions): number {
  const camps: { answer: string; count: number; right: number }[] = [];
  for (const { answer, isRight } of answers) {
    if (answer === undefined) continue;
    let camp = camps.find((each) => each.answer === answer || isSame(each.answer, answer));
    if (camp === undefined) {
      camp = { answer, count: 0, right: 0 };
      camps.push(camp);
    }
    camp.count++;
    if (isRight) camp.right++;
  }
  const most = Math.max(0, ...camps.map(({ count }) => count));
  const leading = camps.filter(({ count }) => count === most);
  return leading.length === 0 ? 0 : leading.filter(({ right, count }) => right * 2 > count).length / leading.length;
}

export interface Comparison {
  /** Problems that both were asked; others are left out of it. */
  readonly problems: number;
  readonly onlyInOne: number;
  readonly a: Share;
  readonly b: Share;
  /** Mean of b - a over problems. */
  readonly difference: Share;
  /** Problems that b does better on, and worse. */
  readonly better: number;
  readonly worse: number;
  /** Of an exact sign test over those: the chance of a split like this one between equals. */
  readonly p: number;
  /** Not to be told apart at 95 %. */
  readonly isNoise: boolean;
  /** Output tokens of b over those of a. */
  readonly tokenRatio: number;
}

export function compareEvaluations(a: Evaluation, b: Evaluation): Comparison {
  const common = [...a.shares.keys()].filter((id) => b.shares.has(id));
  const differences = common.map((id) => b.shares.get(id)! - a.shares.get(id)!);
  const difference = pairedDifference(differences);
  const better = differences.filter((each) => each > 0).length;
  const worse = differences.filter((each) => each < 0).length;
  const p = signTest(better, worse);
  const isInside = !(difference.low > 0 || difference.high < 0);
  return {
    problems: common.length,
    onlyInOne: a.shares.size + b.shares.size - 2 * common.length,
    a: clusteredShare(common.map((id) => a.shares.get(id)!)),
    b: clusteredShare(common.map((id) => b.shares.get(id)!)),
    ...{ difference, better, worse, p, isNoise: isInside || p > 0.05 },
    tokenRatio: b.outputTokens.mean / a.outputTokens.mean,
  };
}

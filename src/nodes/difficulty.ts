/**
 * `difficulty`: how hard is this problem for the student? It is asked the problem alone, without any chain, and graded by
 * rules; how often it gets there says how long a chain it needs (arXiv 2509.05226: chains proportional to difficulty).
 *
 *   always      all of its tries were right, but for `spare`          ─▶ a short chain will do
 *   sometimes   in between                                            ─▶ a middling one
 *   rarely      none was right, but for `spare`                       ─▶ let it be long
 *
 * A fixed number of tries that ends as soon as the rest can't change the level: 7 of 8 right is always whatever the
 * eighth says. So the level is what all of them would have said, and a plain problem costs no more than it has to.
 *
 * It is a fact about the problem: samples of one run with the same problem share the replies (`ofProblem`). Where no
 * student is named, or nothing can be graded by, `proxy` stands in: a number that something else gave, such as a judge's
 * cd. The evidence says which of the two it was; a proxy is not a measurement.
 */
import * as z from "zod";
import { DIFFICULTY_LEVELS, type DifficultyLevel, type MeasuredDifficulty } from "../core/events.ts";
import { samplingShape } from "../models/spec.ts";
import { tally } from "./following/sequential.ts";
import { isChecked, targetOf, whyUncheckable } from "./keeps.ts";
import { defineNode, type NodeContext, type StepResult } from "./node.ts";
import { samplingOf } from "./params.ts";
import { gradeReply } from "./solve.ts";

const tokens = z.int().min(1);
const field = (what: string) => z.string().min(1).optional().describe(what);

const params = z
  .strictObject({
    model: z.string().min(1).optional().describe("The student. Left out, `proxy` decides."),
    prompt: z.string().min(1).default("alone.md").describe("The prompt's file: the problem and no chain."),
    ...samplingShape,
    keeps: z.string().min(1).default("answer").describe("The state field with the reference answer."),
    times: z.int().min(1).max(100).default(8).describe("How often it is asked; it stops as soon as the level is sure."),
    spare: z.int().min(0).default(1).describe("So many exceptions are still always, or rarely."),
    proxy: field("A number in the state that decides where no student is asked or nothing can be graded by."),
    bounds: z
      .tuple([z.number(), z.number()])
      .default([3, 6])
      .describe("Of the proxy: up to the first it is always, up to the second sometimes, above rarely."),
    level: z.string().min(1).describe("The state field that the level is written to: always, sometimes or rarely."),
    target: field("The state field, a number, that the length to aim at is written to."),
    tokens: z
      .strictObject({ always: tokens, sometimes: tokens, rarely: tokens })
      .default({ always: 300, sometimes: 1000, rarely: 4000 })
      .describe("The length to aim at for each level, in tokens."),
  })
  .superRefine(({ model, proxy, bounds, times, spare, tokens: aim }, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if (model === undefined && proxy === undefined) wrong("model", "a student to ask, or a `proxy` in its stead");
    if (bounds[0] > bounds[1]) wrong("bounds", "the lower one first");
    if (2 * spare >= times) wrong("spare", "less than half of `times`, or always and rarely would be the same");
    if (aim.always > aim.sometimes || aim.sometimes > aim.rarely) {
      wrong("tokens", "no shorter for a harder problem: always <= sometimes <= rarely");
    }
  });
type DifficultyParams = z.infer<typeof params>;

export const difficulty = defineNode<DifficultyParams>({
  kind: "difficulty",
  summary: "Measures how often the student solves the problem alone, and sets the length to aim at.",
  params,
  labels: DIFFICULTY_LEVELS,
  special: ["undecided"],
  fieldTypes: { proxy: "number", target: "number", level: "string" },
  fieldWords: { level: DIFFICULTY_LEVELS },
  shapes: false,
  uses: ({ model, prompt, keeps, proxy, level, target }) => ({
    models: model === undefined ? [] : [model],
    prompts: model === undefined ? [] : [{ file: prompt, reply: "text" as const }],
    reads: ["problem", ...(model === undefined ? [] : [keeps]), ...(proxy === undefined ? [] : [proxy])],
    writes: [level, ...(target === undefined ? [] : [target])],
  }),
  run: async (context, p): Promise<StepResult> => {
    const asked = await askAlone(context, p);
    const found = typeof asked === "string" ? byProxy(context, p) : asked;
    if (found === undefined) {
      const why = typeof asked === "string" ? asked : "";
      return { label: "undecided", reason: `${why}${p.proxy === undefined ? "" : `, and there is no ${p.proxy}`}` };
    }
    const { level } = found;
    const aim = p.tokens[level];
    const writes = { [p.level]: level, ...(p.target === undefined ? {} : { [p.target]: aim }) };
    const restsOn = found.from === "student" ? (["rules", "student"] as const) : (["judge"] as const);
    const reason = `${describe(found, typeof asked === "string" ? asked : "")}; aim at ${aim} tokens`;
    return { label: level, writes, reason, evidence: { restsOn, difficulty: found } };
  },
});

/** What the student's tries say, or why they say nothing. */
async function askAlone(context: NodeContext, p: DifficultyParams): Promise<MeasuredDifficulty | string> {
  const { model, times, spare } = p;
  if (model === undefined) return "no student was asked";
  const target = targetOf(context.state, p.keeps);
  if (!isChecked(target)) return `there is no ${p.keeps} to grade the student by`;
  // Nobody is asked what nobody can grade: a program where there is no sandbox.
  const uncheckable = await whyUncheckable(context, target);
  if (uncheckable !== undefined) return uncheckable.reason;
  let [right, wrong] = [0, 0];
  for (let unclear = 0; unclear <= times; ) {
    const level = levelOf(right, wrong, { times, spare });
    if (level !== undefined) return { from: "student", level, student: model, alone: tally(right, right + wrong) };
    const question = { model, prompt: p.prompt, sampling: samplingOf(p), ofProblem: true };
    const reply = await context.ask(question);
    const graded = await gradeReply(context, p.keeps, reply.text);
    if (graded?.verdict === "equal") right++;
    else if (graded?.verdict === "undecided" && graded.found && reply.finish !== "length") unclear++;
    // Out of room is out of its reach: it did not get there.
    else wrong++;
  }
  return "the rules can't tell whether the student's answers are right";
}

/** The level that is certain after so many tries; undefined while another one could still change it. */
export function levelOf(
  right: number,
  wrong: number,
  { times, spare }: { readonly times: number; readonly spare: number },
): DifficultyLevel | undefined {
  if (right >= times - spare) return "always";
  if (wrong >= times - spare) return "rarely";
  return right > spare && wrong > spare ? "sometimes" : undefined;
}

function byProxy({ state }: NodeContext, { proxy, bounds }: DifficultyParams): MeasuredDifficulty | undefined {
  const value = proxy === undefined ? undefined : state[proxy];
  if (proxy === undefined || typeof value !== "number") return undefined;
  const level = value <= bounds[0] ? "always" : value <= bounds[1] ? "sometimes" : "rarely";
  return { from: "proxy", level, field: proxy, value };
}

function describe(found: MeasuredDifficulty, why: string): string {
  if (found.from === "proxy") return `${found.level}, by the proxy ${found.field} = ${found.value}: ${why}`;
  return `alone the student solves it ${found.level}: ${found.alone.right} of ${found.alone.tries} tries`;
}

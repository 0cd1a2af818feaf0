/** The graph that stands for a job, as a person would have written it: a node for each stage, and comments that say why. */
import { formatYaml } from "../graph/format.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Job } from "./job.ts";
import type { Does } from "./job-types.ts";
import type { Selection, Stage } from "./stages.ts";

/** What a stage's node is called, who plays it, and which prompt it has. */
const NODES: Readonly<
  Record<Does, { node: string; role: string; prompt?: string; purpose?: string; bundled?: string }>
> = {
  collect: { node: "collect", role: "teacher", prompt: "collect.md", purpose: "collect" },
  shorten: { node: "shorten", role: "rewriter", prompt: "long-to-short.md", purpose: "shorten" },
  expand: { node: "expand", role: "rewriter", prompt: "expand.md", purpose: "expand" },
  score: { node: "score", role: "judge", prompt: "score.md", purpose: "score" },
  select: { node: "select", role: "" },
};

export const PURPOSE_OF = (does: Does): { file: string; purpose: string } | undefined => {
  const { prompt, purpose } = NODES[does];
  return prompt === undefined || purpose === undefined ? undefined : { file: prompt, purpose };
};

export interface GraphFacts {
  readonly name: string;
  /** The job file, as it was named. */
  readonly from: string;
}

export function graphText(job: Job, { name, from }: GraphFacts): string {
  const nodes = job.stages.map((stage) => ({ stage, ...NODES[stage.does] }));
  const roles = [...new Set(nodes.flatMap(({ role }) => (role === "" ? [] : [role])))];
  const isScored = nodes.some(({ node }) => node === "score");
  const isSelected = job.stages.some(({ select }) => select?.targets !== undefined);
  const lines = [
    "# yaml-language-server: $schema=./graph.schema.json",
    `# What the EasyDistill job ${quoteComment(from)} (${job.type}) does, as a graph of Mezzo's.`,
    "#",
    ...nodes.map(({ node, stage }) => `#   ${node.padEnd(8)} ${ABOUT[stage.does]}`),
    "#",
    "# Beyond the job: answers are checked by rules, a reply that is empty, cut off or garbled is never written, and nothing is",
    "# dropped without a reason. What Mezzo is for (judge, expand or condense, verify, round again) is graphs/distill.yaml.",
    `graph: ${name}`,
    `student: { name: ${scalar(job.student.name)}${job.student.size === undefined ? "" : `, size: ${job.student.size}`} } # who is to learn from it`,
    "",
    ...modelsOf(job.endpoint, roles),
    "",
    "state: # what travels with a sample",
    "  problem: string",
    "  answer: { type: string, optional: true } # the reference, where a row has one",
    "  trace: { type: string, optional: true }",
    ...(isScored ? ["  rv: { type: number, optional: true } # how much is written, 0 to 9"] : []),
    ...(isScored ? ["  fit: { type: number, optional: true } # does that suit the problem"] : []),
    ...(isScored ? ["  cd: { type: number, optional: true } # what it takes to follow"] : []),
    ...(isSelected
      ? ["  closeness: { type: number, optional: true } # to the verbosity wanted; 9 is exactly that"]
      : []),
    "",
    `start: ${nodes[0]!.node}`,
    "nodes:",
    ...nodes.flatMap((each, at) => nodeOf(each.stage, nodes[at + 1]?.node ?? "accepted")),
  ];
  return formatYaml(`${lines.join("\n")}\n`);
}

const ABOUT: Readonly<Record<Does, string>> = {
  collect: "asks the teacher for a chain",
  shorten: "writes the chain shorter; the answer must stay",
  expand: "writes the chain with its gaps filled; the answer must stay",
  score: "amount, fit and difficulty, 0 to 9 each; a wrong chain is not scored",
  select: "by the scores, as the job's mixer or filter did",
};

function modelsOf(endpoint: Endpoint, roles: readonly string[]): string[] {
  const { model, baseUrl, apiKey, inFlight, totalMs } = endpoint;
  const parts = [
    "provider: openai",
    `model: ${scalar(model)}`,
    `baseUrl: ${scalar(baseUrl)}`,
    ...(apiKey === undefined ? [] : [`apiKey: ${scalar(apiKey)}`]),
    ...(inFlight === undefined ? [] : [`inFlight: ${inFlight}`]),
    ...(totalMs === undefined ? [] : [`timeouts: { totalMs: ${totalMs} }`]),
  ];
  const lines = roles.map((role) => `  ${role}: { ${parts.join(", ")} }`);
  return ["models: # addresses and keys stand in the environment or a .env file, never here", ...lines];
}

function nodeOf(stage: Stage, next: string): string[] {
  const { node, role, prompt } = NODES[stage.does];
  const { temperature, maxTokens, tries } = stage;
  const sampling = [
    ...(temperature === undefined ? [] : [`    temperature: ${temperature}`]),
    ...(maxTokens === undefined ? [] : [`    maxTokens: ${maxTokens} # doubled where a reply is cut off`]),
    ...(tries === undefined ? [] : [`    tries: ${tries} # wrong ones are kept as the worse side of a pair`]),
  ];
  const asks = [`    model: ${role}`, `    prompt: ${prompt}`, ...sampling, "    keeps: answer # by rules"];
  switch (stage.does) {
    case "collect":
      return [`  ${node}:`, "    kind: generate", ...asks, "    writes: trace", `    then: ${next}`];
    case "shorten":
    case "expand":
      return [`  ${node}:`, "    kind: rewrite", ...asks, "    writes: trace", `    then: ${next}`];
    case "score":
      return [`  ${node}:`, "    kind: score", ...asks, "    scales: [rv, fit, cd]", `    then: ${next}`];
    case "select":
      return selectionOf(node, stage.select ?? {}, next);
  }
}

function selectionOf(node: string, { bins, targets, least }: Selection, next: string): string[] {
  if (bins === undefined || targets === undefined) {
    const below = (["rv", "cd"] as const).flatMap((scale) => {
      const bound = least?.[scale];
      return bound === undefined ? [] : [`      - { when: ${scale} < ${bound}, to: rejected }`];
    });
    const ways = below.length === 0 ? [`    then: ${next}`] : ["    then:", ...below, `      - { to: ${next} }`];
    // A node that sets nothing needs something to set: the scores stay what they are.
    return [`  ${node}:`, "    kind: set", "    values: { rv: rv }", ...ways];
  }
  const inner = targets.map((target, bin) => ({ target, below: bins[bin + 1]! }));
  const last = inner.length - 1;
  const choice = inner.map(({ target, below }, at) =>
    at === last ? near(target) : `cd < ${below} ? ${near(target)} : `,
  );
  const outside = [...(bins[0]! > 0 ? [`cd < ${bins[0]}`] : []), ...(bins.at(-1)! < 9 ? [`cd > ${bins.at(-1)}`] : [])];
  return [
    `  ${node}: # bins of difficulty end at ${bins.slice(1).join(", ")}; the verbosity wanted there is ${targets.join(", ")}`,
    "    kind: set",
    `    values: { closeness: ${scalar(choice.join(""))} }`,
    ...(outside.length === 0
      ? [`    then: ${next}`]
      : ["    then:", `      - { when: ${scalar(outside.join(" || "))}, to: rejected }`, `      - { to: ${next} }`]),
  ];
}

/** 9 where the verbosity is what is wanted, less for each point away from it. */
function near(target: number): string {
  const below = round(9 - target);
  return `(rv > ${target} ? ${round(9 + target)} - rv : ${below === 0 ? "rv" : `${below} + rv`})`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** A text as YAML takes it; JSON's quotes are YAML's. */
function scalar(text: string): string {
  return JSON.stringify(text);
}

/** A file's name on a comment's one line. */
function quoteComment(text: string): string {
  return text.replace(/[\r\n]+/g, " ");
}

/** What makes a recorded step void, and what does not; and that a difference is told in words. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { diffPlans } from "../../src/graph/compare.ts";
import { nodeFingerprints } from "../../src/graph/fingerprints.ts";
import { openGraph } from "../../src/graph/open.ts";
import type { Plan, PlanNode } from "../../src/graph/plan.ts";
import { modelSpecSchema } from "../../src/models/spec.ts";

const opened = openGraph(join(import.meta.dirname, "../../graphs/distill.yaml"), { env: {} }).plan!;
const asked = { provider: "openai", model: "qwq-32b", baseUrl: "http://one/v1" };
const plan = withJudge({});

function withJudge(more: object): Plan {
  return { ...opened, models: { ...opened.models, judge: modelSpecSchema.parse({ ...asked, ...more }) } };
}

function withNode(name: string, more: Partial<PlanNode>): Plan {
  return { ...plan, nodes: { ...plan.nodes, [name]: { ...plan.nodes[name]!, ...more } } };
}

/** Nodes whose steps of the first plan do not stand under the other. */
function voidBy(edited: Plan): string[] {
  const [before, after] = [nodeFingerprints(plan), nodeFingerprints(edited)];
  return [...before.keys()].filter((name) => before.get(name) !== after.get(name));
}

test.each([
  { baseUrl: "http://two/v1", apiKey: "${KEY}" },
  { inFlight: 3, requestsPerMinute: 60, tokensPerMinute: 1_000 },
  { price: { inUsdPerMTok: 1, outUsdPerMTok: 2 } },
  { timeouts: { totalMs: 5 }, stream: false, jsonReplies: "text" },
])("where a model is, how fast it is asked and what it costs void no step: %o", (more) => {
  const edited = withJudge(more);
  expect(voidBy(edited)).toEqual([]);
  expect(diffPlans(plan, edited).changes.length).toBeGreaterThan(0);
});

test.each([{ model: "other" }, { thinking: false }, { extra: { top_k: 20 } }, { temperature: 0.2 }])(
  "another model, its thinking, its extra fields and its sampling void what it said: %o",
  (more) => expect(voidBy(withJudge(more))).toEqual(["judge", "verify", "accept"]),
);

test("ways, conditions and bounds void nothing by themselves, and are told", () => {
  const edited = withNode("verify", {
    limit: 9,
    when: "has(trace)",
    onError: "rejected",
    ends: { undecided: "expand" },
  });
  expect(voidBy(edited)).toEqual([]);
  const { changes, waysDiffer, reruns } = diffPlans(plan, edited);
  expect({ waysDiffer, reruns }).toEqual({ waysDiffer: true, reruns: [] });
  expect(changes.map(({ name, words }) => `${name}: ${words}`)).toEqual([
    "verify: is passed by now unless has(trace)",
    "verify: limit is 9 now (was 5)",
    "verify: failed: leads to rejected now (there was no such way)",
    "verify: undecided: leads to expand now (there was no such way)",
  ]);
});

test("a node's own parameters and its prompt's text void its steps; what model and prompt are called does not", () => {
  const { params } = plan.nodes.judge!;
  expect(voidBy(withNode("judge", { params: { ...params, votes: 5 } }))).toEqual(["judge"]);
  const prompt = plan.prompts["judge.md"]!;
  const reworded = { ...prompt, messages: [...prompt.messages, { role: "user" as const, parts: ["Once more."] }] };
  expect(voidBy({ ...plan, prompts: { ...plan.prompts, "judge.md": reworded } })).toEqual(["judge"]);
  const renamed = withNode("judge", { params: { ...params, model: "critic", prompt: "critic.md" } });
  const { judge: model } = plan.models;
  const named = { models: { ...plan.models, critic: model! }, prompts: { ...plan.prompts, "critic.md": prompt } };
  expect(voidBy({ ...renamed, ...named })).toEqual([]);
});

test("a node under a new name is told as that, and the changed lines of a prompt stand with what is around them", () => {
  const { expand, ...others } = plan.nodes;
  const { changes } = diffPlans(plan, { ...plan, nodes: { ...others, enlarge: expand! } });
  expect(changes).toContainEqual({ about: "node", name: "enlarge", words: "is what expand was, under a new name" });
  const prompt = plan.prompts["expand.md"]!;
  const [first, ...rest] = prompt.messages;
  const head = String(first!.parts[0]).replace("You fill gaps", "You fill all gaps");
  const edited = { ...prompt, messages: [{ ...first!, parts: [head, ...first!.parts.slice(1)] }, ...rest] };
  const change = diffPlans(plan, { ...plan, prompts: { ...plan.prompts, "expand.md": edited } }).changes[0]!;
  expect(change).toMatchObject({ about: "prompt", words: "its text has changed: lines 1 added, 1 removed" });
  expect(change.lines!.map(({ sign }) => sign).join("")).toBe(" -+  ");
});

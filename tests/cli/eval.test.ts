/** `mezzo eval`: a benchmark's problems, asked of a server that knows some of the answers. */

import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeRig, type Rig } from "../rig.ts";

/** Problem n asks for n + 1. The student named `half` is right about the even ones, `all` about all, `none` about none. */
const problems = Array.from({ length: 20 }, (_, n) => ({
  id: `p${n}`,
  problem: `What is ${n} plus one?`,
  answer: `${n + 1}`,
}));

let server: Server;
let asked: { model: string; temperature?: number; max_tokens?: number; content: string }[];
let baseUrl: string;

beforeAll(async () => {
  asked = [];
  server = createServer(async (request, response) => {
    const body = JSON.parse(Buffer.concat(await request.toArray()).toString());
    const { content } = body.messages.at(-1);
    asked.push({ ...body, content });
    const n = Number(/What is (\d+)/.exec(content)?.[1]);
    const isRight = body.model === "all" || (body.model === "half" && n % 2 === 0);
    const isCut = body.model === "half" && n === 19;
    const text = isCut ? "Let me see" : `It is \\boxed{${isRight ? n + 1 : "\\text{unknown}"}}.`;
    const choice = {
      index: 0,
      message: { role: "assistant", content: text },
      finish_reason: isCut ? "length" : "stop",
    };
    const usage = { prompt_tokens: 20, completion_tokens: 100 + n, total_tokens: 120 + n };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ id: "1", object: "chat.completion", model: body.model, choices: [choice], usage }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});
afterAll(() => server.close());

async function evaluated(rig: Rig, model: string, ...flags: string[]) {
  await rig.write("bench.jsonl", problems.map((row) => JSON.stringify(row)).join("\n"));
  const graph = new URL("../../graphs/evaluate.yaml", import.meta.url).pathname;
  const words = [
    "eval",
    graph,
    "--benchmark",
    "math500",
    "--input",
    "bench.jsonl",
    "--model",
    model,
    "--base-url",
    baseUrl,
  ];
  const { code, stdout, stderr } = await rig.mezzo(...words, "--run", model, "--json", ...flags);
  expect(stderr).toContain("pass@1");
  return { code, stderr, figures: JSON.parse(stdout) };
}

test("a model is measured: accuracy with its interval, tokens, what was cut off", async () => {
  const { code, figures, stderr } = await evaluated(await makeRig(), "half");
  expect(code).toBe(0);
  expect(figures).toMatchObject({ benchmark: "math500", model: "half", problems: 20, samples: 20, cutOff: 1 });
  expect(figures.pass1).toMatchObject({ mean: 0.5 });
  expect(figures.outputTokens).toEqual({ mean: 109.5, median: 109.5 });
  expect(stderr).toContain("50.0 % (95 %: 29.9 to 70.1)  (20 problems, once each)");
  expect(asked.at(-1)).toMatchObject({ model: "half", temperature: 0 });
  expect(asked.at(-1)!.content).toContain("\\boxed{}");
});

test("asked several times each, the majority stands beside pass@1; a second look gives the same figures", async () => {
  const rig = await makeRig();
  const { figures } = await evaluated(rig, "all", "--samples", "3", "--temperature", "0.6", "--plot", "p.svg");
  expect(figures).toMatchObject({ samples: 60, pass1: { mean: 1 }, majority: { mean: 1 } });
  const again = await rig.mezzo("eval", "show", "all", "--json");
  expect(JSON.parse(again.stdout)).toEqual(figures);
  const picture = await readFile(rig.path("p.svg"), "utf8");
  expect(picture).toContain("DS3-0324-7B (published)");
  expect(picture).toContain("all (all)");
});

test("two models stand on one page, with their figures, the picture, and nothing from elsewhere", async () => {
  const rig = await makeRig();
  await evaluated(rig, "half");
  await evaluated(rig, "all");
  expect((await rig.mezzo("eval", "compare", "half", "all", "--out", "page.html")).stderr).toContain("wrote page.html");
  const page = await rig.read("page.html");
  expect(page).toContain("all is better, by 50.0 points, beyond what chance gives");
  expect(page).toContain("100.0 % (83.9 to 100.0)");
  expect(page).toMatch(/<td class="n">1 of 20<\/td><td class="n">none<\/td>/);
  expect(page).not.toMatch(/<script|https?:/);
  const both = await rig.mezzo("eval", "compare", "half", "all", "--out", "-", "--json");
  expect([both.code, both.stderr]).toEqual([2, expect.stringContaining("can't both go to standard output")]);
});

test("two models are compared problem by problem, and not ranked inside the noise", async () => {
  const rig = await makeRig();
  await evaluated(rig, "half");
  await evaluated(rig, "all");
  const far = await rig.mezzo("eval", "compare", "half", "all", "--json");
  expect(JSON.parse(far.stdout)).toMatchObject({ problems: 20, better: 10, worse: 0, isNoise: false });
  expect(far.stderr).toContain("all is better, beyond what chance gives.");
  const same = await rig.mezzo("eval", "compare", "half", "half");
  expect(same.stderr).toContain("No ranking");
});

test.each([
  [["eval", "G", "--input", "bench.jsonl"], "--benchmark and --input are needed"],
  [["eval", "G", "--benchmark", "mmlu-pro", "--input", "bench.jsonl"], "bench.jsonl: line 1: there are no options"],
  [["eval", "D", "--benchmark", "math500", "--input", "bench.jsonl"], "has no node of kind solve"],
  [["eval", "show", "r"], "is not one that `mezzo eval` made"],
])("%j is refused in words", async (words, said) => {
  const rig = await makeRig();
  await rig.write("bench.jsonl", JSON.stringify(problems[0]));
  const graphs = new URL("../../graphs/", import.meta.url).pathname;
  if (words.includes("show"))
    await rig.mezzo("run", `${graphs}distill.yaml`, "--input", `${graphs}samples.jsonl`, "--run", "r", "--limit", "1");
  const { code, stderr } = await rig.mezzo(
    ...words.map((word) => ({ G: `${graphs}evaluate.yaml`, D: `${graphs}distill.yaml` })[word] ?? word),
  );
  expect(stderr).toContain(said);
  expect(code).toBe(2);
});

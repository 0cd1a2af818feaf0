/** Chinese from end to end: problems, chains, prompts, names of files, runs and columns. */
import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeRig } from "../rig.ts";

const root = join(import.meta.dirname, "../..");
const rows = (await readFile(join(root, "graphs/samples-zh.jsonl"), "utf8"))
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Record<string, string>);

test("twelve Chinese samples go the ways that they were written to show, under Chinese names", async () => {
  const rig = await makeRig();
  await cp(join(root, "graphs/distill.yaml"), rig.path("图/蒸馏.yaml"));
  await cp(join(root, "prompts"), rig.path("prompts"), { recursive: true });
  const renamed = rows.map(({ problem, answer, trace, ...row }) => ({
    ...row,
    题目: problem,
    答案: answer,
    思维链: trace,
  }));
  await rig.write("数据/样本.jsonl", renamed.map((row) => JSON.stringify(row)).join("\n"));
  const map = ["--map", "problem=题目", "--map", "answer=答案", "--map", "trace=思维链"];
  const flags = ["--input", "数据/样本.jsonl", ...map, "--set", "language=zh", "--run", "第一次", "--workers", "1"];
  const { outcomes } = await rig.json<{ outcomes: Record<string, number> }>("run", "图/蒸馏.yaml", ...flags);
  expect(outcomes).toMatchObject({ accepted: 10, exhausted: 1, rejected: 1 });

  const told = await rig.json<{ id: string; outcome: string }[]>("inspect", "第一次");
  const outcomeOf = new Map(told.map(({ id, outcome }) => [id, outcome]));
  expect([outcomeOf.get("购书"), outcomeOf.get("三角形面积"), outcomeOf.get("果园收入")]).toEqual([
    "rejected",
    "exhausted",
    "accepted",
  ]);
  await rig.mezzo(
    "export",
    "第一次",
    "--out",
    "训练集.jsonl",
    "--decontaminate",
    "数据/样本.jsonl",
    "--format",
    "jsonl",
  );
  expect(await rig.read("训练集.jsonl")).toBe("");
  await rig.mezzo("export", "第一次", "--out", "训练集.jsonl", "--format", "alpaca");
  const exported = await rig.rows<{ instruction: string; output: string }>("训练集.jsonl");
  expect(exported).toHaveLength(10);
  expect(exported.every(({ output }) => !/Step by step|The problem says/.test(output))).toBe(true);
  await rig.mezzo("report", "第一次", "--out", "报告.html");
  expect(await rig.read("报告.html")).toContain("第一次");
});

test("what a model is asked, and what it is told was found, is Chinese", async () => {
  const rig = await makeRig();
  const verdict = { rating: "hard", reason: "绕了远路", step: 2, missing: null, surplus: "岔路", confidence: 0.9 };
  const server = await rig.serve({}, ({ wantsJson }) =>
    wantsJson ? JSON.stringify(verdict) : "三乘四得十二。\n\n\\boxed{12}",
  );
  await rig.distillAt(server.url);
  await cp(join(root, "prompts"), rig.path("prompts"), { recursive: true });
  await rig.write(
    "in.jsonl",
    JSON.stringify({ problem: "3 × 4 等于几？", answer: "12", trace: "3 × 4 = 12。\n\n绕一下。\n\n\\boxed{12}" }),
  );
  await rig.mezzo("run", "graphs/distill.yaml", "--input", "in.jsonl", "--set", "language=zh");
  const rewrite = server.requests.find(({ wantsJson }) => !wantsJson)!;
  expect(rewrite.text).toContain("评级：hard（过于繁难），位于第 2 步。\n理由：绕了远路\n多余：岔路");
  for (const { messages } of server.requests) {
    const said = messages.map(({ content }) => content).join("\n");
    expect(said.match(/\p{Script=Han}/gu)!.length, said).toBeGreaterThan(200);
    expect(said).not.toMatch(/\b(?:the chain|You judge|The text inside)\b/);
  }
});

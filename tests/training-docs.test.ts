/** docs/training.md: its command lines are run as they stand; only what needs a GPU or the network has a stand-in. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, cp, readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { appleReply, appleRows, makeRig, type Rig } from "./rig.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const page = await readFile(join(ROOT, "docs/training.md"), "utf8");

/** `npx mezzo` is the built program; vLLM waits to be stopped; TRL and its helpers leave the folder that training leaves. */
const STAND_INS: Readonly<Record<string, string>> = {
  npx: `shift; exec "${process.execPath}" "${join(ROOT, "dist/launch.js")}" "$@"`,
  vllm: "exec sleep 60",
  curl: "exit 0",
  trl: 'while [ "$1" != --output_dir ]; do shift; done; mkdir -p "$2"',
  accelerate: 'while [ "$1" != --output_dir ]; do shift; done; mkdir -p "$2"',
  python: 'mkdir -p "$3"',
};

async function runBash(rig: Rig, script: string, env: Record<string, string> = {}) {
  for (const [name, body] of Object.entries(STAND_INS))
    await chmod(await rig.write(`bin/${name}`, `#!/bin/bash\n${body}\n`), 0o755);
  const PATH = [rig.path("bin"), process.env.PATH].join(delimiter);
  const child = spawn("bash", ["-c", script], {
    cwd: rig.folder,
    env: { ...process.env, NO_COLOR: "1", ...env, PATH },
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  const [code] = await once(child, "close");
  return { code, said };
}

test("the line from problems to the page of both students runs from end to end", async () => {
  const line = /```sh\n([\s\S]+?)```/.exec(page)![1]!;
  const rig = await makeRig();
  // One server plays teacher, judge and rewriter, and both students: the trained one is right more often.
  const { url } = await rig.serve({}, (request) => {
    const asked = /What is (\d+) plus one/.exec(request.text)?.[1];
    if (asked === undefined) return appleReply(request);
    const isRight = request.model === "after" || Number(asked) % 4 === 0;
    return { content: `It is \\boxed{${isRight ? Number(asked) + 1 : 0}}.` };
  });
  await rig.distillAt(url);
  await cp(join(ROOT, "graphs/evaluate.yaml"), rig.path("graphs/evaluate.yaml"));
  await cp(join(ROOT, "prompts/solve.md"), rig.path("prompts/solve.md"));
  await rig.write("problems.jsonl", appleRows(12));
  const problems = Array.from({ length: 20 }, (_, n) => ({
    id: `p${n}`,
    problem: `What is ${n} plus one?`,
    answer: `${n + 1}`,
  }));
  await rig.write("math500.jsonl", problems.map((row) => JSON.stringify(row)).join("\n"));

  const { code, said } = await runBash(rig, line, { PORT: new URL(url).port });
  expect(said).toContain("trained: ");
  expect(said).toContain("after is better, beyond what chance gives");
  expect(code).toBe(0);
  expect(await rig.read("before-and-after.html")).toContain("25.0 ▸ 100.0");
  expect(JSON.parse(await rig.read("student/manifest.json"))).toMatchObject({ trains: "Qwen/Qwen2.5-7B-Instruct" });
});

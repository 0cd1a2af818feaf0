/** What people run all day starts at once: it loads nothing that only a run needs. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

async function filesOf(...args: string[]): Promise<string[]> {
  const loads = join(import.meta.dirname, "loads.ts");
  const { stderr } = await promisify(execFile)(process.execPath, [loads, join(ROOT, "dist/launch.js"), ...args], {
    cwd: ROOT,
    maxBuffer: 16 * 1024 * 1024,
  }).catch((ended: { stderr: string }) => ended); // A command that could not begin has loaded what it needed to say so.
  return JSON.parse(/^loaded (.*)$/m.exec(stderr)![1]!) as string[];
}

const HEAVY =
  /@langchain|node_modules\/pg[/-]|\/undici\/|node_modules\/openai\/|better-sqlite3|compute-engine|gpt-tokenizer/;

test.each(["--help", "validate graphs/distill.yaml", "validate graphs/stage-two.yaml"])(
  "mezzo %s loads neither LangGraph nor the model client nor the store",
  async (line) => {
    const files = await filesOf(...line.split(" "));
    expect(files.some((file) => file.endsWith("src/cli/main.ts"))).toBe(true);
    expect(files.filter((file) => HEAVY.test(file))).toEqual([]);
  },
);

test("a run's worker loads them, so that the names looked for are the right ones", async () => {
  const worker = join(ROOT, "dist/worker.js");
  const { stderr } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, "loads.ts"), worker], {
    maxBuffer: 64 * 1024 * 1024,
  }).catch((ended: { stderr: string }) => ended);
  expect(stderr).toMatch(/@langchain\/langgraph/);
});

test("a command on a file loads no client of PostgreSQL, and one on a server no SQLite", async () => {
  const [onFile, onServer] = await Promise.all([
    filesOf("status", "--store", "nowhere.db"),
    filesOf("status", "--store", "postgres://nobody@127.0.0.1:1/none"),
  ]);
  expect(onFile.filter((file) => /node_modules\/pg[/-]/.test(file))).toEqual([]);
  expect(onServer.some((file) => /node_modules\/pg\//.test(file))).toBe(true);
  expect(onServer.filter((file) => /better-sqlite3/.test(file))).toEqual([]);
});

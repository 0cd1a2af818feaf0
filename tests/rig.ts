/**
 * What tests of whole runs stand on: a folder of their own, a graph, samples, a model server that can be scripted, and
 * the command line run as a user runs it.
 *
 * The story behind the samples: everyone counts apples. A trace carries a version; the rewriter raises it by one; the
 * judge is content with the version that the sample's number asks for. So the way of each sample, and the number of
 * calls it needs, can be told without Mezzo (`expectedWay`).
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach } from "vitest";
import { type LocalMockServer, type MockHandler, type MockOptions, startMockServer } from "./mock-server.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Going {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves as soon as stderr holds this. */
  says(words: string): Promise<void>;
  /** All that stderr holds so far. */
  said(): string;
}

export class Rig {
  readonly folder: string;
  readonly #open: (() => Promise<unknown>)[] = [];

  constructor(folder: string) {
    this.folder = folder;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async write(name: string, content: string): Promise<string> {
    await mkdir(dirname(this.path(name)), { recursive: true });
    await writeFile(this.path(name), content);
    return this.path(name);
  }

  read(name: string): Promise<string> {
    return readFile(this.path(name), "utf8");
  }

  /** Objects of a JSONL file. */
  async rows<T>(name: string): Promise<T[]> {
    return (await this.read(name))
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as T);
  }

  /** graphs/distill.yaml with its models at this address, under the names teacher, rewriter, judge. */
  async distillAt(url: string, more = ""): Promise<string> {
    const text = await readFile(join(ROOT, "graphs/distill.yaml"), "utf8");
    const real = text.replace(
      /^ {2}(teacher|rewriter|judge): \{ provider: baseline \}$/gm,
      (_line, role: string) => `  ${role}: { provider: openai, model: ${role}, baseUrl: "${url}"${more} }`,
    );
    if (real === text) throw new Error("graphs/distill.yaml no longer has the lines that this replaces");
    for (const prompt of [
      "collect",
      "long-to-short",
      "judge",
      "expand",
      "expand-marked",
      "condense",
      "condense-marked",
      "verify",
      "accept",
    ]) {
      await this.write(`prompts/${prompt}.md`, await readFile(join(ROOT, `prompts/${prompt}.md`), "utf8"));
    }
    return this.write("graphs/distill.yaml", real);
  }

  /** A server that answers as the story goes. */
  async serve(options: MockOptions = {}, reply: MockHandler = appleReply): Promise<LocalMockServer> {
    const server = await startMockServer({ ...options, reply });
    this.#open.push(() => server.close());
    return server;
  }

  /** Starts the built program in this folder. */
  start(...args: string[]): Going {
    return this.startWith({}, ...args);
  }

  startWith(options: { env?: Record<string, string>; stdin?: string }, ...args: string[]): Going {
    const child = spawn(process.execPath, [join(ROOT, "dist/launch.js"), ...args], {
      cwd: this.folder,
      // Whoever runs the tests came through npm; the person in the story did not.
      env: { ...process.env, npm_command: undefined, NO_COLOR: "1", FORCE_COLOR: "0", ...options.env },
      stdio: [options.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    child.stdin?.end(options.stdin);
    this.#open.push(async () => child.kill("SIGKILL"));
    let stdout = "";
    let stderr = "";
    const waiting = new Set<() => void>();
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      for (const look of waiting) look();
    });
    const ended = new Promise<Ended>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
    });
    const says = (words: string) =>
      new Promise<void>((resolve, reject) => {
        const look = () => {
          if (!stderr.includes(words)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        ended.then(() => reject(new Error(`it ended without saying "${words}":\n${stderr}`)), reject);
        look();
      });
    return { child, ended, says, said: () => stderr };
  }

  /** Runs the built program to its end. */
  mezzo(...args: string[]): Promise<Ended> {
    return this.start(...args).ended;
  }

  /** Runs a command with --json and parses what it prints. */
  async json<T>(...args: string[]): Promise<T> {
    const ended = await this.mezzo(...args, "--json");
    if (ended.code !== 0) throw new Error(`mezzo ${args.join(" ")} ended with ${ended.code}:\n${ended.stderr}`);
    return JSON.parse(ended.stdout) as T;
  }

  async close(): Promise<void> {
    for (const close of this.#open.reverse()) await close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

const rigs: Rig[] = [];
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close();
});

/** A fresh folder; it, its servers and its processes are gone after the test. */
export async function makeRig(): Promise<Rig> {
  const rig = new Rig(await mkdtemp(join(tmpdir(), "mezzo-test-")));
  rigs.push(rig);
  return rig;
}

export interface AppleSample {
  readonly id: string;
  readonly problem: string;
  readonly answer: string;
  readonly trace?: string;
}

/** Sample number n: every third comes without a trace, every fifth of the others with a long one. */
export function appleSample(n: number): AppleSample {
  const [a, b] = [10 + (n % 80), 3 + (n % 50)];
  const problem = `Sample ${n}: Lena has ${a} apples and buys ${b} more apples. How many apples does she have now?`;
  const sample = { id: `apple-${n}`, problem, answer: String(a + b) };
  if (n % 3 === 0) return sample;
  return { ...sample, trace: appleTrace(n, 0, n % 5 === 0 ? 160 : 1) };
}

export function appleRows(count: number): string {
  return Array.from({ length: count }, (_, n) => `${JSON.stringify(appleSample(n))}\n`).join("");
}

/** A trace of some version; `lines` of idle talk make it long. */
export function appleTrace(n: number, version: number, lines = 1): string {
  const [a, b] = [10 + (n % 80), 3 + (n % 50)];
  const talk = Array.from(
    { length: lines },
    (_, i) => `Wait, let me count the apples of sample ${n} once more, line ${i}.`,
  );
  return [
    `Sample ${n}, version ${version}: Lena has ${a} apples and buys ${b} more apples.`,
    ...talk,
    `So she has ${a} + ${b} = ${a + b} apples.`,
    `The answer is \\boxed{${a + b}}.`,
  ].join("\n\n");
}

/** How many rewrites in the loop the judge wants to see: 0 to 3, by the sample's number. */
export function wantedVersions(n: number): number {
  return [0, 0, 1, 2, 0, 3][n % 6]!;
}

const isLong = (sample: AppleSample) => (sample.trace?.length ?? 0) > 4_000;

/** The steps and calls of one sample, told from the story alone: votes stop at two alike of 3, and at three of 5. */
export function expectedWay(n: number): { steps: string[]; calls: number } {
  const sample = appleSample(n);
  const steps: string[] = [];
  let calls = 0;
  const step = (name: string, asks: number) => {
    steps.push(name);
    calls += asks;
  };
  let version = 0;
  if (sample.trace === undefined) step("collect", 1);
  if (isLong(sample)) {
    step("long-to-short", 1);
    version += 1;
  }
  step("judge", 2);
  while (version < wantedVersions(n)) {
    step(n % 2 === 0 ? "expand" : "condense", 1);
    version += 1;
    step("verify", 1);
  }
  step("accept", 3);
  return { steps, calls };
}

/** Answers as teacher, rewriter and judge, by the model's name and the words of the request alone. */
export const appleReply: MockHandler = (request) => {
  const n = Number(/Sample (\d+)/.exec(request.text)?.[1]);
  const version = Number(/Sample \d+, version (\d+)/.exec(request.text)?.[1] ?? -1);
  if (request.model === "teacher") return appleTrace(n, 0);
  if (request.model === "rewriter") return appleTrace(n, version + 1);
  const fits = version >= wantedVersions(n);
  const rating = fits ? "medium" : n % 2 === 0 ? "easy" : "hard";
  const reason = fits ? "Each step follows from the one before." : `Version ${version} is not there yet.`;
  const verdict = { rating, reason, step: fits ? null : 2, missing: null, surplus: null, confidence: 0.9 };
  return JSON.stringify(verdict);
};

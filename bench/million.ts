/**
 * Does anything grow with the data set? Many short samples through a two-node graph with the simulated model.
 *
 *   node bench/million.ts [--samples 1000000]
 *
 * Memory of the whole process, sampled each second, at a tenth of the way and at its highest; then the time to the
 * first line of `status`, `inspect` and `export` of that run. Needs the build (`npm run build`).
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { sampleNumber } from "./engine/story.ts";

const at = process.argv.indexOf("--samples");
const samples = at < 0 ? 1_000_000 : Number(process.argv[at + 1]);
const program = new URL("../dist/launch.js", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "mezzo-million-"));
const graph = join(folder, "two.yaml");
const store = join(folder, "mezzo.db");
writeFileSync(
  join(folder, "write.md"),
  "---\npurpose: collect\nvariables: [problem, answer]\n---\nSolve: {{ problem }} ({{ answer }})\n",
);
writeFileSync(
  join(folder, "judge.md"),
  "---\npurpose: judge\nvariables: [trace]\nreply: verdict\n---\nJudge: {{ trace }}\n",
);
writeFileSync(
  graph,
  `graph: two
student: { name: Qwen2.5-7B-Instruct, size: 7B }
models: { any: { provider: simulated, replyTokens: 40 } }
state:
  problem: string
  answer: { type: string, optional: true }
  trace: { type: string, optional: true }
  rating: { enum: [easy, medium, hard], optional: true }
start: write
nodes:
  write: { kind: generate, model: any, prompt: write.md, writes: trace, then: judge }
  judge: { kind: rate, model: any, prompt: judge.md, writes: rating, then: { medium: accepted, easy: rejected, hard: rejected } }
`,
);

const began = performance.now();
const child = spawn(
  process.execPath,
  [program, "run", graph, "--input", "-", "--run", "many", "--store", store, "--in-flight", "256"],
  {
    stdio: ["pipe", "ignore", "inherit"],
  },
);
Readable.from(rows()).pipe(child.stdin!);
let highest = 0;
let early = 0;
const watch = setInterval(() => {
  const mb = rss(child.pid!);
  highest = Math.max(highest, mb);
  if (early === 0 && performance.now() - began > 20_000) early = mb;
}, 1_000);
const [code] = (await once(child, "exit")) as [number];
clearInterval(watch);
const seconds = (performance.now() - began) / 1000;
const lines = {
  status: await firstLine("status", "many", "--store", store),
  inspect: await firstLine("inspect", "many", "--store", store),
  export: await firstLine("export", "many", "--format", "messages", "--out", "-", "--store", store),
};
const storeMb = statSync(store).size / 2 ** 20;
const figures = {
  samples,
  code,
  seconds: Math.round(seconds),
  earlyMb: Math.round(early),
  highestMb: Math.round(highest),
  firstLineMs: lines,
  storeMb: Math.round(storeMb),
};
console.log(JSON.stringify({ bench: "million", ...figures }));
console.error(
  `${samples.toLocaleString("en-US")} samples in ${figures.seconds} s (${Math.round(samples / seconds)}/s): ${figures.earlyMb} MB early, at most ${figures.highestMb} MB; ` +
    `first line of status ${lines.status} ms, inspect ${lines.inspect} ms, export ${lines.export} ms; store ${figures.storeMb} MB`,
);
rmSync(folder, { recursive: true });

function* rows(): Generator<string> {
  let block = "";
  for (let n = 0; n < samples; n++) {
    block += `${JSON.stringify(sampleNumber(n))}\n`;
    if (block.length < 60_000) continue;
    yield block;
    block = "";
  }
  yield block;
}

function rss(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0; // It has just ended.
  }
}

async function firstLine(...args: string[]): Promise<number> {
  const start = performance.now();
  const reader = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "ignore"] });
  await once(reader.stdout!, "data");
  const ms = Math.round(performance.now() - start);
  reader.kill("SIGKILL");
  return ms;
}

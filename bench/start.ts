/**
 * How long until something happens? Whole processes, medians of several runs, in turn:
 *
 *   node bench/start.ts [--runs 7]
 *
 * `mezzo --help` and `mezzo validate` against bare `node -e 0`; and from the start of `mezzo run` to the first request
 * that a server sees; and what a worker that waits takes: the memory of a run with three workers, two of which have
 * nothing to do, over that of one with one. Needs the build (`npm run build`).
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { sampleNumber } from "./engine/story.ts";

const runs = Number(process.argv[process.argv.indexOf("--runs") + 1] || 7) || 7;
const program = new URL("../dist/launch.js", import.meta.url).pathname;
const graph = new URL("../graphs/distill.yaml", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "mezzo-start-"));
const input = join(folder, "in.jsonl");
writeFileSync(input, `${JSON.stringify(sampleNumber(1))}\n`);

const timed = (...args: string[]) => {
  const began = performance.now();
  spawnSync(process.execPath, args, { stdio: "ignore" });
  return performance.now() - began;
};
const bare: number[] = [];
const help: number[] = [];
const validate: number[] = [];
const first: number[] = [];
for (let n = 0; n <= runs; n++) {
  const round = [timed("-e", "0"), timed(program, "--help"), timed(program, "validate", graph), await firstRequest(n)];
  if (n === 0) continue; // The first round fills the disk cache and the compile cache.
  for (const [at, list] of [bare, help, validate, first].entries()) list.push(round[at]!);
}
const idleWorkerMb = Math.round(((await memoryWith(3)) - (await memoryWith(1))) / 2);
rmSync(folder, { recursive: true });
const median = (values: number[]) => Math.round([...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!);
const figures = {
  bareMs: median(bare),
  helpMs: median(help),
  helpOverBareMs: median(help) - median(bare),
  validateMs: median(validate),
  firstRequestMs: median(first),
  idleWorkerMb,
};
console.log(JSON.stringify({ bench: "start", runs, ...figures }));
console.error(
  `bare node ${figures.bareMs} ms, mezzo --help ${figures.helpOverBareMs} ms over it, validate ${figures.validateMs} ms, first request of a run after ${figures.firstRequestMs} ms, an idle worker ${idleWorkerMb} MB`,
);

async function firstRequest(n: number): Promise<number> {
  const server = createServer((_request, response) => response.writeHead(401).end("{}"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const asked = once(server, "request");
  const set = ["teacher", "rewriter", "judge"].flatMap((role) => [
    "--set",
    `models.${role}={ provider: openai, model: ${role}, baseUrl: "http://127.0.0.1:${port}/v1" }`,
  ]);
  const began = performance.now();
  const store = join(folder, `${n}.db`);
  const child = spawn(process.execPath, [program, "run", graph, "--input", input, "--store", store, ...set], {
    stdio: "ignore",
  });
  await asked;
  const ms = performance.now() - began;
  await once(child, "exit");
  server.close();
  return ms;
}

/** Megabytes of a process with so many workers, a few seconds after its one sample began to wait for an answer. */
async function memoryWith(workers: number): Promise<number> {
  const set = ["teacher", "rewriter", "judge"].flatMap((role) => [
    ...["--set", `models.${role}.provider=simulated`],
    ...["--set", `models.${role}.latencyMs=60000`],
  ]);
  const words = ["run", graph, "--input", input, "--workers", String(workers), ...set];
  const child = spawn(process.execPath, [program, ...words, "--store", join(folder, `idle-${workers}.db`)], {
    stdio: "ignore",
  });
  await sleep(4000);
  const pages = Number(readFileSync(`/proc/${child.pid}/statm`, "utf8").split(" ")[1]);
  child.kill("SIGKILL");
  await once(child, "exit");
  return (pages * 4096) / 1e6;
}

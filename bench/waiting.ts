/**
 * Is the engine ever what the user waits for?
 *
 *   node bench/waiting.ts
 *
 * 300 samples at once at 1 s a call: wall time from the first request to the last reply, and from the start of the
 * process, beside bare HTTP (wire) doing the same; the longest way is 8 calls, so 8 s is ideal. Then 2,000 in flight at
 * 10 s a call: requests a second over half a minute against the ideal of 200, peak memory, and how late timers in the
 * main thread come (p99), which is what progress, Ctrl-C and the studio feel.
 */
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { wire } from "./engine/contestants.ts";
import { openMezzo, planAt } from "./engine/mezzo.ts";

interface Counts {
  readonly requests: number;
  readonly peak: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

if (process.send !== undefined) {
  const [name, url, count, inFlight] = process.argv.slice(2) as [string, string, string, string];
  await contest(name, { url, count: Number(count), inFlight: Number(inFlight) });
  process.exit(0);
}

const short = await atOnce();
const long = await inFlight2000();
console.log(JSON.stringify({ bench: "waiting", short, long }));

async function atOnce() {
  const { url, counts, stop } = await serve(1000);
  const figures: Record<string, { fromFirst: number; whole: number }> = {};
  for (const name of ["wire", "mezzo"]) {
    const began = Date.now();
    const child = fork(new URL(import.meta.url), [name, url, "300", "300"]);
    await once(child, "exit");
    const { firstAt, lastAt } = await counts();
    figures[name] = { fromFirst: (lastAt - firstAt) / 1000, whole: (Date.now() - began) / 1000 };
  }
  stop();
  const ratio = (key: "fromFirst" | "whole") => Number((figures.mezzo![key] / figures.wire![key]).toFixed(3));
  console.error(
    `300 at once, 1 s a call: wire ${figures.wire!.fromFirst.toFixed(1)} s, mezzo ${figures.mezzo!.fromFirst.toFixed(1)} s from the first request ` +
      `(${ratio("fromFirst")} x); with start-up ${figures.wire!.whole.toFixed(1)} and ${figures.mezzo!.whole.toFixed(1)} s (${ratio("whole")} x)`,
  );
  return { ...figures, ratioFromFirst: ratio("fromFirst"), ratioWhole: ratio("whole") };
}

async function inFlight2000() {
  const { url, counts, stop } = await serve(10_000);
  const child = fork(new URL(import.meta.url), ["mezzo", url, "8000", "2000"]);
  const facts: { delayP99Ms?: number; peakMb?: number } = {};
  child.on("message", (message) => Object.assign(facts, message));
  await sleep(25_000);
  await counts();
  await sleep(30_000);
  const { requests, peak } = await counts();
  await sleep(1_500);
  child.kill("SIGKILL");
  stop();
  const share = Number((requests / 30 / 200).toFixed(3));
  console.error(
    `2,000 in flight, 10 s a call: ${(requests / 30).toFixed(0)} requests/s of an ideal 200 (${(100 * share).toFixed(0)} %), ${peak} at once, ` +
      `peak memory ${facts.peakMb?.toFixed(0)} MB, main thread late by ${facts.delayP99Ms?.toFixed(1)} ms (p99)`,
  );
  return { share, peak, ...facts };
}

async function serve(latencyMs: number) {
  const server = spawn(process.execPath, [new URL("./engine/server.ts", import.meta.url).pathname, String(latencyMs)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [port] = (await once(server.stdout, "data")) as [Buffer];
  const origin = `http://127.0.0.1:${String(port).trim()}`;
  return {
    url: `${origin}/v1`,
    /** Counts since the last look. */
    counts: async () => (await (await fetch(`${origin}/counts`)).json()) as Counts,
    stop: () => void server.kill(),
  };
}

async function contest(name: string, options: { url: string; count: number; inFlight: number }): Promise<void> {
  const { url, count, inFlight } = options;
  if (name === "wire") return wire({ url, from: 0, count, inFlight });
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  setInterval(() => {
    const peakKb = Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? 0);
    process.send!({ delayP99Ms: delay.percentile(99) / 1e6 - 5, peakMb: peakKb / 1024 });
  }, 1_000).unref();
  const bench = await openMezzo(
    planAt(url, [
      `models.teacher.inFlight=${inFlight}`,
      `models.rewriter.inFlight=${inFlight}`,
      `models.judge.inFlight=${inFlight}`,
    ]),
    { inFlight, workers: 2 },
  );
  await bench.run(count, { after: 0, then: () => undefined });
  await bench.close();
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

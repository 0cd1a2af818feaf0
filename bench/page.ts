/**
 * Does the page hold at 100,000 samples? `node bench/page.ts [samples] [store] [--minutes 2]`, in a real browser:
 *
 *   scripts   compressed size of what the first view loads
 *   first     from the address to graph, charts and rows on the screen; then a filter, a sample, the next sample
 *   scroll    the longest task, and how many are over 50 ms, while someone scrolls and drags through the whole list
 *   memory    the page's heap after so many minutes beside a run that goes on
 *
 * A store that is named is kept and used again (`bench/studio.ts` makes the same). The program must be built.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import { openGraph } from "../src/graph/open.ts";
import { openSqliteStore } from "../src/store/sqlite.ts";
import { openBrowser, openContext } from "../tests/studio/browser.ts";
import { makeRun } from "./studio/made-run.ts";

const flags = process.argv.slice(2);
const minutes = flags.includes("--minutes") ? Number(flags.splice(flags.indexOf("--minutes"), 2)[1]) : 2;
const samples = Number(flags[0] ?? 100_000);
const root = resolve(import.meta.dirname, "..");
const launch = join(root, "dist/launch.js");
const folder = mkdtempSync(join(tmpdir(), "mezzo-page-"));
const store = resolve(flags[1] ?? join(folder, "made.db"));

const round = (value: number) => Math.round(value * 10) / 10;

async function make(): Promise<void> {
  if (existsSync(store)) return;
  const plan = openGraph(join(root, "graphs/distill.yaml"), { env: {} }).plan!;
  const open = openSqliteStore({ path: store });
  await makeRun(open, { run: "big", plan, samples, seed: 1, chars: 1_500 });
  await open.close();
}

function startStudio(path: string) {
  const child = spawn(process.execPath, [launch, "studio", "--port", "0", "--store", path], {
    cwd: folder,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const url = new Promise<string>((done) => child.stdout.once("data", (text: Buffer) => done(text.toString().trim())));
  return { child, url };
}

const took = async (act: () => Promise<unknown>) => {
  const began = performance.now();
  await act();
  return round(performance.now() - began);
};
const rows = (page: Page) => page.locator(".sample-list tbody .id a").first().waitFor();

async function looks(page: Page, url: string) {
  const sizes: Promise<number>[] = [];
  page.on("requestfinished", (request) => {
    if (!request.url().endsWith(".js")) return;
    sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
  });
  const complete = async () => {
    await rows(page);
    await page.locator("[data-edge]").first().waitFor();
    await page.locator(".plot canvas").first().waitFor();
  };
  const first = await took(async () => {
    await page.goto(`${url}runs/big`, { waitUntil: "commit" });
    await complete();
  });
  const scripts = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  const again = await took(async () => {
    await page.reload({ waitUntil: "commit" });
    await complete();
  });
  const total = () => page.locator(".filters .total").textContent();
  const changes = async (act: () => Promise<unknown>) => {
    const before = await total();
    await act();
    while ((await total()) === before) await sleep(5);
    await rows(page);
  };
  const filter = await took(() => changes(() => page.locator(".outcomes button", { hasText: "exhausted" }).click()));
  const node = await took(() => changes(() => page.locator('[data-node="expand"]').click()));
  const sample = await took(async () => {
    await page.locator(".sample-list tbody .id a").first().click();
    await page.locator(".trace-row .text").first().waitFor();
  });
  const next = await took(async () => {
    const before = page.url();
    await page.keyboard.press("j");
    while (page.url() === before) await sleep(5);
    await page.locator(".trace-row .text").first().waitFor();
  });
  return { scriptsKb: round(scripts / 1_000), first, again, filter, node, sample, next };
}

/** Half a minute of a restless reader: the wheel, then the scroll bar to and fro. */
async function scrolls(page: Page, url: string) {
  await page.goto(`${url}runs/big`);
  await rows(page);
  await sleep(1_000);
  await page.evaluate(`
    window.tasks = [];
    new PerformanceObserver((list) => { for (const task of list.getEntries()) window.tasks.push(task.duration); })
      .observe({ type: "longtask" });
  `);
  await page.locator(".sample-list .scroller").hover();
  for (let n = 0; n < 300; n++) {
    await page.mouse.wheel(0, 400 + n * 10);
    await sleep(16);
  }
  for (let n = 0; n < 60; n++) {
    const part = ((n * 37) % 100) / 100;
    await page.evaluate(
      `{ const list = document.querySelector(".sample-list .scroller"); list.scrollTop = ${part} * list.scrollHeight }`,
    );
    await sleep(80);
  }
  await rows(page);
  const tasks = (await page.evaluate("window.tasks")) as number[];
  return { longestTaskMs: round(Math.max(0, ...tasks)), tasksOver50Ms: tasks.length };
}

/** A run of the baseline beside an open page: it is shown at most ten times a second, for as long as it takes. */
async function remembers(page: Page) {
  const lines = Array.from({ length: 60_000 }, (_, n) => {
    const trace = `We add ${n} and 1.\n\nWait, let me check that again: ${n} + 1.\n\nSo the sum is ${n + 1}.\n\nThe answer is \\boxed{${n + 1}}.`;
    return `${JSON.stringify({ id: `n-${n}`, problem: `What is ${n} + 1?`, answer: String(n + 1), trace })}\n`;
  });
  writeFileSync(join(folder, "rows.jsonl"), lines.join(""));
  const live = join(folder, "live.db");
  const studio = startStudio(live);
  const graph = join(root, "graphs/distill.yaml");
  const args = [launch, "run", graph, "--input", "rows.jsonl", "--run", "live", "--store", live];
  const running = spawn(process.execPath, args, { cwd: folder, stdio: "ignore" });
  const cdp = await page.context().newCDPSession(page);
  const heap = async () => {
    await cdp.send("HeapProfiler.collectGarbage");
    const { metrics } = await cdp.send("Performance.getMetrics");
    return round(metrics.find(({ name }) => name === "JSHeapUsedSize")!.value / 1e6);
  };
  await cdp.send("Performance.enable");
  const url = await studio.url;
  await sleep(4_000);
  await page.goto(`${url}runs/live`);
  await rows(page);
  const atFirst = await heap();
  await sleep(minutes * 60_000);
  const atLast = await heap();
  running.kill("SIGKILL");
  studio.child.kill("SIGINT");
  return { minutes, heapMb: { atFirst, atLast } };
}

const studio = { child: undefined as ReturnType<typeof spawn> | undefined };
const browser = await openBrowser();
try {
  await make();
  const { child, url } = startStudio(store);
  studio.child = child;
  const page = await (await openContext(browser)).newPage();
  const figures = { samples, ...(await looks(page, await url)), ...(await scrolls(page, await url)) };
  child.kill("SIGINT");
  const memory = minutes > 0 ? await remembers(page) : undefined;
  console.log(JSON.stringify({ ...figures, memory }));
  console.log(
    [
      `scripts of the first view ${figures.scriptsKb} kB, complete after ${figures.first} ms (again: ${figures.again} ms)`,
      `filter by outcome ${figures.filter} ms, by node ${figures.node} ms; a sample ${figures.sample} ms, the next ${figures.next} ms`,
      `scrolling: longest task ${figures.longestTaskMs} ms, ${figures.tasksOver50Ms} over 50 ms`,
      memory === undefined
        ? ""
        : `heap ${memory.heapMb.atFirst} MB at first, ${memory.heapMb.atLast} MB after ${memory.minutes} minutes of a run`,
    ].join("\n"),
  );
} finally {
  studio.child?.kill("SIGINT");
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}

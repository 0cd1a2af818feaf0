/**
 * What a person waits for, in a real browser: the first view of a large run, a filter, a sample; whether scrolling through all
 * samples ever stops the page; how much a page that listens grows.
 */
import type { Browser, Page } from "playwright-core";
import { openBrowser, openContext } from "../../tests/studio/browser.ts";

export interface InBrowser {
  /** From the address to graph, counters and rows on the screen; the median of five, each with an empty cache. */
  readonly firstViewMs: number;
  readonly firstViewJsKb: number;
  readonly filterMs: number;
  readonly sampleMs: number;
  /** While the list is scrolled from its beginning to its end. */
  readonly longestTaskMs: number;
  readonly heapMbBefore: number;
  readonly heapMbAfter: number;
}

const ROW_LINK = ".sample-list tbody a";
/** Waiting is done by the page itself: its policy lets nobody evaluate a text, playwright's `waitForFunction` neither. */
const COMPLETE = "bench.until(bench.isComplete)";
const SAMPLE_THERE = "bench.until(() => document.querySelector('.sample-page .way-strip li'))";

/** Runs in the page. */
const IN_PAGE = `window.bench = {
  rows: () => document.querySelector(".sample-list tbody")?.textContent ?? "…",
  total: () => document.querySelector(".filters .total")?.textContent,
  isComplete: () =>
    document.querySelectorAll(".sample-list tbody tr").length > 8 &&
    document.querySelectorAll(".react-flow__node").length > 5 &&
    document.querySelectorAll(".react-flow__edge").length > 5 &&
    !bench.rows().includes("…"),
  until: async (is) => {
    for (let i = 0; i < 1_000; i++) {
      if (is()) return;
      await new Promise(requestAnimationFrame);
    }
    throw new Error("nothing comes: " + location.href);
  },
  jsBytes: () => performance.getEntriesByType("resource")
    .filter(({ name }) => name.endsWith(".js")).reduce((sum, entry) => sum + entry.encodedBodySize, 0),
  // By its address, as a click on a facet changes it, until the number of samples is another and the rows are there.
  change: async (search) => {
    const [before, began] = [bench.total(), performance.now()];
    history.pushState(null, "", location.pathname + search);
    dispatchEvent(new PopStateEvent("popstate"));
    while (bench.total() === before || bench.rows().includes("…")) {
      await new Promise(requestAnimationFrame);
      if (performance.now() - began > 10_000) throw new Error("the list does not change");
    }
    return performance.now() - began;
  },
  // Some of it slowly, as with a wheel; the rest as the bar is dragged.
  scroll: async () => {
    let longest = 0;
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
    });
    observer.observe({ type: "longtask" });
    const list = document.querySelector(".sample-list .scroller");
    for (let i = 0; i <= 300; i++) {
      list.scrollTop = i < 150 ? i * 120 : ((i - 150) / 150) * list.scrollHeight;
      await new Promise(requestAnimationFrame);
    }
    await new Promise((done) => setTimeout(done, 500));
    observer.disconnect();
    return longest;
  },
}`;

export async function inBrowser(url: string, run: string, whileListening: () => Promise<void>): Promise<InBrowser> {
  const browser = await openBrowser();
  try {
    const firsts: { ms: number; kb: number }[] = [];
    for (let i = 0; i < 5; i++) firsts.push(await firstView(browser, `${url}/runs/${run}`));
    const page = await newPage(browser);
    await page.goto(`${url}/runs/${run}`);
    await page.evaluate(COMPLETE);
    const longestTaskMs = Math.round(await page.evaluate<number>("bench.scroll()"));
    const filterMs = await medianOf(5, (n) => filter(page, n));
    const sampleMs = await medianOf(5, (n) => openSample(page, n));
    await page.goto(`${url}/runs/${run}`);
    await page.evaluate(COMPLETE);
    const heapMbBefore = await heapOf(page);
    await whileListening();
    const heapMbAfter = await heapOf(page);
    firsts.sort((a, b) => a.ms - b.ms);
    return {
      ...{ firstViewMs: firsts[2]!.ms, firstViewJsKb: firsts[2]!.kb, filterMs, sampleMs, longestTaskMs },
      ...{ heapMbBefore, heapMbAfter },
    };
  } finally {
    await browser.close();
  }
}

async function firstView(browser: Browser, address: string): Promise<{ ms: number; kb: number }> {
  const page = await newPage(browser);
  const began = performance.now();
  await page.goto(address, { waitUntil: "commit" });
  await page.evaluate(COMPLETE);
  const ms = Math.round(performance.now() - began);
  const bytes = await page.evaluate<number>("bench.jsBytes()");
  await page.context().close();
  return { ms, kb: Math.round(bytes / 1_000) };
}

async function newPage(browser: Browser): Promise<Page> {
  const page = await (await openContext(browser)).newPage();
  await page.addInitScript(IN_PAGE);
  return page;
}

/** Another one each time: no answer is there already. */
async function filter(page: Page, n: number): Promise<number> {
  const took = await page.evaluate<number>(`bench.change("?rating=hard&roundsMin=${n + 1}")`);
  await page.evaluate('bench.change("")');
  return took;
}

async function openSample(page: Page, n: number): Promise<number> {
  const row = page.locator(ROW_LINK).nth(n);
  await row.waitFor();
  const began = performance.now();
  await row.click();
  await page.evaluate(SAMPLE_THERE);
  const took = performance.now() - began;
  await page.goBack();
  await page.evaluate(COMPLETE);
  return took;
}

async function heapOf(page: Page): Promise<number> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("HeapProfiler.enable");
  await devtools.send("HeapProfiler.collectGarbage");
  const { usedSize } = await devtools.send("Runtime.getHeapUsage");
  await devtools.detach();
  return Math.round(usedSize / 1e5) / 10;
}

async function medianOf(times: number, measure: (n: number) => Promise<number>): Promise<number> {
  const took: number[] = [];
  for (let n = 0; n < times; n++) took.push(await measure(n));
  return Math.round(took.sort((a, b) => a - b)[Math.floor(times / 2)]!);
}

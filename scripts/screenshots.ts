/**
 * Takes the pictures of the studio in docs/images: `node scripts/screenshots.ts [folder]`. The program must be built. Each page at
 * two widths and in both themes: a run that goes on at the tests' model server, a sample of the bundled run, the editor in
 * the middle of an edit. Look at them before they are committed: that is what they are for.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, Page } from "playwright-core";
import { drawFrom } from "../tests/mock-replies.ts";
import { type MockHandler, startMockServer } from "../tests/mock-server.ts";
import { openBrowser, openContext } from "../tests/studio/browser.ts";

const root = resolve(import.meta.dirname, "..");
const launch = join(root, "dist/launch.js");
/** Each picture stays in the repository's history: the narrow dark ones are taken for another folder only. */
const KEPT = join(root, "docs/images");
const out = process.argv[2] === undefined ? KEPT : resolve(process.argv[2]);
const project = mkdtempSync(join(tmpdir(), "mezzo-pictures-"));

const SIZES = { 1440: 900, 800: 1000 } as const;
const QUALITY = 75;

const PAGES: Readonly<Record<string, { readonly path: string; readonly prepare?: (page: Page) => Promise<void> }>> = {
  run: { path: "/runs/distill-0412", prepare: (page) => page.locator(".plot canvas").nth(3).waitFor() },
  sample: {
    path: "/runs/bundled/samples/leaky-cistern?step=3&i=3",
    prepare: (page) => page.locator(".trace-row .note").first().waitFor(),
  },
  review: {
    path: "/runs/reviewed/review?sample=two-classes",
    prepare: async (page) => {
      await page.locator(".trace-row .note").waitFor();
      await page.keyboard.press("e");
      await page.getByLabel("Your trace").waitFor();
      await page.keyboard.type("The pupils of 9a have 28*71=1988 points, those of 9b 12*81=972.\n\n");
    },
  },
  editor: { path: "/graphs/graphs%2Fdistill.yaml?run=bundled&sample=leaky-cistern", prepare: edit },
};

/** Someone asks for more votes, and sees what that would do to the run. */
async function edit(page: Page): Promise<void> {
  await page.locator('.echo [data-node="judge"]').click();
  await page.locator(".cm-line", { hasText: "votes: 3" }).click({ position: { x: 70, y: 6 } });
  await page.keyboard.press("End");
  await page.keyboard.press("Backspace");
  await page.keyboard.insertText("5");
  await page.locator(".survey strong").waitFor();
  await page.getByRole("button", { name: "Try", exact: true }).click();
  await page.locator(".result .card").first().waitFor();
}

async function fill(): Promise<void> {
  for (const folder of ["graphs", "prompts"]) cpSync(join(root, folder), join(project, folder), { recursive: true });
  const bundled = ["run", "graphs/distill.yaml", "--input", "graphs/samples.jsonl", "--run", "bundled"];
  execFileSync(process.execPath, [launch, ...bundled], { cwd: project, stdio: "ignore" });
  const reviewed = ["run", "graphs/with-review.yaml", "--input", "graphs/samples.jsonl", "--run", "reviewed"];
  execFileSync(process.execPath, [launch, ...reviewed], { cwd: project, stdio: "ignore" });
}

/** Problems of three kinds, half of them with a chain of their own; the model server draws the rest. */
function rows(): string {
  const kinds = ["math", "code", "science"];
  return Array.from({ length: 2_400 }, (_, n) => {
    const [a, b] = [12 + (n % 83), 3 + (n % 47)];
    const id = `${kinds[n % 3]!.slice(0, 3)}-${String(n).padStart(4, "0")}`;
    const problem = `A shelf holds ${a} books and ${b} more arrive. How many does it hold then?`;
    const steps = Array.from({ length: 1 + (n % 40) * 3 }, (_, at) => `Wait, check line ${at}: ${a} and ${b} again.`);
    const trace = [`${a} + ${b} = ${a + b}.`, ...steps, `The answer is \\boxed{${a + b}}.`].join("\n\n");
    const answer = String(a + b);
    return `${JSON.stringify({ id, problem, answer, domain: kinds[n % 3], ...(n % 4 === 0 ? {} : { trace }) })}\n`;
  }).join("");
}

/** A teacher and a rewriter that can add, and a judge with opinions. */
const reply: MockHandler = (request) => {
  const [, a, b] = /holds (\d+) books and (\d+) more/.exec(request.text) ?? [];
  const sum = Number(a) + Number(b);
  if (request.model !== "judge") {
    return `The shelf holds ${a} books.\n\n${b} more arrive: ${a} + ${b} = ${sum}.\n\nThe answer is \\boxed{${sum}}.`;
  }
  const draw = drawFrom(request.hash);
  const rating = draw < 0.68 ? "medium" : draw < 0.84 ? "easy" : "hard";
  const reason = { medium: "Each step follows.", easy: "The sum is not shown.", hard: "It checks too often." }[rating];
  return JSON.stringify({ rating, reason, step: 2, missing: null, surplus: null, confidence: 0.8 });
};

/** A run that is on its way for as long as the pictures take. */
function startRun(url: string): ChildProcess {
  const price = "price: { inUsdPerMTok: 0.4, outUsdPerMTok: 1.6 }";
  const text = readFileSync(join(root, "graphs/distill.yaml"), "utf8").replace(
    /^ {2}(teacher|rewriter|judge): \{ provider: baseline \}$/gm,
    (_line, role: string) =>
      `  ${role}: { provider: openai, model: ${role}, baseUrl: "${url}", inFlight: 64, ${price} }`,
  );
  writeFileSync(join(project, "graphs/real.yaml"), text);
  writeFileSync(join(project, "shelves.jsonl"), rows());
  const args = ["run", "graphs/real.yaml", "--input", "shelves.jsonl", "--run", "distill-0412", "--budget-usd", "40"];
  return spawn(process.execPath, [launch, ...args], { cwd: project, stdio: "inherit" });
}

async function take(browser: Browser, url: string): Promise<void> {
  for (const [name, { path, prepare }] of Object.entries(PAGES)) {
    for (const [width, height] of Object.entries(SIZES)) {
      for (const colorScheme of ["light", "dark"] as const) {
        if (out === KEPT && width === "800" && colorScheme === "dark") continue;
        const context = await openContext(browser, { viewport: { width: Number(width), height }, colorScheme });
        const page = await context.newPage();
        await page.goto(url + path);
        await prepare?.(page);
        await page.waitForTimeout(600);
        const cdp = await context.newCDPSession(page);
        const { data } = await cdp.send("Page.captureScreenshot", { format: "webp", quality: QUALITY });
        writeFileSync(join(out, `${name}-${width}-${colorScheme}.webp`), Buffer.from(data, "base64"));
        await context.close();
      }
    }
  }
}

mkdirSync(out, { recursive: true });
await fill();
const models = await startMockServer({ latencyMs: 350, spread: 0.6, faults: { "500": 0.003 }, reply });
const run = startRun(models.url);
await sleep(40_000); // It has something to show by then.
const studio = spawn(process.execPath, [launch, "studio", "--port", "0"], {
  cwd: project,
  stdio: ["ignore", "pipe", "inherit"],
});
const browser = await openBrowser();
try {
  const said = await new Promise<Buffer>((done) => studio.stdout.once("data", done));
  await take(browser, said.toString().trim().replace(/\/$/, ""));
} finally {
  await browser.close();
  studio.kill("SIGINT");
  run.kill("SIGKILL");
  await models.close();
  rmSync(project, { recursive: true, force: true });
}

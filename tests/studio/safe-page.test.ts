/** What a page must not do, whatever it is shown: run what a run says, ask anybody else, shut anyone out. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openGraph } from "../../src/graph/open.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import { ATTACKS, everyEvidence, HOSTILE_IDS, HOSTILE_RUN, makeHostileFiles, makeHostileRun } from "./hostile.ts";
import { Studio } from "./studio-rig.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const HOSTILE = encodeURIComponent(HOSTILE_RUN);

let studio: Studio;

beforeAll(async () => {
  studio = await Studio.open(6);
  const models = await studio.rig.serve();
  const graph = await studio.rig.distillAt(models.url);
  for (const run of ["one", "two"]) await studio.rig.mezzo("run", graph, "--input", "samples.jsonl", "--run", run);
  const { plan } = openGraph(graph, { env: {} });
  const store = openSqliteStore({ path: studio.rig.path("state/mezzo.db") });
  await makeHostileRun(store, plan!);
  await askPeople(store);
  await store.close();
  await makeHostileFiles(studio.rig.folder);
  await studio.start();
}, 60_000);

/** As if one sample of each run rested on everything, and a person were asked about others, and had decided on one. */
async function askPeople(store: Store): Promise<void> {
  const rated = { kind: "rate", visit: 9, label: "easy", next: "judge", skipped: [], writes: {}, calls: 0, ms: 1 };
  for (const [run, sample] of [
    ["one", "apple-1"],
    [HOSTILE_RUN, HOSTILE_IDS[7]!],
  ] as const) {
    const { outcome = "failed" } = (await store.findSample(run, sample))!;
    await store.append(run, [
      { type: "sample.reopened", sample, at: 3, was: outcome, next: "judge" },
      { type: "step.finished", sample, at: 4, node: "judge", ...rated, evidence: everyEvidence(ATTACKS.join(" ")) },
    ]);
  }
  const asked = { one: ["apple-5", "apple-4"], [HOSTILE_RUN]: HOSTILE_IDS.slice(2, 4) };
  for (const [run, ids] of Object.entries(asked)) {
    for (const [n, sample] of ids.entries()) {
      const place = { node: "judge", visit: 9 };
      const { outcome = "failed" } = (await store.findSample(run, sample))!;
      await store.append(run, [
        { type: "sample.reopened", sample, at: 5, was: outcome, next: "judge" },
        { type: "review.asked", sample, at: 6, places: [place] },
      ]);
      const said = { decided: "rejected", by: ATTACKS[0], reason: ATTACKS.join("\n"), last: true } as const;
      if (n === 1) await store.append(run, [{ type: "review.decided", sample, at: 7, ...place, ...said }]);
    }
  }
}

afterAll(async () => {
  await studio.close();
});

const PAGES: Readonly<Record<string, string>> = {
  "the runs": "/",
  "the dialog that starts a run": "/?start=1",
  "a run": "/runs/one",
  "a run, filtered": "/runs/one?node=judge&outcome=accepted",
  "a run, with nothing found": "/runs/one?text=nothing+is+called+so",
  "a sample": "/runs/one/samples/apple-5",
  "a sample's calls": "/runs/one/samples/apple-2?view=calls",
  "a sample's fields": "/runs/one/samples/apple-2?view=state",
  "a sample with all that a step may rest on": "/runs/one/samples/apple-1",
  "a review": "/runs/one/review?sample=apple-5",
  "a review, decided": "/runs/one/review?sample=apple-4",
  "two runs": "/compare/one/two",
  "the graphs": "/graphs",
  "the editor": "/graphs/graphs%2Fdistill.yaml",
  "the editor at a prompt": "/graphs/graphs%2Fdistill.yaml?prompt=prompts%2Fjudge.md",
  "a run that is not there": "/runs/nobody",
  "an address that is none": "/no/such/page",
};

describe("every page", () => {
  it("can be read and used by everybody in light and dark, as far as axe can tell", async () => {
    // Only axe's own script needs the policy to look away; everything else is tested under it.
    const { page, go } = await studio.visit({ bypassCSP: true });
    const found: string[] = [];
    for (const [name, path] of Object.entries(PAGES)) {
      await go(path);
      await settled(page);
      await page.evaluate(axe);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        // What is not a matter of colour is the same in both.
        const what = colorScheme === "light" ? {} : { runOnly: ["color-contrast"] };
        const result = (await page.evaluate(`axe.run(document, ${JSON.stringify(what)})`)) as AxeResult;
        for (const { id, nodes } of result.violations) {
          const places = nodes.map(({ target, html }) => `${target} ${html.slice(0, 120)}`);
          found.push(`${name}, ${colorScheme}: ${id} at ${places.slice(0, 3).join(" | ")}`);
        }
      }
    }
    expect(found).toEqual([]);
  }, 180_000);
});

describe("a window of 420 pixels", () => {
  it("shows every page without scrolling sideways", async () => {
    const { page, go } = await studio.visit({ viewport: { width: 420, height: 800 } });
    const wide: string[] = [];
    for (const [name, path] of Object.entries(PAGES)) {
      await go(path);
      await settled(page);
      const width = (await page.evaluate("document.documentElement.scrollWidth")) as number;
      if (width > 420) wide.push(`${name}: ${width}`);
    }
    expect(wide).toEqual([]);
  });
});

interface AxeResult {
  readonly violations: readonly { id: string; nodes: readonly { target: string[]; html: string }[] }[];
}

/** Everything that the page asked for has come, and what that sets off has had its turn. */
async function settled(page: Page): Promise<void> {
  await page.locator("main").first().waitFor();
  await page.locator("[aria-busy], .is-loading").first().waitFor({ state: "hidden" });
  await page.evaluate("new Promise((done) => setTimeout(done, 120))");
}

describe("a hostile run", () => {
  const ids = HOSTILE_IDS.map((id) => (/^\.{1,2}$/.test(id) ? `~${id}` : encodeURIComponent(id)));
  const file = encodeURIComponent("graphs/<img src=x onerror=window.hacked=30>.yaml");
  const prompt = encodeURIComponent("prompts/<script>window.hacked=31<.md");
  const paths = [
    ...["/", `/runs/${HOSTILE}`, `/runs/${HOSTILE}?node=judge&text=${HOSTILE}&domain=${HOSTILE}`],
    ...ids.map((id) => `/runs/${HOSTILE}/samples/${id}?unfold=1&i=1`),
    ...[2, 3].map((at) => `/runs/${HOSTILE}/review?sample=${ids[at]}`),
    ...["calls", "state"].map((view) => `/runs/${HOSTILE}/samples/${ids[0]}?step=1&view=${view}`),
    ...[`/compare/${HOSTILE}/one`, "/graphs", `/graphs/${file}`, `/graphs/${file}?prompt=${prompt}`, "/?start=1"],
    ...[`/graphs/graphs%2Fdistill.yaml?prompt=prompts%2Fjudge.md&run=${HOSTILE}&sample=${ids[3]}`, `/${HOSTILE}`],
  ];

  it("executes nothing and reaches nobody, on any page", async () => {
    const { page, faults, go } = await studio.visit();
    for (const path of paths) {
      await go(path);
      await settled(page);
      if ((await page.evaluate("window.hacked")) !== undefined) faults.push(`${path}: hacked`);
    }
    expect(faults).toEqual([]);
  });

  it("is shown all the same: as text, with what can't be seen made visible", async () => {
    const { page, go } = await studio.visit();
    await go(`/runs/${HOSTILE}/samples/${ids[0]}?alone=1`);
    await page.locator(".trace-view").waitFor();
    const [text] = await page.locator(".trace-view").allInnerTexts();
    expect(text).toContain("<script>window.hacked=1</script>");
    expect(text).toContain("[a link](javascript:window.hacked=5)");
    expect(text).toContain("␛[31mred");
    expect(text).toContain("safe⟨202E⟩gnp.exe");
    await go(`/runs/one/samples/apple-1`);
    await page.locator(".side .tries").first().waitFor();
    const [tried] = await page.locator(".side").allInnerTexts();
    expect(tried).toMatch(/along the masked chain\s+7 of 8/);
    expect(tried).toContain("from paragraph 2 on");
    expect(await page.locator('main a[href^="javascript:"], main img, main iframe').count()).toBe(0);
  });

  it("keeps a trace of five million characters from holding the page up", async () => {
    const { page, go } = await studio.visit();
    await go(`/runs/${HOSTILE}/samples/${ids[3]}?step=1`);
    await page.locator(".trace-row .text").first().waitFor();
    expect(await page.locator(".trace-row").count()).toBeLessThan(200);
    expect(await page.locator(".fold", { hasText: "Show more" }).count()).toBe(1);
  });
});

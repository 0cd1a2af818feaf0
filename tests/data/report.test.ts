import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import type { Evidence, Probe, StepFinished } from "../../src/core/events.ts";
import type { Rating } from "../../src/core/sample.ts";
import { Pairs } from "../../src/data/report/agreement.ts";
import { basesOf } from "../../src/data/report/bases.ts";
import { type RunFacts, reportPage } from "../../src/data/report/page.ts";
import { type ReportedSample, ReportFold } from "../../src/data/report/report.ts";
import { openBrowser, openContext } from "../studio/browser.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const HOSTILE = [
  '<script>alert(1)</script><img src=x onerror="alert(2)">',
  `"><svg onload=alert(3)> ' onmouseover='alert(4)`,
  "</style></table><!-- ]]> &lt; `1` \u202Eevil\u0000\u001b[31m",
];

test("what models and data sets wrote can't change the page's markup, wherever it stands", () => {
  const markup = (text: string) => {
    const page = pageOf(text);
    expect(page).not.toMatch(/[^\P{Cc}\n]|\u202E/u);
    return [...page.matchAll(/<(?:"[^"]*"|[^">])*>/g)].map(([tag]) => tag.replace(/"[^"]*"/g, '""'));
  };
  const harmless = markup("plain");
  expect(harmless.length).toBeGreaterThan(200);
  for (const text of HOSTILE) expect(markup(text)).toEqual(harmless);
});

test("the page can be used by everybody in light and dark, as far as axe can tell, and is no wider than the screen", async () => {
  const browser = await openBrowser();
  try {
    for (const colorScheme of ["light", "dark"] as const) {
      // Only axe's own script needs the policy to look away: the page has none.
      const context = await openContext(browser, {
        colorScheme,
        bypassCSP: true,
        viewport: { width: 800, height: 900 },
      });
      const page = await context.newPage();
      await page.setContent(pageOf("plain words"));
      await page.evaluate(AXE);
      const { violations } = (await page.evaluate("axe.run()")) as { violations: { id: string }[] };
      expect(violations.map(({ id }) => id)).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
      await context.close();
    }
  } finally {
    await browser.close();
  }
});

test("how hard problems are is told by who says so, with the length of the chains that were accepted", () => {
  const fold = new ReportFold();
  const alone = (right: number, tries: number) => ({ right, tries, interval: [0, 1] as const });
  const measured = (level: "always" | "rarely", right: number): Evidence => ({
    restsOn: ["student"],
    difficulty: { from: "student", level, student: "s", alone: alone(right, 7) },
  });
  const step = (evidence: Evidence): StepFinished => ({ ...rate("medium"), kind: "difficulty", evidence });
  const lengths = { tokensBefore: 900, tokensAfter: 300 };
  fold.add(sampleOf({ steps: [step(measured("rarely", 0))], ...lengths }));
  fold.add(sampleOf({ steps: [step(measured("always", 7))], ...lengths }));
  fold.add(sampleOf({ steps: [step(measured("always", 6))], ...lengths, outcome: "exhausted" }));
  const proxy = { from: "proxy", level: "always", field: "cd", value: 1 } as const;
  fold.add(sampleOf({ steps: [step({ restsOn: ["judge"], difficulty: proxy })], ...lengths }));
  const none = { accepted: 1, before: 900, after: 300 };
  expect(fold.result().difficulty).toEqual([
    { from: "student", level: "always", samples: 2, right: 13, tries: 14, ...none },
    { from: "student", level: "rarely", samples: 1, right: 0, tries: 7, ...none },
    { from: "proxy", level: "always", samples: 1, right: 0, tries: 0, ...none },
  ]);
});

test("how accepted chains came to be leaves out a rewrite that was taken back", () => {
  const fold = new ReportFold();
  const tried = [rate("easy"), rewrite("expand"), rate("hard"), rewrite("condense"), rate("medium")];
  fold.add(sampleOf({ steps: [rate("medium")] }));
  fold.add(sampleOf({ steps: tried, shapedBy: ["condense"] }));
  fold.add(sampleOf({ steps: tried, shapedBy: ["expand", "condense"] }));
  fold.add(sampleOf({ steps: [rewrite("long-to-short"), rate("medium")], shapedBy: ["long-to-short"] }));
  expect(fold.result().origins).toEqual({ born: 1, condensed: 1, both: 1, shortened: 1, expanded: 0 });
});

test("reasons that differ in a sample's own words and numbers are counted as one", () => {
  const fold = new ReportFold();
  for (const n of [7, 1_200])
    fold.add(sampleOf({ outcome: "rejected", reason: `it reaches "${n}", the reference is "${n + 1}" (rule ${n})` }));
  const reasons = [{ name: "it reaches …, the reference is …", count: 2 }];
  expect(fold.result().reasons).toEqual([{ outcome: "rejected", reasons }]);
});

test("a run without a student says that its ratings are opinion", () => {
  const fold = new ReportFold();
  fold.add(sampleOf({ steps: [rate("medium")] }));
  const bases = basesOf(fold.result()).map(({ basis }) => basis);
  expect(bases).toEqual(["measurement", "measurement", "opinion", "opinion", "nothing"]);
});

test("tries along a chain that gives its answer away are not counted as success", () => {
  const probe = (found: Probe["found"], right: number) => {
    const chain = { right, tries: 8, interval: [0, 1] as const };
    const evidence = { restsOn: ["student" as const], probe: { student: "s", found, chain, blanks: 1, dropped: 0 } };
    return step("follow", "follow", found, {
      ...evidence,
      probe: { ...evidence.probe, givenAway: [], breaksAt: null },
    });
  };
  const fold = new ReportFold();
  fold.add(sampleOf({ steps: [probe("unable", 1), rewrite("expand"), probe("follows", 8)] }));
  fold.add(sampleOf({ steps: [probe("unable", 1), rewrite("expand"), probe("leaks", 8)] }));
  const { rounds, asked } = fold.result();
  expect(rounds).toMatchObject([
    { probed: 2, followed: 0, leaked: 0, right: 2, tries: 16 },
    { probed: 2, followed: 1, leaked: 1, right: 8, tries: 8 },
  ]);
  expect(asked).toMatchObject({ samples: 2, leaked: 1 });
});

test("kappa is Cohen's, and not defined where nothing can be told", () => {
  const pairs = new Pairs(["yes", "no"]);
  const cells: [string, string, number][] = [
    ["yes", "yes", 20],
    ["yes", "no", 5],
    ["no", "yes", 10],
    ["no", "no", 15],
  ];
  for (const [first, second, times] of cells) for (let n = 0; n < times; n++) pairs.add(first, second);
  expect(pairs.result(false)).toMatchObject({ pairs: 50, agreed: 35, kappa: 0.4 });
  const same = new Pairs(["yes", "no"]);
  same.add("yes", "yes");
  expect(same.result(true)).toMatchObject({ agreed: 1, kappa: null });
});

function pageOf(text: string): string {
  const fold = new ReportFold();
  const words = { reason: text, domain: text };
  fold.add(sampleOf({ ...words, steps: [rate("easy", text), rewrite(text), rate("medium", text)], shapedBy: [text] }));
  const review = { decided: "rejected", by: text, at: 1, seconds: 3 } as const;
  const person = step("review", text, "rejected", { restsOn: ["person"], review });
  fold.add(sampleOf({ ...words, outcome: "undecided", steps: [rate("hard", text), person] }));
  const tokens = { in: 1, out: 1 };
  const node = { node: text, kind: text, models: [text], visits: 1, calls: 1, tokens, costUsd: 1 };
  const named = {
    run: text,
    graph: text,
    description: text,
    plan: text,
    student: text,
    decided: text,
    input: text,
    version: text,
  };
  const facts: RunFacts = {
    ...named,
    at: new Date(0),
    samples: 2,
    forPerson: 1,
    calls: 1,
    tokens,
    costUsd: 1,
    nodes: [node],
  };
  return reportPage(facts, fold.result());
}

function sampleOf(more: Partial<ReportedSample>) {
  const plain = { outcome: "accepted" as const, reason: "", steps: [], shapedBy: [], tokensBefore: 10, tokensAfter: 5 };
  return { ...plain, ...more };
}

function step(kind: string, node: string, label: string, evidence?: Evidence): StepFinished {
  const rest = { next: "judge", skipped: [], writes: {}, calls: 0, ms: 0 };
  return { type: "step.finished", sample: "s", at: 0, node, kind, visit: 1, label, evidence, ...rest };
}

function rewrite(node: string): StepFinished {
  return step("rewrite", node, "written");
}

function rate(rating: Rating, node = "judge"): StepFinished {
  const verdict = { rating, reason: "", step: null, missing: null, surplus: null, confidence: null };
  return step("rate", node, rating, { restsOn: ["rules", "judge"], verdict, votes: [rating, rating] });
}

test("what people decided stands beside what the judge had said of the same chain", () => {
  const fold = new ReportFold();
  const review = (decided: "approved" | "edited" | "rejected", seconds: number) =>
    step("review", "look", decided, { restsOn: ["person"], review: { decided, at: 1, seconds } });
  fold.add(sampleOf({ steps: [rate("medium"), review("approved", 10)] }));
  fold.add(sampleOf({ steps: [rate("medium"), review("edited", 40)] }));
  fold.add(sampleOf({ steps: [rate("hard"), review("rejected", 20)] }));
  fold.add(sampleOf({ steps: [review("approved", 30)] }));
  const { people } = fold.result();
  expect(people).toMatchObject({ decided: { approved: 2, edited: 1, rejected: 1 }, medianSeconds: 30 });
  expect(people.byRating).toEqual([
    { rating: "medium", approved: 1, edited: 1, rejected: 0 },
    { rating: "hard", approved: 0, edited: 0, rejected: 1 },
    { rating: "none", approved: 1, edited: 0, rejected: 0 },
  ]);
  expect(people.agreement).toMatchObject({ pairs: 3, agreed: 2 });
});

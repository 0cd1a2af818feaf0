import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, describe, expect, test } from "vitest";
import { workerFile } from "../../../src/core/worker-file.ts";
import { compareByRules, createGrader, findFinalAnswer } from "../../../src/nodes/answers/index.ts";

const PIECES = [
  "answer ",
  "the answer is ",
  "\\boxed{",
  "\\boxed{}",
  "```\n",
  "\n```",
  "$",
  "$1 + $",
  "(1,",
  "1,000,",
  "=1",
  "\\(",
  "\\[ 1 \\]",
  "so ",
  " ",
  "\n",
  "1. ",
  "\\frac{",
  "Adding a, ",
  "答案",
  "than by 1 ",
  "</think>",
];

/** Each takes milliseconds; what hangs takes minutes. CPU time, since the machine may have other work. */
const MOST_SECONDS = 10;
const secondsSince = (before: NodeJS.CpuUsage) => process.cpuUsage(before).user / 1e6;

describe("text without end", () => {
  test.each(PIECES)("searches five megabytes of %j in passing", (piece) => {
    const text = piece.repeat(5_000_000 / piece.length);
    const begun = process.cpuUsage();
    findFinalAnswer(text);
    expect(secondsSince(begun)).toBeLessThan(MOST_SECONDS);
  });

  test.each(PIECES)("compares an answer made of %j in passing", (piece) => {
    const text = piece.repeat(4000 / piece.length);
    const begun = process.cpuUsage();
    compareByRules(text, `${text}1`);
    compareByRules("5", text);
    expect(secondsSince(begun)).toBeLessThan(MOST_SECONDS);
  });
});

const nested = (open: string, close: string) => {
  let text = "1";
  for (let i = 0; i < 9; i++) text = `${open}${text}, ${text.slice(0, 300)}${close}`;
  return text;
};

describe("answers without end", () => {
  test.each([
    ["a tower of powers", `${"9^{".repeat(50)}9${"}".repeat(50)}`],
    ["factorials of factorials", `9${"!".repeat(500)}`],
    ["a power of a long number", `${"9".repeat(3000)}^{9999}`],
    ["sets of sets", nested("\\{", "\\}")],
    ["brackets", "(".repeat(3000)],
    ["signs", `${"-".repeat(3000)}1`],
    ["roots", "\\sqrt{".repeat(400)],
    ["many signs to choose", `1${" \\pm 1".repeat(300)}`],
    ["a union of hundreds", Array.from({ length: 300 }, (_, at) => `[${at}, ${at}.5]`).join(" \\cup ")],
  ])("judges %s in passing", (_name, text) => {
    const begun = process.cpuUsage();
    for (const other of [`${text} + 1`, "5", "x < 3", "(1, 2)"]) {
      compareByRules(text, other);
      compareByRules(other, text);
    }
    expect(secondsSince(begun)).toBeLessThan(MOST_SECONDS);
  });
});

describe("the algebra's thread", () => {
  const grader = createGrader({ limitMs: 1000 });
  afterAll(() => grader.close());

  test("works out what the rules leave open", async () => {
    expect(await grader.compare("\\frac{1}{3}", "\\int_0^1 t^2 dt")).toMatchObject({
      verdict: "equal",
      rule: "algebra",
    });
    expect(await grader.compare("\\sum_{k=1}^{20} k", "211")).toMatchObject({ verdict: "different", rule: "algebra" });
  });

  test("is killed at its limit and replaced", async () => {
    const begun = performance.now();
    const stuck = await grader.compare("\\prod_{k=1}^{90000000} k", "6");
    expect(stuck).toMatchObject({ verdict: "undecided", rule: "limit" });
    expect(performance.now() - begun).toBeLessThan(30_000);
    expect((await grader.compare("\\frac{1}{4}", "\\int_0^1 t^3 dt")).verdict).toBe("equal");
  });

  test("answers pairs that were asked at once, each with its own", async () => {
    const pairs = [5, 6, 7].map((n) => grader.compare(String(n), `\\sum_{k=1}^{${n}} 1`));
    expect((await Promise.all(pairs)).map((each) => each.verdict)).toEqual(["equal", "equal", "equal"]);
  });

  test("says undecided to whoever asks after the end", async () => {
    const ended = createGrader();
    await ended.close();
    expect((await ended.compare("1", "\\int_0^2 t dt")).verdict).toBe("undecided");
  });

  test("lies beside the running file, in its language", () => {
    const beside = (module: string) => workerFile("symbolic-worker", module).href;
    expect(beside("file:///a/src/nodes/answers/symbolic.ts")).toBe("file:///a/src/nodes/answers/symbolic-worker.ts");
    expect(beside("file:///a/dist/chunk-X.js")).toBe("file:///a/dist/symbolic-worker.js");
  });

  test("works when bundled", { timeout: 60_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "mezzo-answers-"));
    const source = join(import.meta.dirname, "../../../src/nodes/answers");
    await build({
      entryPoints: [join(source, "index.ts"), join(source, "symbolic-worker.ts")],
      outdir: folder,
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      logLevel: "error",
    });
    writeFileSync(join(folder, "package.json"), '{"type":"module"}');
    const script = `const { createGrader } = await import("./index.js");
      const grader = createGrader();
      console.log((await grader.compare("\\\\int_0^1 t dt", "1/2")).rule);
      await grader.close();`;
    writeFileSync(join(folder, "try.js"), script);
    const printed = execFileSync(process.execPath, [join(folder, "try.js")], { encoding: "utf8" });
    rmSync(folder, { recursive: true });
    expect(printed.trim()).toBe("algebra");
  });
});

describe("several accepted answers", () => {
  const grader = createGrader();
  afterAll(() => grader.close());

  test("takes any of them", async () => {
    expect((await grader.compare(["0.5", "one half"], "\\frac12")).verdict).toBe("equal");
    expect((await grader.compare(["3", "4"], "5")).verdict).toBe("different");
    expect((await grader.compare(["", "\\boxed{}"], "5")).verdict).toBe("undecided");
    expect((await grader.compare([], "5")).verdict).toBe("undecided");
  });

  test("reads an accepted answer out of its solution", async () => {
    expect((await grader.compare("We get $x^2 = 9$, so \\boxed{x = 3}.", "3")).verdict).toBe("equal");
  });

  test("does not refute a formula by a number picked out of a sentence", async () => {
    const text = "We divide the two heats. So the efficiency is 1 minus the share of the colder one.";
    expect((await grader.check(text, "\\eta = 1 - \\frac{T_2}{T_1}")).verdict).toBe("undecided");
    expect((await grader.check("We count twice. So there are 7 ways.", "8")).verdict).toBe("different");
  });

  test("says what it found, and that it found nothing", async () => {
    expect(await grader.check("So it is \\boxed{7}.", "7")).toMatchObject({
      verdict: "equal",
      found: { text: "7", form: "boxed" },
    });
    expect((await grader.check("The sides are parallel.", "the sides are parallel")).verdict).toBe("equal");
    expect(await grader.check("I wonder.", "7")).toMatchObject({ verdict: "undecided", rule: "no-answer" });
  });
});

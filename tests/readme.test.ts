/** The README promises what is there: its two lines, its commands, its links, its outcomes. */
import { existsSync, readFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { createPaint, type Io } from "../src/cli/io.ts";
import { main } from "../src/cli/main.ts";
import { OUTCOME_MEANING, OUTCOMES } from "../src/core/sample.ts";

const readme = readFileSync("README.md", "utf8");

describe("README.md", () => {
  it("fits on 150 lines", () => {
    expect(readme.split("\n").length - 1).toBeLessThanOrEqual(150);
  });

  it("has the two lines that do all the set-up", () => {
    expect(readme).toContain("\nnpm ci && npm start ");
    expect(readme).toContain("\nnpm ci && npm test ");
  });

  it("lists exactly the commands that there are", async () => {
    const listed = [...readme.matchAll(/^\| `mezzo (\w+)/gm)].map((match) => match[1]);
    const help = await helpText();
    const there = [...help.slice(help.indexOf("Commands:")).matchAll(/^ {2}(\w+)/gm)].map((match) => match[1]);
    expect(listed.sort()).toEqual(there.filter((command) => command !== "help").sort());
  });

  it("names every outcome", () => {
    for (const outcome of OUTCOMES)
      expect(readme).toContain(`| ${outcome} | ${OUTCOME_MEANING[outcome].split(";")[0]} |`);
  });

  it.each(["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "state/README.md"])(
    "and %s lead nowhere that is not there",
    (file) => {
      const links = [...readFileSync(file, "utf8").matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) => match[1]!);
      expect(links.filter((link) => !existsSync(new URL(link, new URL(`../${file}`, import.meta.url))))).toEqual([]);
    },
  );
});

async function helpText(): Promise<string> {
  const lines: string[] = [];
  const io: Io = {
    out: (line) => void lines.push(line),
    say: () => undefined,
    stdin: new PassThrough(),
    stderr: new PassThrough() as unknown as Io["stderr"],
    env: {},
    isTerminal: false,
    paint: createPaint(false),
    program: "mezzo",
    onInterrupt: () => () => undefined,
  };
  await main(["--help"], io);
  return lines.join("\n");
}

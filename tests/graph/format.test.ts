/** `mezzo fmt`: what it tidies, what it leaves as people wrote it, and that it never changes a plan. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatYaml } from "../../src/graph/format.ts";
import { openGraph } from "../../src/graph/open.ts";

const graphs = join(import.meta.dirname, "../../graphs");
const distill = readFileSync(join(graphs, "distill.yaml"), "utf8");

describe("a graph file", () => {
  test("gets two spaces a level, one space where one belongs, at most one blank line", () => {
    const text =
      "graph:    x   \n\n\n\nnodes:\n    a:   {kind: rate,votes: 3 ,then: {medium:  accepted}}   # why\n    b:\n        ways: [ one,two ]\n";
    expect(formatYaml(text)).toBe(
      "graph: x\n\nnodes:\n  a: { kind: rate, votes: 3, then: { medium: accepted } } # why\n  b:\n    ways: [one, two]\n",
    );
  });

  test("keeps comments where they stand, quotes, order, and the lines of what spans several", () => {
    const text = `# first

nodes: # of the graph
    # before a
    a: # on its line
        # and below
        when: "!has(trace)"
        then:
            - { when: 'tokens(trace) > 3', to: b } # long
            # else
            - to: c
        text: |
            one
              two
        list: [
            a, # one
            b ]
    # after a

    b: x
# last
`;
    const tidied = `# first

nodes: # of the graph
  # before a
  a: # on its line
    # and below
    when: "!has(trace)"
    then:
      - { when: 'tokens(trace) > 3', to: b } # long
      # else
      - to: c
    text: |
        one
          two
    list: [
        a, # one
        b ]
  # after a

  b: x
# last
`;
    expect(formatYaml(text)).toBe(tidied);
  });

  test("keeps the line ends of Windows and a byte order mark", () => {
    expect(formatYaml("\uFEFFa:   1\r\nb: [ 1 ]\r\n")).toBe("\uFEFFa: 1\r\nb: [1]\r\n");
  });

  test("of ours is tidy already", () => {
    for (const name of readdirSync(graphs).filter((file) => file.endsWith(".yaml"))) {
      const text = readFileSync(join(graphs, name), "utf8");
      expect(formatYaml(text)).toBe(text);
    }
  });
});

describe("whatever a person does to the spaces of a graph", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "mezzo-test-"));
    mkdirSync(join(folder, "graphs"));
    symlinkSync(join(graphs, "../prompts"), join(folder, "prompts"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const printOf = (text: string): string => {
    const file = join(folder, "graphs/edited.yaml");
    writeFileSync(file, text);
    const { plan, diagnostics } = openGraph(file, { env: {} });
    if (plan === undefined) throw new Error(`${JSON.stringify(diagnostics[0])}\n${text}`);
    return plan.fingerprint;
  };

  test("formatting keeps the plan, and formatting twice is formatting once", () => {
    const print = printOf(distill);
    const draws = fc.record({
      step: fc.integer({ min: 1, max: 5 }),
      lines: fc.array(fc.nat(7), { minLength: 80, maxLength: 80 }),
    });
    const check = fc.property(draws, ({ step, lines }) => {
      const mangled = mangle(distill, step, lines);
      const formatted = formatYaml(mangled);
      expect(formatYaml(formatted)).toBe(formatted);
      expect(printOf(formatted)).toBe(print);
      const comments = (text: string) => text.match(/#.*$/gm)?.map((comment) => comment.trimEnd());
      expect(comments(formatted)).toEqual(comments(mangled));
      // Nothing of the mangling is left, but for the comments that it put in.
      const bare = (text: string) => text.split("\n").filter((line) => line !== "" && !line.includes("# mangled"));
      expect(bare(formatted)).toEqual(bare(distill));
    });
    fc.assert(check, { numRuns: 40 });
  });
});

/** Another width of indentation, and at each line one of eight liberties. */
function mangle(text: string, step: number, draws: readonly number[]): string {
  return text
    .split("\n")
    .flatMap((line, at) => {
      const spaces = /^ */.exec(line)![0].length;
      const moved = " ".repeat((spaces / 2) * step) + line.trimStart();
      if (line.trim().startsWith("#")) return [moved];
      const draw = draws[at % draws.length]!;
      if (line.includes("#") && draw > 3) return [moved];
      switch (draw) {
        case 1:
          return [`${moved}   `];
        case 2:
          return [moved, "", ""];
        case 3:
          return [moved.replace(/^( *[\w-]+):(?= )/, "$1:   ")];
        case 4:
          return [moved.replaceAll("{ ", "{").replaceAll(" }", "  }")];
        case 5:
          return [moved.replace(/\[(?=\w)/, "[   ").replace(/(\w), (?=\w+\])/, "$1,")];
        case 6:
          return line === "" ? [moved] : [`${" ".repeat((spaces / 2) * step)}# mangled`, moved];
        default:
          return [moved];
      }
    })
    .join("\n");
}

/** A team's own kinds. What their mistakes look like is in fixtures/graphs/invalid. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { formatDiagnostics } from "../../src/core/diagnostic-text.ts";
import { openGraph } from "../../src/graph/open.ts";
import { checkKindFiles, kindsOf } from "../../src/graph/own-kinds.ts";
import { makeFolder } from "./folder.ts";

const cut = readFileSync(join(import.meta.dirname, "../fixtures/graphs/kinds/cut.js"), "utf8");
const graph = `graph: g
student: { name: Small, size: 7B }
kinds: [../kinds/cut.ts]
models: { teacher: { provider: baseline } }
state: { problem: string, trace: { type: string, optional: true } }
start: cut
nodes:
  cut: { kind: cut, writes: trace, words: "\${WORDS:-2}", then: { whole: accepted, cut: rejected } }
`;

function open(kind = cut, edited = graph, set: readonly string[] = []) {
  const folder = makeFolder({ "graphs/g.yaml": edited, "kinds/cut.ts": kind });
  const file = join(folder, "graphs/g.yaml");
  const { plan, diagnostics, texts } = openGraph(file, { env: {}, set });
  const printed = formatDiagnostics(diagnostics, texts).replaceAll(/\S*\/(graphs|kinds)\//g, "$1/");
  return { plan, printed, file: join(folder, "kinds/cut.ts"), graphFile: file };
}

describe("a kind of one's own", () => {
  test("is found beside a graph in a folder that has no packages, with defaults and variables filled in", () => {
    const { plan, printed } = open();
    expect(printed).toBe("");
    expect(plan?.nodes.cut).toMatchObject({ kind: "cut", params: { reads: "trace", writes: "trace", words: 2 } });
    expect(plan?.nodes.cut?.uses).toMatchObject({ reads: ["trace"], writes: ["trace"] });
  });

  test("is checked like ours: --set, defaults, ranges, with places", () => {
    expect(open(cut, graph, ["nodes.cut.words=7"]).plan?.nodes.cut?.params.words).toBe(7);
    expect(open(cut, graph, ["nodes.cut.words=0"]).printed).toContain("--set:1:17  error  out-of-range");
    const withDefault = graph
      .replace(' words: "${WORDS:-2}",', "")
      .replace("models:", "defaults: { words: 5 }\nmodels:");
    expect(open(cut, withDefault).plan?.nodes.cut?.params.words).toBe(5);
  });

  test("does its work in a run, and a label that it does not name fails the sample in its name", async () => {
    const context = { state: { trace: "one two three" } } as never;
    const kinds = kindsOf(open().plan!);
    expect(await kinds.get("cut")?.run(context, { reads: "trace", writes: "trace", words: 2 })).toEqual({
      label: "cut",
      writes: { trace: "one two" },
    });
    const odd = kindsOf(open(cut.replace('? "cut" :', '? "cutt" :')).plan!);
    expect(await odd.get("cut")?.run(context, { reads: "trace", writes: "trace", words: 2 })).toEqual({
      label: "failed",
      reason: 'the kind "cut" ended with "cutt"; it says of itself: whole, cut, failed',
    });
  });

  test("that throws is not our bug", async () => {
    const kinds = kindsOf(open(cut.replace("const all =", "const none = state.gone.length; const all =")).plan!);
    await expect(kinds.get("cut")?.run({ state: {} } as never, {})).rejects.toThrow(
      /^the kind "cut" failed: Cannot read/,
    );
  });

  test("is loaded anew when its file was edited, in one process", () => {
    const { file, graphFile } = open();
    writeFileSync(file, cut.replace("max(1000)", "max(1)"));
    expect(openGraph(graphFile, { env: {} }).diagnostics).toMatchObject([{ code: "out-of-range" }]);
  });

  test("gives types to the editor and none to Node; what Node can't take away is said with its place", () => {
    const typed = cut.replace("({ state }, {", "({ state }: import('mezzo').NodeContext, {");
    expect(open(typed).printed).toBe("");
    const { printed } = open(`${cut}\nenum Size { small }\n`);
    expect(printed).toContain("kinds/cut.ts:20:1  error  bad-kind-file");
    expect(printed).toContain("no enum, no namespace");
  });
});

describe("a plan with a kind of one's own", () => {
  test("goes by the file's content: its fingerprint and its runs, not by its place", () => {
    const [one, other] = [open().plan!, open().plan!];
    expect(one.kinds?.cut?.file).not.toBe(other.kinds?.cut?.file);
    expect(one.fingerprint).toBe(other.fingerprint);
    expect(open(`${cut}\n// edited`).plan?.fingerprint).not.toBe(one.fingerprint);
  });

  test("is refused where the file is not what it was, or is gone", () => {
    const { plan, file } = open();
    expect(() => checkKindFiles(plan!)).not.toThrow();
    writeFileSync(file, `${cut}\n// edited`);
    expect(() => kindsOf(plan!)).toThrow('The file of the kind "cut" is not what it was when this run was started');
    const gone = { kinds: { cut: { ...plan!.kinds!.cut!, file: `${file}.gone` } } };
    expect(() => checkKindFiles(gone)).toThrow('The file of the kind "cut" is gone');
  });
});

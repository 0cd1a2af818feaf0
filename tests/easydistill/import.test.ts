import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { type Imported, importEasyDistill } from "../../src/easydistill/import.ts";
import { JOBS } from "../../src/easydistill/job-types.ts";
import { formatYaml } from "../../src/graph/format.ts";
import { openGraph } from "../../src/graph/open.ts";
import { type ChainRow, chains, folderOf, lines, longToShort, older, PROMPT, sentFor } from "./toolkit.ts";

const root = join(import.meta.dirname, "../..");
const bundled = (path: string) => readFileSync(join(root, path), "utf8");
const env = { TEACHER_API_KEY: "k", TEACHER_BASE_URL: "http://127.0.0.1:9/v1", TEACHER_MODEL: "m", KEY: "k" };

type Row = Readonly<Record<string, unknown>>;
const rowsOf = (path: string) =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row);

async function bring(files: Record<string, unknown>, file = "job.json", badRows: "stop" | "skip" = "stop") {
  const folder = folderOf(files);
  const out = join(folder, "out");
  const imported = await importEasyDistill(join(folder, file), { out, badRows, bundled });
  const graph = imported.graph === undefined ? "" : readFileSync(imported.graph, "utf8");
  return { imported, out, graph, rows: rowsOf(join(out, "rows.jsonl")), asides: rowsOf(join(out, "set-aside.jsonl")) };
}

/** Findings of one of the files as code -> rows. */
const found = ({ data }: Imported, at = 0) =>
  Object.fromEntries(data[at]!.findings.map(({ code, rows }) => [code, rows]));
const noted = ({ notes }: Imported) => notes.map(({ code }) => code);

const said = async (files: Record<string, unknown>, file = "job.json") => {
  const error: { message: string; hint?: string; exitCode: number } = await bring(files, file).then(
    () => expect.unreachable("it was imported"),
    (thrown) => thrown,
  );
  expect(error.exitCode).toBe(2);
  return `${error.message}\n${error.hint ?? ""}`;
};

describe("a job", () => {
  test.each(Object.keys(JOBS))("of type %s becomes a graph that is valid, tidy and commented", async (type) => {
    const rows = lines(chains(2).map((row, at) => ({ id: at, ...row })));
    const newer = `job_type: ${type}\nbackend:\n  api_key: \${KEY}\n  base_url: $TEACHER_BASE_URL\n  model_id: big\ndataset: { input_path: in.jsonl }\n`;
    for (const [file, job] of [
      ["job.json", older(type, { dataset: { input_path: "in.jsonl" } })],
      ["job.yaml", newer],
    ] as const) {
      const { imported, graph } = await bring({ [file]: job, "in.jsonl": rows }, file);
      expect(openGraph(imported.graph!, { env }).diagnostics).toEqual([]);
      expect(formatYaml(graph)).toBe(graph);
      expect(graph).toMatch(/^# .*EasyDistill job/m);
      expect(imported.data[0]).toMatchObject({ rows: 2, setAside: 0, findings: [] });
    }
  });

  test("has its own words as its prompt, and asks a rewrite for the answer that can be checked", async () => {
    const { out } = await bring({ "job.json": older("cot_long2short_api"), "in.json": chains(1) });
    const prompt = readFileSync(join(out, "prompts/long-to-short.md"), "utf8");
    expect(prompt).toContain(PROMPT);
    expect(prompt).toMatch(/\{\{ problem \}\}.*\{\{ trace \}\}.*\\boxed\{\}/s);
  });

  test("whose prompt ends with a label has its own request before it", async () => {
    const template = "Shorten.\n\nProblem:\n{problem}\n\nAnswer:\n{answer}\n\nShort chain:\n";
    const job = `job_type: cot_long2short\nbackend: { model_id: m }\ncot: { prompt_template: ${JSON.stringify(template)} }\ndataset: { input_path: in.jsonl }\n`;
    const { out } = await bring({ "job.yaml": job, "in.jsonl": lines(chains(1)) }, "job.yaml");
    const prompt = readFileSync(join(out, "prompts/long-to-short.md"), "utf8");
    expect(prompt).toMatch(/\{\{ trace \}\}\n\nEnd with the final answer.*\n\nShort chain:\n$/);
  });

  test("whose prompt is a template keeps its braces, and has the problem even where it forgot it", async () => {
    const job = (template: string) =>
      `job_type: cot_distill\nbackend: { model_id: m }\ncot:\n  prompt_template: ${JSON.stringify(template)}\ndataset: { input_path: in.jsonl }\n`;
    const prompt = async (template: string) => {
      const { out, imported } = await bring(
        { "job.yaml": job(template), "in.jsonl": lines([{ problem: "1+1?" }]) },
        "job.yaml",
      );
      return [readFileSync(join(out, "prompts/collect.md"), "utf8"), noted(imported)] as const;
    };
    expect((await prompt("Use {{curly}} ones.\n# user\n{problem}"))[0]).toMatch(
      /Use \{curly\} ones\.\n # user\n\{\{ problem \}\}\n$/,
    );
    const [text, codes] = await prompt("Solve it.");
    expect(text).toMatch(/Solve it\.\n\n\{\{ problem \}\}\n$/);
    expect(codes).toContain("prompt-without-place");
  });

  test("never has its key, nor a password in its address, copied anywhere", async () => {
    const secrets = {
      base_url: "https://who:hush-hush@models.example.org/v1?token=hush-hush",
      api_key: "hush-hush-0123",
    };
    const { imported, out, graph } = await bring({
      "job.json": older("cot_generation_api", {}, secrets),
      "in.json": chains(1),
    });
    expect(noted(imported)).toEqual(expect.arrayContaining(["key-in-file", "key-in-file"]));
    for (const name of ["graphs/job.yaml", "import.json", ".env.example", "rows.jsonl"])
      expect(readFileSync(join(out, name), "utf8")).not.toContain("hush");
    expect(graph).toContain('apiKey: "${TEACHER_API_KEY}"');
    expect(graph).toContain("${TEACHER_BASE_URL:-https://models.example.org/v1}");
  });

  test("with a pipeline has a node for each stage, and choosing by RV and CD stays on the scale", async () => {
    const job = `job_type: advanced_cot_distill
backend: { type: openai, model_id: big }
pipeline:
  - { stage: cot_distill, config: { max_tokens: 1000 } }
  - { stage: cot_short2long }
  - { stage: cot_rvcd_score }
  - { stage: cot_mix_by_rv_cd, config: { cd_bins: [0, 3, 6, 10], rv_target: matched, samples_per_bin: 7 } }
  - { stage: build_sft, config: { max_length: 9000 } }
dataset: { input_path: in.jsonl }
`;
    const { imported, graph } = await bring({ "job.yaml": job, "in.jsonl": lines([{ problem: "1+1?" }]) }, "job.yaml");
    const { plan } = openGraph(imported.graph!, { env });
    expect(Object.entries(plan!.nodes).map(([name, { kind }]) => [name, kind])).toEqual([
      ["collect", "generate"],
      ["expand", "rewrite"],
      ["score", "score"],
      ["select", "set"],
    ]);
    expect(graph).toContain("cd < 6 ? (rv > 6 ? 15 - rv : 3 + rv) : (rv > 9 ? 18 - rv : rv)");
    expect(noted(imported)).toEqual(
      expect.arrayContaining(["small-token-limit", "target-beyond-scale", "mixed-on-export", "length-in-characters"]),
    );
  });
});

describe("rows", () => {
  test("of a column that lacks a value are paired by row, where the toolkit shifted every later pair", async () => {
    const rows: ChainRow[] = chains(6);
    rows[2] = { instruction: rows[2]!.instruction };
    const made = longToShort(rows, 1);
    const {
      imported,
      rows: ours,
      asides,
    } = await bring({
      "job.json": older("cot_long2short_api"),
      "in.json": rows,
      "out.jsonl": lines(made),
    });
    expect(found(imported)).toEqual({ "shifts-later-pairs": "3" });
    expect(ours.map(({ problem }) => problem)).toEqual([1, 2, 4, 5, 6].map((n) => `What is ${n} + ${n}?`));
    for (const { problem, trace } of ours) {
      const n = Number(/\d+/.exec(String(problem))![0]);
      expect(trace).toContain(`\\boxed{${2 * n}}`);
    }
    expect(found(imported, 1)).toEqual({ "prompt-as-instruction": "1-2", "shifted-pair": "3-5" });
    expect(asides.map(({ row, why }) => `${row} ${why}`)).toEqual([
      "3 shifts-later-pairs",
      "3 shifted-pair",
      "4 shifted-pair",
      "5 shifted-pair",
    ]);
  });

  test("of a batch that carries its last prompt get their own problems back from the input", async () => {
    const rows = chains(70);
    const { imported, out } = await bring({
      "job.json": older("cot_long2short_batch"),
      "in.json": rows,
      "out.jsonl": lines(longToShort(rows, 32)),
    });
    expect(found(imported, 1)).toEqual({
      "prompt-as-instruction": "1-70",
      "last-of-batch": "1-31, 33-63, 65-69",
    });
    const made = rowsOf(join(out, "made.jsonl"));
    expect(made.map(({ problem }) => problem)).toEqual(rows.map(({ instruction }) => instruction));
    expect(made[4]).toMatchObject({ easydistill: { row: 5, mended: ["prompt-as-instruction", "last-of-batch"] } });
  });

  test("of a batch are set aside where nothing tells which is which, all but the last", async () => {
    const { imported, rows } = await bring({ "short.jsonl": lines(longToShort(chains(5), 5)) }, "short.jsonl");
    expect(found(imported)).toEqual({ "batch-unmended": "1-4", "prompt-as-instruction": "5" });
    expect(rows.map(({ problem }) => problem)).toEqual(["What is 5 + 5?"]);
  });

  test("whose instruction is the whole prompt give the problem, by the job's prompt or by what all begin with", async () => {
    const long = `${PROMPT} ${"Think of everything that could matter to the pupil who reads it. ".repeat(2)}`;
    const made = chains(4).map(({ instruction, output }) => ({ instruction: `${long}\n${instruction}`, output }));
    const { imported, rows } = await bring({ "made.json": made }, "made.json");
    expect(found(imported)).toEqual({ "prompt-as-instruction": "1-4" });
    expect(rows[3]!.problem).toBe("What is 4 + 4?");
    const extended = [{ instruction: sentFor("What is 1 + 1?", "It is 2.", "Extend"), output: "1 + 1 = 2." }];
    expect((await bring({ "made.json": extended }, "made.json")).rows[0]!.problem).toBe("What is 1 + 1?");
  });

  test("lose scores that no judge gave, and keep those that one did", async () => {
    const scored = (rv: unknown, cd: unknown, logical_correctness: unknown, more = {}) => ({
      ...{
        instruction: `p${rv}${cd}`,
        output: "So the answer is 2.",
        reasoning_verbosity: rv,
        cognitive_difficulty: cd,
      },
      ...{ logical_correctness, ...more },
    });
    const { imported, rows } = await bring(
      {
        "s.jsonl": lines([
          scored(3, 4, true),
          scored(-1, 4, false),
          scored(2024, 5, true),
          scored(null, null, null, { error: "api_call_failed" }),
        ]),
      },
      "s.jsonl",
    );
    expect(found(imported)).toEqual({ "unread-score": "2-3", "failed-call": "4" });
    const left = rows.map(({ reasoning_verbosity, cognitive_difficulty, logical_correctness }) => [
      reasoning_verbosity,
      cognitive_difficulty,
      logical_correctness,
    ]);
    expect(left).toEqual([
      [3, 4, true],
      [undefined, 4, undefined],
      [undefined, 5, true],
      [undefined, undefined, undefined],
    ]);
  });

  test("have their chains without marks, and one that breaks off is set aside", async () => {
    const marked = (thought: string, end = "<|end_of_thought|>") => `<|begin_of_thought|>${thought}${end}`;
    const { imported, rows } = await bring(
      {
        "c.jsonl": lines([
          { problem: "a", response: `${marked("Two and two.")}<|begin_of_solution|>\\boxed{4}<|end_of_solution|>` },
          { problem: "b", response: marked("Two and", "") },
          { problem: "c", response: "<think>Hm.</think>\n\n\\boxed{3}" },
          {
            problem: "d",
            response: "It is \\boxed{5}.",
            original_response: `${marked("x")}<|begin_of_solution|>\\boxed{5}<|end_of_solution|>`,
          },
          {
            problem: "e",
            response: "Adding them.",
            original_response: `${marked("x")}<|begin_of_solution|>So \\boxed{\\frac{1}{2}}.<|end_of_solution|>`,
          },
        ]),
      },
      "c.jsonl",
    );
    expect(found(imported)).toEqual({ "cut-off": "2", "lost-solution": "5" });
    expect(rows.map(({ trace }) => trace)).toEqual([
      "Two and two.\n\n\\boxed{4}",
      "Hm.\n\n\\boxed{3}",
      "It is \\boxed{5}.",
      "Adding them.",
    ]);
    expect(rows[3]!.answer).toBe("\\frac{1}{2}");
  });

  test("of pairs lose a rejected side that is no worse, and every other known defect is told with its rows", async () => {
    const pair = (chosen: string, rejected: string, more = {}) => ({
      prompt: `What is it? ${chosen}${rejected}`,
      chosen,
      rejected,
      ...more,
    });
    const turn = (role: string, content: unknown) => ({ role, content });
    const { imported, rows } = await bring(
      {
        "p.jsonl": lines([
          pair("So \\boxed{13}", "So it is 19. \\boxed{13}"),
          pair("So \\boxed{13}", "So \\boxed{19}"),
          pair("a", "b", { chosen_score: 0, rejected_score: 0 }),
          { messages: [turn("user", "1?"), turn("assistant", "2"), turn("user", "2?"), turn("assistant", "3")] },
          { messages: [turn("user", [{ type: "image_url" }, { type: "text", text: "see" }]), turn("assistant", "x")] },
          { id: "q", instruction: "Add.", input: "1 and 2", output: "\\boxed{3}" },
          { id: "q", instruction: "Add.", input: "1 and 3", output: "\\boxed{4}" },
          { instruction: "Add.", input: "1 and 3", output: "\\boxed{4}" },
          ["no row"],
        ]),
      },
      "p.jsonl",
    );
    expect(found(imported)).toEqual({
      "rejected-is-right": "1",
      "pair-not-better": "3",
      "several-turns": "4",
      images: "5",
      "input-ignored": "6-8",
      "id-again": "7",
      "duplicate-row": "8",
      "not-a-row": "9",
    });
    expect(rows.map(({ rejected }) => rejected)).toEqual([
      undefined,
      "So \\boxed{19}",
      undefined,
      undefined,
      undefined,
    ]);
    expect(rows.map(({ id }) => id)).toEqual(["row-1", "row-2", "row-3", "q", "q-2"]);
    expect(rows[3]!.problem).toBe("Add.\n\n1 and 2");
  });

  test("whose reference answer is an explanation keep its final answer, and the explanation beside it", async () => {
    const told = "The sum of the first n integers is n(n+1)/2. For n = 10 this is 10*11/2 = 55.";
    const { imported, rows } = await bring(
      {
        "s.jsonl": lines([
          { problem: "1 + ... + 10?", answer: told },
          { problem: "x?", answer: "x = 3 or x = -3" },
        ]),
      },
      "s.jsonl",
    );
    expect(found(imported)).toEqual({ "answer-is-prose": "1" });
    expect(rows).toMatchObject([{ answer: "55", reference: told }, { answer: "x = 3 or x = -3" }]);
  });

  test("of published lists of chains are a row for each chain", async () => {
    const chain = (thought: string, level: number) => ({
      thought,
      solution: "\\boxed{2}",
      teacher: "t",
      Reasoning_Verbosity: level,
    });
    const { rows, imported } = await bring(
      { "o.jsonl": lines([{ question: "1+1?", reasoning: [chain("One.", 1), chain("One, two.", -1)] }]) },
      "o.jsonl",
    );
    expect(rows.map(({ id, trace, Reasoning_Verbosity: rv }) => [id, trace, rv])).toEqual([
      ["row-1", "One.\n\n\\boxed{2}", 1],
      ["row-1-2", "One, two.\n\n\\boxed{2}", undefined],
    ]);
    expect(found(imported)).toEqual({ "unread-score": "1" });
  });

  test("in an object, gzipped or with a byte order mark are data all the same", async () => {
    const folder = folderOf({ "w.json": { data: chains(2) }, "b.json": `\uFEFF${JSON.stringify(chains(2))}` });
    writeFileSync(join(folder, "z.jsonl.gz"), gzipSync(lines(chains(2))));
    for (const name of ["w.json", "b.json", "z.jsonl.gz"]) {
      const out = join(folder, `out-${name}`);
      const { data } = await importEasyDistill(join(folder, name), { out, badRows: "stop", bundled });
      expect(data[0]).toMatchObject({ rows: 2, setAside: 0 });
    }
  });

  test("none gets lost: each is in rows.jsonl or in set-aside.jsonl", async () => {
    const kinds: unknown[] = [...chains(9), { instruction: "x" }, {}, 3, { output: "y" }, ...chains(2)];
    const { imported, rows, asides } = await bring({ "job.json": older("cot_short2long_api"), "in.json": kinds });
    expect(rows.length + asides.length).toBe(kinds.length);
    expect(imported.data[0]).toMatchObject({ rows: rows.length, setAside: asides.length });
  });
});

describe("what can't be brought over is said", () => {
  test("a job without a counterpart, an unknown one, and one that names none", async () => {
    expect(await said({ "job.json": older("kd_white_box") })).toMatch(
      /no counterpart.*logits.*\n.*Jobs with a counterpart/s,
    );
    expect(await said({ "job.json": older("cot_long2shrot_api") })).toMatch(/no job type.*\n.*cot_long2short_api/s);
    expect(await said({ "job.json": { dataset: {}, inference: {} } })).toMatch(
      /names no job_type.*\n.*dataset, inference/s,
    );
  });

  test("a pipeline of which nothing is a node; a choice by scores that nobody gave is left out with a note", async () => {
    const job = (stages: string) =>
      `job_type: advanced_cot_distill\nbackend: { model_id: m }\npipeline:\n${stages}dataset: { input_path: in.jsonl }\n`;
    const files = (stages: string) => ({ "job.yaml": job(stages), "in.jsonl": lines(chains(1)) });
    const mix = "  - { stage: cot_mix_by_rv_cd }\n";
    expect(await said(files(mix), "job.yaml")).toMatch(/none of the stages.*cot_mix_by_rv_cd.*\n.*cot_rvcd_score/s);
    const { imported } = await bring(files(`  - { stage: cot_distill }\n${mix}`), "job.yaml");
    expect(noted(imported)).toContain("stage-left-out");
  });

  test("a missing file, with every place that was looked at", async () => {
    expect(await said({}, "job.json")).toMatch(/There is no file .*job.json/);
    expect(await said({ "jobs/job.json": older("cot_eval_api") }, "jobs/job.json")).toMatch(
      /in.json, is not there\nLooked for .*jobs\/in.json.*--input FILE/s,
    );
  });

  test("broken JSON and YAML, by line, before anything is written", async () => {
    expect(await said({ "job.json": '{\n "job_type": "cot_eval_api",\n "dataset": {,}\n}' })).toMatch(
      /not JSON: line 3/,
    );
    expect(await said({ "job.yaml": "job_type: cot_eval\ndataset: {a: [}\n" }, "job.yaml")).toMatch(
      /job.yaml:2:\d+ +error +yaml-syntax/,
    );
    const folder = folderOf({ "job.json": "{" });
    await expect(
      importEasyDistill(join(folder, "job.json"), { out: join(folder, "o"), badRows: "stop", bundled }),
    ).rejects.toThrow();
    expect(existsSync(join(folder, "o"))).toBe(false);
  });

  test("a broken line of data, which the toolkit passed over; --bad-rows skip counts it", async () => {
    const files = { "in.jsonl": `${lines(chains(1))}{"instruction": "x", \n${lines(chains(2).slice(1))}` };
    expect(await said(files, "in.jsonl")).toMatch(/in.jsonl:2: .*--bad-rows skip/s);
    const { imported, asides } = await bring(files, "in.jsonl", "skip");
    expect(found(imported)).toEqual({ "bad-line": "2" });
    expect(asides[0]).toMatchObject({ row: 2, why: "bad-line" });
  });

  test("a folder that is not empty is left alone", async () => {
    const folder = folderOf({ "in.jsonl": lines(chains(1)), "out/mine.txt": "mine" });
    const run = importEasyDistill(join(folder, "in.jsonl"), { out: join(folder, "out"), badRows: "stop", bundled });
    await expect(run).rejects.toThrow(/not empty/);
  });
});

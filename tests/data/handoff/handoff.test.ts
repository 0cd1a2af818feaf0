/** The folder of a hand-off, file by file: that trainers train from it is measured in bench/trainers. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { FinishedSample } from "../../../src/data/finished.ts";
import { type HandoffOptions, writeHandoff } from "../../../src/data/handoff/handoff.ts";
import { Lengths } from "../../../src/data/handoff/lengths.ts";
import { resolveStudent } from "../../../src/data/handoff/students.ts";
import { METHODS, TRAINERS } from "../../../src/data/handoff/trainer.ts";
import { errorOf, finished, useFolder } from "../rig.ts";

const folder = useFolder();
const asset = async (name: string) => readFileSync(`trainers/${name}`, "utf8");

/** A fitted chain, its right original, and a chain with a wrong answer: a pair of every gap. */
const apples = (n: number): FinishedSample => {
  const said = (text: string) => `${text} The answer is \\boxed{${n}}.`;
  return finished({
    id: `apple-${n}`,
    state: { problem: `${n} apples. How many?`, answer: String(n), trace: said("Count them.") },
    attempts: [
      { text: said("Hm. Wait. Let me count them again."), from: "input", cutOff: false },
      { text: "One too many: \\boxed{0}", from: "thrown-away", cutOff: false },
    ],
  });
};

function handOff(out: string, more: Partial<HandoffOptions> = {}, rows = 20) {
  const options: HandoffOptions = {
    ...{ trainer: "trl", student: resolveStudent("0.5B", { name: "" }), methods: ["sft"], out, asset },
    run: {
      ...{ run: "r1", graph: "distill", plan: "f00d", madeBy: "mezzo 1", outcomes: ["accepted"], thinking: "plain" },
      ...{ models: ["judge: qwq-32b (apache-2.0)"], filters: [] },
    },
    check: async (text, reference) => (text.includes(`{${reference}}`) ? "equal" : "different"),
    describe: ({ files, leftOut }) => ({ files, leftOut }),
    ...more,
  };
  const samples = {
    async *[Symbol.asyncIterator]() {
      for (let n = 1; n <= rows; n++) yield apples(n);
    },
  };
  return writeHandoff(samples, options);
}

const read = (path: string) => readFileSync(folder.path(path), "utf8");
const rowsOf = (path: string) =>
  read(path)
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

describe.each(TRAINERS)("for %s", (trainer) => {
  test("every file that a file names is there, and what it names is in the folder", async () => {
    const out = folder.path(trainer);
    await handOff(out, { trainer, methods: METHODS, selection: { validation: 0.3 } });
    const names = (readdirSync(out, { recursive: true }) as string[]).filter((name) =>
      statSync(`${out}/${name}`).isFile(),
    );
    const script = read(`${trainer}/train.sh`);
    for (const method of METHODS) {
      expect(script).toContain(`"${method}.$variant.yaml"`);
      for (const variant of ["lora", "full"]) {
        const config: Record<string, unknown> = parse(read(`${trainer}/${method}.${variant}.yaml`));
        const named = [config.dataset_name, ...(trainer === "swift" ? [config.dataset, config.val_dataset] : [])];
        for (const path of named.filter((each) => each !== undefined)) expect(existsSync(`${out}/${path}`)).toBe(true);
        expect(Object.values(config).filter((value) => typeof value === "string" && value.startsWith("/"))).toEqual([]);
        expect(config.learning_rate).toBeTypeOf("number");
      }
    }
    for (const [, file] of script.matchAll(/ ([\w-]+\.(?:py|yaml))(?: |$)/gm)) expect(names).toContain(file);
    expect(statSync(`${out}/train.sh`).mode & 0o111).toBe(0o111);
  });

  test("numbers are numbers to PyYAML too, which takes 2e-5 for a word", async () => {
    for (const name of readdirSync(folder.path(trainer)).filter((file) => file.endsWith(".yaml"))) {
      for (const [, value] of read(`${trainer}/${name}`).matchAll(/^\w+: ([\d.+-].*)$/gm)) {
        expect(value).toMatch(/^-?(?:\d+|\d+\.\d+|\d+\.\d+e-\d+)$/);
      }
    }
  });

  test("the manifest has every other file with its hash, and the README says what is in the rows", () => {
    const manifest = JSON.parse(read(`${trainer}/manifest.json`));
    const { contents, data, trains } = manifest;
    expect(Object.keys(contents)).toContain("data/sft/train.jsonl");
    expect(Object.values(contents).every((hash) => /^[0-9a-f]{64}$/.test(String(hash)))).toBe(true);
    expect(trains).toBe("Qwen/Qwen2.5-0.5B-Instruct");
    const rows = rowsOf(`${trainer}/data/sft/train.jsonl`).length;
    expect(data.sft.rows).toBe(rows);
    expect(rows + data.sft.validation).toBe(20);
    expect(read(`${trainer}/README.md`)).toMatch(
      new RegExp(`data/sft/train.jsonl\` \\| ${rows} \\+ ${data.sft.validation}`),
    );
    expect(read(`${trainer}/README.md`)).toContain("judge: qwq-32b (apache-2.0)");
  });
});

describe("rows", () => {
  test("of CogPO carry the beta of their gap, in each trainer's form", () => {
    const betas = (path: string) =>
      rowsOf(path)
        .slice(0, 3)
        .map(({ gap, beta }) => [gap, beta]);
    for (const trainer of TRAINERS) {
      const path = `${trainer}/data/cogpo/train.jsonl`;
      expect(betas(path)).toEqual([
        ["small", 0.1],
        ["medium", 0.2],
        ["large", 0.5],
      ]);
    }
    const { prompt, chosen, rejected } = rowsOf("trl/data/dpo/train.jsonl")[0];
    expect([prompt, chosen, rejected].map(([turn]) => turn.role)).toEqual(["user", "assistant", "assistant"]);
    expect(rowsOf("llamafactory/data/dpo/train.jsonl")[0]).toMatchObject({
      prompt: prompt[0].content,
      chosen: chosen[0].content,
    });
    expect(rowsOf("swift/data/dpo/train.jsonl")[0]).toMatchObject({
      messages: [...prompt, ...chosen],
      rejected_response: rejected[0].content,
    });
  });

  test("of one problem stand in one part only, whatever the method", () => {
    const problems = (part: string) =>
      METHODS.flatMap((method) => rowsOf(`trl/data/${method}/${part}.jsonl`).map(({ prompt }) => prompt[0].content));
    const held = new Set(problems("validation"));
    expect(held.size).toBeGreaterThan(0);
    expect(problems("train").filter((problem) => held.has(problem))).toEqual([]);
  });

  test("of pairs think between tags where the turns do, better and worse in the same dress", async () => {
    await handOff(folder.path("tags"), { methods: ["sft", "dpo"], thinking: "tags" }, 2);
    const { chosen, rejected } = rowsOf("tags/data/dpo/train.jsonl")[0];
    for (const text of [chosen[0].content, rejected[0].content])
      expect(text).toMatch(/^<think>\n[\s\S]+\n<\/think>\n\n./);
    expect(rowsOf("tags/data/sft/train.jsonl")[0].completion[0].content).toMatch(/^<think>/);
  });
});

test("trainers with one beta get the mean of the rows, and the folder says so", () => {
  for (const trainer of ["llamafactory", "swift"]) {
    const config: Record<string, unknown> = parse(read(`${trainer}/cogpo.lora.yaml`));
    expect(config.pref_beta ?? config.beta).toBe(0.2667);
    expect(read(`${trainer}/README.md`)).toMatch(/has one beta for all pairs.*0\.2667/);
  }
  expect(read("trl/cogpo.py")).toBe(readFileSync("trainers/trl/cogpo.py", "utf8"));
});

test("for ms-swift a reply may come in weighed turns, and the config lets weights be other than 0 and 1", async () => {
  const lossWeights = { form: "turns" as const, answer: 0.4, chain: 0.3, efficiency: 0.3, findAnswer: () => 12 };
  await handOff(folder.path("weighed"), { trainer: "swift", methods: ["sft", "dpo"], lossWeights }, 2);
  const [, ...replies] = rowsOf("weighed/data/sft/train.jsonl")[0].messages;
  expect(replies.map(({ loss_scale }: { loss_scale: number }) => loss_scale)).toEqual([0.3, 0.4]);
  expect(replies.map(({ content }: { content: string }) => content).join("")).toBe(apples(1).state.trace);
  expect(parse(read("weighed/sft.lora.yaml")).is_binary_loss_scale).toBe(false);
  expect(parse(read("weighed/dpo.lora.yaml")).is_binary_loss_scale).toBeUndefined();
});

test("Qwen2.5-Math keeps its own system prompt, where the trainer's template has another", async () => {
  const student = resolveStudent("Qwen2.5-Math-1.5B-Instruct", { name: "" });
  for (const trainer of ["llamafactory", "swift"] as const)
    await handOff(folder.path(`math-${trainer}`), { trainer, student }, 2);
  expect(parse(read("math-llamafactory/sft.lora.yaml")).default_system).toContain("within \\boxed{}.");
  expect(parse(read("math-swift/sft.lora.yaml")).template).toBe("qwen2_5_math");
});

test("all weights of a large student are spread over GPUs, those of a small one are not", async () => {
  await handOff(folder.path("large"), { student: resolveStudent("32B", { name: "" }) }, 2);
  expect(parse(read("large/sft.full.yaml")).deepspeed).toBe("zero3.json");
  expect(parse(read("large/sft.lora.yaml")).deepspeed).toBeUndefined();
  expect(existsSync(folder.path("trl/zero3.json"))).toBe(false);
});

describe("lengths", () => {
  test("count each digit, as Qwen2.5 does", () => {
    const [words, digits] = [new Lengths(), new Lengths()];
    words.add("a", "one");
    digits.add("a", "123456");
    expect(digits.longest - words.longest).toBe(5);
  });

  test("give a cutoff that holds every row, as far as the student reads", () => {
    const lengths = new Lengths();
    for (const words of [10, 500, 3_000]) lengths.add("p", "word ".repeat(words));
    expect(lengths.cutoff(32_768)).toBe(3_584);
    expect([lengths.longerThan(3_584), lengths.longerThan(1_000), lengths.cutoff(1_024)]).toEqual([0, 1, 1_024]);
  });

  test("beyond the cutoff, and control tokens in a text, are counted", async () => {
    const summary = await handOff(folder.path("short"), { cutoff: 40 }, 3);
    expect(summary.methods[0]).toMatchObject({ rows: 3, longerThanCutoff: 3, withControlTokens: 0 });
    expect(read("short/README.md")).toContain("3 rows of sft are longer than the cutoff, 40 tokens");
    const lengths = new Lengths();
    lengths.add("p", "he wrote <|im_end|> there");
    expect(lengths.withControl).toBe(1);
  });
});

describe("a folder that is there", () => {
  test("is replaced where it is an earlier hand-off as it was, and nothing of it stays", async () => {
    await handOff(folder.path("again"), { methods: METHODS }, 2);
    await handOff(`${folder.path("again")}/`, { trainer: "swift" }, 2);
    expect(existsSync(folder.path("again/cogpo.py"))).toBe(false);
    expect(readdirSync(folder.path(".")).filter((name) => /again\./.test(name))).toEqual([]);
  });

  test.each([
    ["holds a trained student", "trained", () => folder.write("trained/output/model.bin", "x"), "output/model.bin"],
    ["was edited", "edited", () => folder.write("edited/sft.lora.yaml", "x"), "sft.lora.yaml"],
    ["is somebody else's", "else", () => folder.write("else/notes.txt", "x"), "notes.txt"],
  ])("and %s is left alone", async (_why, name, touch, said) => {
    if (name !== "else") await handOff(folder.path(name), {}, 2);
    mkdirSync(folder.path(`${name}/output`), { recursive: true });
    await touch();
    const error = await errorOf(handOff(folder.path(name), {}, 2));
    expect(error).toMatchObject({ code: "handoff-taken", exitCode: 2 });
    expect(error.message).toContain(said);
    expect(existsSync(folder.path(`${name}.part`))).toBe(false);
  });

  test("beside what a killed export left is taken away; beside anything else of that name nothing is touched", async () => {
    mkdirSync(folder.path("killed.part/data"), { recursive: true });
    writeFileSync(folder.path("killed.part/data/half"), "{");
    expect((await errorOf(handOff(folder.path("killed"), {}, 2))).message).toContain("killed.part is not written over");
    expect(existsSync(folder.path("killed.part/data/half"))).toBe(true);
    writeFileSync(folder.path("killed.part/.unfinished-export"), "");
    await handOff(folder.path("killed"), {}, 2);
    expect(existsSync(folder.path("killed/data/half"))).toBe(false);
  });

  test("and was moved out of the way stays, whatever it was called", async () => {
    for (const name of ["moved.old", "moved.bak"]) {
      mkdirSync(folder.path(name));
      writeFileSync(folder.path(`${name}/model.bin`), "trained");
    }
    for (let time = 0; time < 2; time++) await handOff(folder.path("moved"), {}, 2);
    for (const name of ["moved.old", "moved.bak"]) expect(read(`${name}/model.bin`)).toBe("trained");
  });
});

test("a method without rows is refused with the reason, and leaves nothing", async () => {
  const undecided = { check: async () => "undecided" as const, methods: METHODS };
  const error = await errorOf(handOff(folder.path("none"), undecided, 2));
  expect(error.message).toBe("no pairs for dpo in this run (2: the rules do not confirm the chain's own answer)");
  expect([existsSync(folder.path("none")), existsSync(folder.path("none.part"))]).toEqual([false, false]);
});

test("rows pass through: 5,000 of 48 KB leave nothing behind in memory", async () => {
  const long = "word ".repeat(9_600);
  let most = 0;
  async function* samples() {
    for (let n = 0; n < 5_000; n++) {
      if (n % 250 === 0) most = Math.max(most, process.memoryUsage().heapUsed + process.memoryUsage().external);
      yield finished({ id: `s${n}`, state: { problem: "p", trace: long } });
    }
  }
  const before = process.memoryUsage().heapUsed + process.memoryUsage().external;
  const student = resolveStudent("7B", { name: "" });
  const run = {
    run: "r",
    graph: "g",
    plan: "f",
    madeBy: "m",
    outcomes: [],
    thinking: "plain",
    models: [],
    filters: [],
  };
  const describe = () => ({});
  await writeHandoff(samples(), {
    trainer: "trl",
    methods: ["sft"],
    out: folder.path("many"),
    asset,
    run,
    describe,
    student,
  });
  expect(most - before).toBeLessThan(120_000_000);
});

describe("the student", () => {
  test.each([
    ["7B", "Qwen/Qwen2.5-7B-Instruct", 7],
    ["0.5b", "Qwen/Qwen2.5-0.5B-Instruct", 0.5],
    ["Qwen2.5-Math-1.5B", "Qwen/Qwen2.5-Math-1.5B", 1.5],
    ["alibaba-pai/DistilQwen2.5-3B-Instruct", "alibaba-pai/DistilQwen2.5-3B-Instruct", 3],
  ])("%s is %s", (asked, id, billions) => {
    expect(resolveStudent(asked, { name: "x" })).toMatchObject({ id, billions });
  });

  test("is the graph's where none is asked for, and another family is refused in words", () => {
    expect(resolveStudent(undefined, { name: "Qwen2.5-14B-Instruct" }).id).toBe("Qwen/Qwen2.5-14B-Instruct");
    expect(() => resolveStudent("Llama-3.1-8B", { name: "" })).toThrow(
      "--student Llama-3.1-8B: a Qwen2.5 model is expected",
    );
    expect(() => resolveStudent("8B", { name: "" })).toThrow("a Qwen2.5 model is expected");
  });
});

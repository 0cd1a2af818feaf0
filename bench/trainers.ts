/**
 * Do the folders of `mezzo export --for` train? A run with the baseline, exported for each trainer; every row through the
 * trainer's own loader and chat template, equal to what was written; and `bash train.sh` on a tiny random student (two
 * layers, a vocabulary learned from the rows; nothing is downloaded), the loss of each method before and after.
 *
 * Run: TRL_PYTHON=... LLAMAFACTORY_PYTHON=... SWIFT_PYTHON=... node bench/trainers.ts [traces.jsonl.gz] [--limit N] [--steps N] [--variant lora|full]
 * Each variable is a Python that has that trainer, by its folder's requirements.txt, such as /opt/trl/bin/python. Without the
 * file the bundled samples are taken; with it, `reasoning` is the trace.
 */
import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values, positionals } = parseArgs({
  options: {
    steps: { type: "string", default: "8" },
    variant: { type: "string", default: "lora" },
    limit: { type: "string", default: "1000000" },
  },
  allowPositionals: true,
});
const PYTHONS = {
  trl: process.env.TRL_PYTHON,
  llamafactory: process.env.LLAMAFACTORY_PYTHON,
  swift: process.env.SWIFT_PYTHON,
} as const;
type Name = keyof typeof PYTHONS;
const NAMES = Object.keys(PYTHONS) as Name[];
const METHODS = ["sft", "dpo", "cogpo"] as const;
/** What a person may override after the variant, in each trainer's way. The learning rate suits random weights. */
const OVERRIDES: Readonly<Record<Name, readonly string[]>> = {
  trl: flags(["--use_cpu", "true"], ["--bf16", "false"], ["--dtype", "float32"], ["--learning_rate", "2e-3"]),
  llamafactory: ["use_cpu=true", "bf16=false", "learning_rate=2.0e-3", `max_steps=${values.steps}`],
  swift: flags(["--use_cpu", "true"], ["--torch_dtype", "float32"], ["--learning_rate", "2e-3"]),
};

const missing = NAMES.filter((name) => PYTHONS[name] === undefined);
for (const name of missing)
  console.error(`NOT CHECKED: ${name}. Set ${name.toUpperCase()}_PYTHON to a Python that has it.`);
if (missing.length === NAMES.length) process.exit(2);

const folder = mkdtempSync(join(tmpdir(), "mezzo-trainers-"));
// One thread, no graphics card, nothing from the network: the trainers' own caches lie in the folder too.
const quiet = { OMP_NUM_THREADS: "1", CUDA_VISIBLE_DEVICES: "", HF_HUB_OFFLINE: "1", HF_DATASETS_OFFLINE: "1" };
const caches = { HF_HOME: join(folder, "hf"), MODELSCOPE_CACHE: join(folder, "ms"), TOKENIZERS_PARALLELISM: "false" };
try {
  const input = positionals[0] === undefined ? join(root, "graphs/samples.jsonl") : resolve(positionals[0]);
  const map = positionals[0] === undefined ? [] : ["--map", "trace=reasoning"];
  mezzo("run", join(root, "graphs/distill.yaml"), "--input", input, ...map, "--limit", values.limit, "--run", "r");
  const results = [];
  for (const name of NAMES.filter((each) => !missing.includes(each))) results.push(check(name, PYTHONS[name]!));
  console.log(
    JSON.stringify({
      bench: "trainers",
      input: positionals[0] ?? "graphs/samples.jsonl",
      variant: values.variant,
      results,
    }),
  );
  for (const { trainer, equal, loss } of results) {
    const rows = Object.entries(equal).map(([part, count]) => `${part} ${count}`);
    const losses = METHODS.map((method) => `${method} ${loss[method].first} to ${loss[method].last}`);
    console.log(`${trainer}: rows equal (${rows.join(", ")}); loss ${losses.join(", ")}`);
  }
  const rising = results.filter(({ loss }) => METHODS.some((method) => loss[method].last >= loss[method].first));
  if (rising.length > 0) {
    console.error(`the loss did not go down: ${rising.map(({ trainer }) => trainer).join(", ")}`);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function check(name: Name, python: string) {
  const tiny = join(folder, `tiny-${name}`);
  // All rows as they are: nothing may be cut, and the tiny vocabulary makes more tokens of a text than Qwen's.
  const whole = exportFor(name, "whole", ["--split", "0.1", "--cutoff", "32768"]);
  writeTexts(whole, name);
  runPython(python, join(root, "bench/trainers/tiny.py"), tiny, join(folder, "texts.jsonl"));
  const checker = join(root, "bench/trainers/check.py");
  const loaded = JSON.parse(lastLine(runPython(python, checker, "load", name, whole, tiny))) as {
    equal: Record<string, number>;
    versions: Record<string, string>;
  };
  console.error(`${name}: every row is equal; now it trains`);
  const cogpo = name === "trl" ? JSON.parse(lastLine(runPython(python, checker, "loss", whole, tiny))) : undefined;
  // Cut short: a few steps on a few hundred tokens say whether it learns.
  const short = exportFor(name, "short", ["--cutoff", "512"]);
  const out = train(name, short, { STUDENT: tiny, PATH: [dirname(python), process.env.PATH].join(delimiter) });
  const result = { ...loaded, ...(cogpo === undefined ? {} : { cogpo }), loss: lossesOf(out) };
  console.error(`${name}: ${JSON.stringify(result)}`);
  return { trainer: name, ...result };
}

/** What the trainer says on stdout, losses among it; its stderr is only shown where it fails. */
function train(name: Name, cwd: string, own: Readonly<Record<string, string>>): string {
  const log = join(folder, `${name}.log`);
  const stderr = openSync(log, "w");
  try {
    return execFileSync("bash", ["train.sh", values.variant, ...OVERRIDES[name]], {
      ...{ cwd, env: { ...process.env, ...quiet, ...caches, ...own }, encoding: "utf8", maxBuffer: 1 << 28 },
      stdio: ["ignore", "pipe", stderr],
    });
  } catch (failed) {
    console.error(readFileSync(log, "utf8").slice(-3_000));
    throw failed;
  } finally {
    closeSync(stderr);
  }
}

/** The mean of the first and of the last quarter of the logged losses: single steps see different rows. */
function lossesOf(out: string): Record<(typeof METHODS)[number], { steps: number; first: number; last: number }> {
  // Each method's part of the output ends with the line that train.sh prints.
  const parts = out.split(/^trained: .*$/m);
  const mean = (some: readonly number[]) => Number((some.reduce((sum, one) => sum + one, 0) / some.length).toFixed(4));
  const entries = METHODS.map((method, at) => {
    const losses = [...parts[at]!.matchAll(/'loss': '?([\d.e-]+)/g)].map((match) => Number(match[1]));
    if (losses.length < 4)
      throw new Error(`${method}: ${losses.length} losses in the trainer's output:\n${parts[at]!.slice(-2_000)}`);
    const quarter = Math.floor(losses.length / 4);
    return [
      method,
      { steps: losses.length, first: mean(losses.slice(0, quarter)), last: mean(losses.slice(-quarter)) },
    ];
  });
  return Object.fromEntries(entries);
}

function exportFor(name: Name, kind: string, more: readonly string[]): string {
  const out = join(folder, `${kind}-${name}`);
  mezzo("export", "r", "--for", name, "--methods", METHODS.join(","), "--student", "0.5B", "--out", out, ...more);
  return out;
}

function writeTexts(out: string, name: Name): void {
  mkdirSync(folder, { recursive: true });
  const rows = readFileSync(join(out, "data/sft/train.jsonl"), "utf8").trimEnd().split("\n").slice(0, 400);
  const texts = rows.flatMap((row) =>
    [...row.matchAll(/"(?:content|value)":("(?:[^"\\]|\\.)*")/g)].map((match) => match[1]!),
  );
  if (texts.length === 0) throw new Error(`no texts in ${name}'s rows`);
  writeFileSync(join(folder, "texts.jsonl"), texts.join("\n"));
}

function mezzo(...args: string[]): void {
  const store = ["--store", join(folder, "runs.db")];
  execFileSync(process.execPath, [join(root, "dist/launch.js"), ...args, ...store], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}

function runPython(python: string, ...args: string[]): string {
  const env = { ...process.env, ...quiet, ...caches };
  return execFileSync(python, args, {
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 1 << 28,
  });
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1)!;
}

function flags(...pairs: readonly (readonly [string, string])[]): readonly string[] {
  return [...pairs.flat(), "--max_steps", values.steps];
}

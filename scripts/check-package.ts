/**
 * Does the package work where nothing of this repository is? Packs it, installs the tarball into an empty folder with
 * Node 24 first on PATH, and does there what its user does first: init, validate, run, status, export; and imports it
 * as a library, types and all. `npm run check:package`; `.ci/run` does it last. It needs the registry for three packages.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const MOST_BYTES = 8_000_000;
const SHIPPED = /^(dist|graphs|prompts|trainers)\/|^(README(\.zh-CN)?\.md|LICENSE|CHANGELOG\.md|package\.json)$/;

// The Node of node_modules, and nothing else from there: `npx mezzo` must find the installed one.
const PATH = [join(root, "node_modules", "node", "bin"), process.env.PATH].join(delimiter);

const folder = mkdtempSync(join(tmpdir(), "mezzo-package-"));
try {
  const tarball = pack();
  install(tarball);
  useAsProgram();
  useAsLibrary();
  console.log("package: packed, installed into an empty folder, ran there as a program and as a library");
} finally {
  rmSync(folder, { recursive: true, force: true });
}

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

function pack(): string {
  const flags = ["--json", "--foreground-scripts=false", "--pack-destination", folder];
  const printed: unknown = JSON.parse(run("npm", ["pack", ...flags], root));
  // npm before 12 prints a list, later ones an object with the package's name as its key.
  const [packed] = Object.values(printed as object) as Packed[];
  assert(packed !== undefined, "npm pack prints nothing that says what it packed");
  const files = packed.files.map((file) => file.path);
  const surplus = files.filter((file) => !SHIPPED.test(file));
  assert.deepEqual(surplus, [], "files that nobody needs are in the package");
  for (const needed of [
    "dist/launch.js",
    "dist/types/index.d.ts",
    "dist/THIRD_PARTY_LICENSES.txt",
    "README.md",
    "README.zh-CN.md",
    "prompts/zh/judge.md",
  ]) {
    assert(files.includes(needed), `${needed} is not in the package`);
  }
  assert(packed.size < MOST_BYTES, `the package has ${packed.size} bytes, more than ${MOST_BYTES}`);
  console.log(`package: ${files.length} files, ${(packed.size / 1e6).toFixed(1)} MB`);
  return join(folder, packed.filename);
}

function install(tarball: string): void {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
  run("npm", ["install", "--no-audit", "--no-fund", tarball], folder);
}

function useAsProgram(): void {
  run("npx", ["mezzo", "init", "demo"], folder);
  const demo = join(folder, "demo");
  const mezzo = (...args: string[]) => run("npx", ["mezzo", ...args], demo);
  mezzo("validate", "graphs/distill.yaml");
  mezzo("run", "graphs/distill.yaml", "--input", "graphs/samples.jsonl", "--run", "first");
  const status = JSON.parse(mezzo("status", "first", "--json"));
  assert.equal(status.state, "finished");
  assert.equal(status.outcomes.failed, 0);
  assert(status.outcomes.accepted > 0, "no sample was accepted");
  mezzo("export", "first", "--format", "messages", "--out", "train.jsonl");
  const rows = readFileSync(join(demo, "train.jsonl"), "utf8").trimEnd().split("\n");
  assert.equal(rows.length, status.outcomes.accepted);
  assert.deepEqual(
    JSON.parse(rows[0]!).messages.map((message: { role: string }) => message.role),
    ["user", "assistant"],
  );
  console.log(`package: ${status.samples} samples ran, ${rows.length} rows exported`);
}

function useAsLibrary(): void {
  const text = [
    'import { openGraph, type Plan } from "mezzo";',
    'const plan: Plan | undefined = openGraph("demo/graphs/distill.yaml", { env: {} }).plan;',
    "console.log(plan?.graph satisfies string | undefined);",
    "// @ts-expect-error: without types this would pass",
    "export const wrong: number = plan?.graph;",
  ].join("\n");
  mkdirSync(join(folder, "library"));
  writeFileSync(join(folder, "library", "use.ts"), text);
  const typeRoots = join(root, "node_modules", "@types");
  const flags = ["--noEmit", "--strict", "--module", "nodenext", "--types", "node", "--typeRoots", typeRoots];
  run(join(root, "node_modules", ".bin", "tsc"), [...flags, "library/use.ts"], folder);
  assert.equal(run("node", ["library/use.ts"], folder).trim(), "distill");
  assert(readdirSync(join(folder, "node_modules")).length < 10, "the package brings more than its few dependencies");
}

/** Runs a program to its end and gives its standard output; what it prints elsewhere is shown when it fails. */
function run(program: string, args: readonly string[], cwd: string): string {
  const env = { ...process.env, PATH };
  try {
    return execFileSync(program, args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (thrown) {
    const { stdout, stderr } = thrown as { stdout?: string; stderr?: string };
    console.error(`${program} ${args.join(" ")}\n${stdout ?? ""}${stderr ?? ""}`);
    throw thrown;
  }
}

/**
 * A job file, or data alone, brought over into a folder:
 *
 *   OUT/graphs/NAME.yaml    the job as a graph, checked        (not for data alone)
 *   OUT/prompts/*.md        its own words; else those that come with Mezzo
 *   OUT/rows.jsonl          its input
 *   OUT/made.jsonl          what the job had written already, where that is there
 *   OUT/set-aside.jsonl     rows that can't be used: as they came, with file, number and code
 *   OUT/import.json         all that was found and done
 *   OUT/.env.example        the variables that the graph reads
 *
 * The folder is new or empty: nothing that is there is written over. Whatever is wrong with the job file is said before
 * the first file is written; rows are read and written one at a time.
 */
import { createWriteStream, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, isAbsolute, join, resolve } from "node:path";
import { finished } from "node:stream/promises";
import { formatDiagnostics } from "../core/diagnostic-text.ts";
import { MezzoError, messageOf } from "../core/errors.ts";
import { writeOutput } from "../data/output.ts";
import { inputError } from "../data/rows.ts";
import { openGraph } from "../graph/open.ts";
import { shownPath } from "../graph/reach.ts";
import type { Made } from "./batches.ts";
import type { Shape } from "./convert-row.ts";
import { type Finding, Findings } from "./defects.ts";
import { graphText, PURPOSE_OF } from "./graph-text.ts";
import { type Job, type Note, readJob } from "./job.ts";
import { promptFile } from "./prompts.ts";
import { type Aside, readData } from "./read-data.ts";

export interface ImportOptions {
  /** The folder; made where it is missing. */
  readonly out?: string;
  /** The data, where it is not where the job says. */
  readonly input?: string;
  readonly badRows: "stop" | "skip";
  /** A file that comes with Mezzo, such as `prompts/score.md`. */
  readonly bundled: (path: string) => string;
  readonly signal?: AbortSignal;
}

export interface ImportedData {
  readonly from: string;
  readonly to: string;
  readonly rows: number;
  readonly setAside: number;
  readonly findings: readonly Finding[];
}

export interface Imported {
  readonly from: string;
  readonly out: string;
  /** Absent for data alone. */
  readonly job?: string;
  readonly graph?: string;
  readonly prompts: readonly string[];
  /** Variables to set before the graph runs. */
  readonly needs: readonly string[];
  readonly seed?: number;
  readonly notes: readonly Note[];
  readonly data: readonly ImportedData[];
}

/** Throws MezzoError (exit 2) for a job or data that can't be used. */
export async function importEasyDistill(file: string, options: ImportOptions): Promise<Imported> {
  const text = readJobText(file);
  const out = options.out ?? basename(file).replace(/(\.(ya?ml|jsonl?|csv|parquet|gz))+$/i, "");
  if (text === undefined) {
    makeFolder(out);
    const data = await importData([{ from: file, to: "rows.jsonl", shape: ANY_SHAPE }], out, options);
    return finish({ from: file, out, prompts: [], needs: [], notes: [], data });
  }
  const near = nearTo(file);
  const job = readJob(file, text, (path) => readWhere(near(path)));
  const input = options.input ?? locate(job, file, near);
  makeFolder(out);
  const { graph, prompts } = writeGraph(job, { file, out }, options);
  const sources: DataSource[] = [{ from: input, to: "rows.jsonl", shape: job.shapes.input }];
  const made = job.output === undefined ? undefined : near(job.output).find(isFile);
  if (made !== undefined && resolve(made) !== resolve(input)) {
    sources.push({
      from: made,
      to: "made.jsonl",
      shape: job.shapes.output,
      made: { from: input, shape: job.shapes.input },
    });
  }
  const data = await importData(sources, out, options);
  const { notes, seed, type, endpoint } = job;
  return finish({ from: file, out, job: type, graph, prompts, needs: endpoint.needs, seed, notes, data });
}

/** Any of the toolkit's outputs or published sets. */
const ANY_SHAPE: Shape = {
  problem: ["instruction", "problem", "question", "prompt", "input"],
  chain: ["output", "response", "trace", "full_response"],
  needsChain: false,
  prompts: [],
};

/** A list of rows in an object: `{ "data": [...] }`. */
const WRAPPED = /^\s*\{\s*"(?:data|rows)"\s*:\s*\[/;
const MOST_JOB_BYTES = 4_000_000;

/** The text of a job file, or undefined where this is data: a list, lines, or too large to be a job. Throws MezzoError. */
function readJobText(file: string): string | undefined {
  if (!existsSync(file)) {
    const hint = "A job file of EasyDistill's (JSON or YAML), or its data (JSON list or JSONL), is expected.";
    throw inputError("no-file", `There is no file ${file}`, hint);
  }
  if (!isFile(file)) throw inputError("no-file", `${file} is no file`, "Name the job file itself.");
  if (/\.ya?ml$/i.test(file)) return readFileSync(file, "utf8").replace(/^\uFEFF/, "");
  if (!/\.json$/i.test(file) || statSync(file).size > MOST_JOB_BYTES) return undefined;
  const text = readFileSync(file, "utf8").replace(/^\uFEFF/, "");
  if (!text.trimStart().startsWith("{") || WRAPPED.test(text)) return undefined;
  const [first = ""] = text.trimStart().split("\n", 1);
  return isObjectText(first) && first.length < text.trim().length ? undefined : text;
}

function isObjectText(line: string): boolean {
  try {
    return typeof JSON.parse(line) === "object";
  } catch {
    return false; // Not a line of JSONL: then the whole file is one value.
  }
}

/** Where a path of a job file may lead: it counts from where the toolkit was started, often a folder above the job. */
function nearTo(file: string): (path: string) => string[] {
  const folder = dirname(resolve(file));
  const above = [folder, dirname(folder), dirname(dirname(folder))];
  return (path) =>
    isAbsolute(path) ? [path] : [...new Set([process.cwd(), ...above].map((from) => shownPath(join(from, path))))];
}

function locate(job: Job, file: string, near: (path: string) => string[]): string {
  if (job.input === undefined) {
    throw inputError("no-input", `${file} names no data (dataset.input_path)`, "Name it: --input FILE.");
  }
  const places = near(job.input);
  const found = places.find(isFile);
  if (found !== undefined) return found;
  const hint = `Looked for ${places.join(", ")}. Name it: --input FILE.`;
  throw inputError("no-input", `The data of ${file}, ${job.input}, is not there`, hint);
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

function readWhere(places: readonly string[]): string | undefined {
  const found = places.find(isFile);
  return found === undefined ? undefined : readFileSync(found, "utf8");
}

function makeFolder(out: string): void {
  try {
    mkdirSync(out, { recursive: true });
    if (readdirSync(out).length === 0) return;
  } catch (cause) {
    throw inputError("bad-folder", `The folder ${out} can't be made: ${messageOf(cause)}`, undefined, cause);
  }
  throw inputError(
    "folder-in-use",
    `The folder ${out} is not empty, and nothing is written over`,
    "Name another: --out FOLDER.",
  );
}

function writeGraph(
  job: Job,
  { file, out }: { readonly file: string; readonly out: string },
  { bundled }: ImportOptions,
): { graph: string; prompts: string[] } {
  const name = graphName(file);
  const graph = join(out, "graphs", `${name}.yaml`);
  const prompts: string[] = [];
  mkdirSync(join(out, "graphs"), { recursive: true });
  mkdirSync(join(out, "prompts"), { recursive: true });
  writeFileSync(graph, graphText(job, { name, from: basename(file) }));
  writeFileSync(join(out, "graphs/graph.schema.json"), bundled("graphs/graph.schema.json"));
  for (const { does, prompt } of job.stages) {
    const wanted = PURPOSE_OF(does);
    if (wanted === undefined) continue;
    const path = join(out, "prompts", wanted.file);
    if (prompts.includes(path)) continue;
    const text = prompt === undefined ? bundled(`prompts/${wanted.file}`) : promptFile(wanted.purpose, prompt);
    writeFileSync(path, text);
    prompts.push(path);
  }
  const { needs } = job.endpoint;
  if (needs.length > 0) writeFileSync(join(out, ".env.example"), needs.map((variable) => `${variable}=\n`).join(""));
  checkWritten(graph, needs);
  return { graph, prompts };
}

/** What was made is held to the same checks as a graph that a person wrote. */
function checkWritten(graph: string, needs: readonly string[]): void {
  const env = Object.fromEntries(needs.map((name) => [name, "http://to-be-set"]));
  const { plan, diagnostics, texts } = openGraph(graph, { env });
  if (plan !== undefined) return;
  throw new MezzoError(
    "bad-import",
    `Internal error: the graph that was made is wrong:\n${formatDiagnostics(diagnostics, texts)}`,
  );
}

/** A graph's name: letters, digits, - and _. */
function graphName(file: string): string {
  const plain = basename(file, extname(file))
    .replace(/[^A-Za-z0-9_-]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return /^[A-Za-z]/.test(plain) ? plain : `job-${plain || "imported"}`.replace(/-+$/, "");
}

interface DataSource {
  readonly from: string;
  readonly to: string;
  readonly shape: Shape;
  readonly made?: Made;
}

async function importData(
  sources: readonly DataSource[],
  out: string,
  options: ImportOptions,
): Promise<ImportedData[]> {
  const asidePath = join(out, "set-aside.jsonl");
  const asides = createWriteStream(asidePath);
  const imported: ImportedData[] = [];
  try {
    for (const source of sources) imported.push(await importFile(source, { out, asides }, options));
  } finally {
    asides.end();
    await finished(asides);
  }
  return imported;
}

async function importFile(
  { from, to, shape, made }: DataSource,
  { out, asides }: { readonly out: string; readonly asides: NodeJS.WritableStream },
  { badRows, signal }: ImportOptions,
): Promise<ImportedData> {
  const findings = new Findings();
  let rows = 0;
  let setAside = 0;
  const onAside = (aside: Aside) => {
    setAside++;
    asides.write(`${JSON.stringify({ file: from, ...aside })}\n`);
  };
  async function* lines(): AsyncGenerator<string> {
    for await (const row of readData(from, { shape, badRows, findings, onAside, made, signal })) {
      rows++;
      yield `${JSON.stringify(row)}\n`;
    }
  }
  const path = join(out, to);
  await writeOutput(lines(), { out: path, signal });
  return { from, to: path, rows, setAside, findings: findings.list() };
}

function finish(imported: Imported): Imported {
  writeFileSync(join(imported.out, "import.json"), `${JSON.stringify(imported, undefined, 2)}\n`);
  return imported;
}

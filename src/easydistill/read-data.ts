/**
 * The toolkit's data as Mezzo's rows, one at a time: a file of any length takes no more memory than its longest batch.
 * What is not a row of ours afterwards is handed to `onAside`, with its number and its code.
 *
 *   file ─▶ rows ─▶ chains of a list apart ─▶ batches mended ─▶ convertRow ─▶ doubles out ─▶ { id, problem, answer, trace, ... }
 */
import { hashText } from "../core/hash.ts";
import type { RowProblem } from "../data/rows.ts";
import { type Made, mendBatches } from "./batches.ts";
import { type Converted, convertRow, type Shape } from "./convert-row.ts";
import type { DefectCode, Findings } from "./defects.ts";
import { numberedRows, refuseBadRow, textIn } from "./rows.ts";
import { sharedPrompt, unwrapPrompt } from "./texts.ts";

export interface ReadDataOptions {
  readonly shape: Shape;
  readonly badRows: "stop" | "skip";
  readonly findings: Findings;
  readonly onAside: (aside: Aside) => void;
  /** The file that the job read, where this is the one that it wrote. */
  readonly made?: Made;
  readonly signal?: AbortSignal;
}

export interface Aside {
  readonly row: number;
  readonly why: DefectCode;
  /** As it came; a line that is no JSON, as the message that says so. */
  readonly was: unknown;
}

export interface OurRow {
  readonly id: string;
  readonly problem: string;
  readonly [column: string]: unknown;
}

/** Throws MezzoError for a file that can't be read, or a row that is none unless those are skipped. */
export async function* readData(file: string, options: ReadDataOptions): AsyncGenerator<OurRow> {
  const { findings, onAside, made, signal } = options;
  const shape = await withSharedPrompt(file, options);
  const chains = made === undefined ? undefined : await chainsOf(made, signal);
  const ids = new Map<string, number>();
  const seen = new Set<string>();
  const rows = numberedRows(file, { signal, onBad: (problem, name) => leaveOut(problem, name, options) });
  for await (const { number, value, problem, batch } of mendBatches(rows, shape, { made, signal })) {
    const set = (why: DefectCode) => {
      findings.add(why, number);
      onAside({ row: number, why, was: value });
    };
    if (batch === "unmended" || batch === "shifted") {
      set(batch === "shifted" ? "shifted-pair" : "batch-unmended");
      continue;
    }
    const converted = convertRow(value, shape);
    if (converted.row !== undefined && isShifted(converted, chains) && batch === undefined) {
      set("shifted-pair");
      continue;
    }
    const why = converted.row === undefined ? converted.codes.at(-1)! : undefined;
    for (const code of converted.codes) if (code !== why) findings.add(code, number);
    const codes = batch === "mended" ? [...converted.codes, "last-of-batch" as const] : converted.codes;
    if (batch === "mended" && why === undefined) findings.add("last-of-batch", number);
    if (why !== undefined) {
      set(why);
      continue;
    }
    const row = problem === undefined ? converted.row! : { ...converted.row!, problem };
    const content = hashText(JSON.stringify([row.problem, row.trace ?? ""])).toString("base64");
    if (seen.has(content)) {
      set("duplicate-row");
      continue;
    }
    seen.add(content);
    yield withId(row, { number, file, codes }, { ids, findings });
  }
}

/** Each row's own id, the second time with a number behind it; without one, its place in the file. */
function withId(
  { problem, trace, ...row }: NonNullable<Converted["row"]>,
  { number, file, codes }: { readonly number: number; readonly file: string; readonly codes: readonly DefectCode[] },
  { ids, findings }: { readonly ids: Map<string, number>; readonly findings: Findings },
): OurRow {
  const { id: told, ...others } = row;
  const wanted = (typeof told === "string" && told !== "") || typeof told === "number" ? String(told) : `row-${number}`;
  const times = (ids.get(wanted) ?? 0) + 1;
  ids.set(wanted, times);
  // An id that comes of its place in a list (several chains of one problem) is nobody's mistake.
  if (times > 1 && told !== undefined) findings.add("id-again", number);
  const id = times === 1 ? wanted : `${wanted}-${times}`;
  const from = { file, row: number, ...(codes.length === 0 ? {} : { mended: codes }) };
  return { id, problem, ...(trace === undefined ? {} : { trace }), ...others, easydistill: from };
}

function leaveOut(problem: RowProblem, name: string, { badRows, findings, onAside }: ReadDataOptions): void {
  if (badRows === "stop") refuseBadRow(problem, name);
  findings.add("bad-line", problem.line);
  onAside({ row: problem.line, why: "bad-line", was: problem.message });
}

/** Which chains the input has for a problem, by their hashes: what else was asked with it came of a shifted pair. */
async function chainsOf({ from, shape }: Made, signal: AbortSignal | undefined): Promise<Chains | undefined> {
  if (!shape.needsChain) return undefined;
  const chains = new Map<string, string[]>();
  for await (const { value } of numberedRows(from, { signal })) {
    const [problem, chain] = [textIn(value, shape.problem), textIn(value, shape.chain)];
    if (problem === undefined) continue;
    const known = chains.get(shortHash(problem)) ?? [];
    chains.set(shortHash(problem), chain === undefined ? known : [...known, shortHash(chain)]);
  }
  return chains;
}

type Chains = ReadonlyMap<string, readonly string[]>;

function isShifted({ row, original }: Converted, chains: Chains | undefined): boolean {
  if (row === undefined || original === undefined || chains === undefined) return false;
  const known = chains.get(shortHash(row.problem));
  return known !== undefined && !known.includes(shortHash(original));
}

function shortHash(text: string): string {
  return hashText(text.trim()).toString("base64", 0, 9);
}

/** How many rows tell whether all of them begin with one prompt. */
const LOOKED_AT = 64;

/** Where nothing says what was asked with: what the first rows all begin with. */
async function withSharedPrompt(file: string, { shape, signal }: ReadDataOptions): Promise<Shape> {
  const first: string[] = [];
  for await (const { value } of numberedRows(file, { signal })) {
    const text = textIn(value, ["instruction"]);
    if (text !== undefined && unwrapPrompt(text, shape.prompts) === undefined) first.push(text);
    if (first.length >= LOOKED_AT) break;
  }
  const shared = sharedPrompt(first);
  return shared === undefined ? shape : { ...shape, prompts: [...shape.prompts, shared] };
}

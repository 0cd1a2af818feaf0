/** `mezzo import`: jobs and data of another toolkit as a graph, prompts and rows of Mezzo's, its known defects told. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Imported, ImportedData } from "../../easydistill/import.ts";
import { importEasyDistill } from "../../easydistill/import.ts";
import type { ExitCode } from "../failure.ts";
import type { Io } from "../io.ts";
import { packageRoot } from "../package-root.ts";
import { plural } from "../words.ts";

export interface ImportFlags {
  readonly out?: string;
  readonly input?: string;
  readonly badRows: "stop" | "skip";
  readonly json?: boolean;
}

export async function importJob(io: Io, file: string, flags: ImportFlags): Promise<ExitCode> {
  const stopped = new AbortController();
  const unhook = io.onInterrupt(() => stopped.abort(new Error("interrupted")));
  const bundled = (path: string) => readFileSync(join(packageRoot(), path), "utf8");
  try {
    const imported = await importEasyDistill(file, { ...flags, bundled, signal: stopped.signal });
    if (flags.json) io.out(JSON.stringify(imported));
    else for (const line of describe(io, imported)) io.say(line);
    // Nothing to run is no success, however well it is told why.
    return imported.data.some(({ rows }) => rows > 0) ? 0 : 1;
  } catch (thrown) {
    if (stopped.signal.aborted) return 130;
    throw thrown;
  } finally {
    unhook();
  }
}

function describe(io: Io, imported: Imported): string[] {
  const { graph, prompts, data, notes, out } = imported;
  const made = (path: string, words: string) => `${io.paint.good("made")}  ${path}${words === "" ? "" : `  ${words}`}`;
  const aside = data.reduce((sum, { setAside }) => sum + setAside, 0);
  return [
    ...(graph === undefined ? [] : [made(graph, `${imported.job}, checked`)]),
    ...prompts.map((path) => made(path, "")),
    ...data.map(({ to, rows, from }) => made(to, `${plural(rows, "row")} of ${from}`)),
    ...(aside === 0
      ? []
      : [made(join(out, "set-aside.jsonl"), `${plural(aside, "row")} that can't be used, each with its reason`)]),
    ...(notes.length === 0 ? [] : ["", io.paint.strong("The job")]),
    ...notes.flatMap(({ code, says, done }) => [
      `  ${io.paint.heavy(code)}  ${says}`,
      `    ${io.paint.faint("▸")} ${done}`,
    ]),
    ...data.flatMap((file) => describeFindings(io, file)),
    "",
    ...whatNext(io, imported),
  ];
}

/** More ranges than these fill a screen; import.json has them all. */
const MOST_SHOWN = 120;

function describeFindings(io: Io, { from, findings }: ImportedData): string[] {
  if (findings.length === 0) return ["", `${io.paint.strong(from)}  none of the known defects`];
  const lines = findings.flatMap(({ code, means, done, count, rows }) => {
    const shown = rows.length <= MOST_SHOWN ? rows : `${rows.slice(0, rows.lastIndexOf(",", MOST_SHOWN))}, ...`;
    return [
      `  ${io.paint.heavy(code)}  ${plural(count, "row")} (${shown}): ${means}`,
      `    ${io.paint.faint("▸")} ${done}`,
    ];
  });
  return ["", io.paint.strong(from), ...lines];
}

function whatNext(io: Io, imported: Imported): string[] {
  const { graph, needs, out, seed } = imported;
  const rows = join(out, "rows.jsonl");
  if (!imported.data.some((file) => file.rows > 0))
    return [`No row can be used; ${join(out, "set-aside.jsonl")} says why of each.`];
  if (graph === undefined)
    return ["Run a graph over it, such as:", `  ${io.program} run graphs/distill.yaml --input ${rows}`];
  const set = needs.length === 0 ? [] : [`Set ${needs.join(", ")} in the environment or in a .env file; then:`];
  const drawn = seed === undefined || !Number.isSafeInteger(seed) || seed < 0 ? "" : ` --seed ${seed}`;
  return [...set, `  ${io.program} validate ${graph}`, `  ${io.program} run ${graph} --input ${rows}${drawn}`];
}

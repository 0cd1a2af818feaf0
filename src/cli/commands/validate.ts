/** `mezzo validate`: every mistake in graphs and prompts, at once; with `--watch`, again at every save. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { sortDiagnostics } from "../../core/diagnostic-text.ts";
import { type Diagnostic, MezzoError, messageOf } from "../../core/errors.ts";
import { decidersOf, describeDeciders } from "../../graph/deciders.ts";
import { openGraph } from "../../graph/open.ts";
import { readPrompt } from "../../graph/prompt-file.ts";
import { maskSecrets } from "../../graph/secrets.ts";
import type { ExitCode } from "../failure.ts";
import { explain, showDiagnostics } from "../failure.ts";
import type { Io } from "../io.ts";
import { untilInterrupted, watchFiles } from "../watch-files.ts";
import { plural } from "../words.ts";

export interface ValidateFlags {
  readonly set: readonly string[];
  readonly json?: boolean;
  readonly watch?: boolean;
}

export async function validate(io: Io, files: readonly string[], flags: ValidateFlags): Promise<ExitCode> {
  if (flags.watch !== true) return check(io, files, flags).code;
  if (flags.json)
    throw new MezzoError("usage", "--watch is for people, --json for programs: take one", { exitCode: 2 });
  return watch(io, files, flags);
}

interface Checked {
  readonly code: ExitCode;
  /** Every file that had a part in it, absolute; those that were looked for in vain among them. */
  readonly read: ReadonlySet<string>;
}

function check(io: Io, files: readonly string[], flags: ValidateFlags): Checked {
  const all: Diagnostic[] = [];
  const texts = new Map<string, string>();
  const read = new Set(files.map((file) => resolve(file)));
  const readText = (path: string) => {
    read.add(path);
    return readFileSync(path, "utf8");
  };
  for (const file of files) {
    const found = file.endsWith(".md") ? checkPrompt(file) : checkGraph(file, { io, set: flags.set, read: readText });
    all.push(...found.diagnostics);
    for (const [name, text] of found.texts) texts.set(name, text);
    if (found.isGood && flags.json !== true) io.say(`${io.paint.good("ok")}  ${file}  ${io.paint.faint(found.words)}`);
  }
  if (flags.json) io.out(JSON.stringify({ diagnostics: sortDiagnostics(all) }, null, 2));
  else showDiagnostics(io, all, texts);
  return { code: all.some((diagnostic) => diagnostic.severity === "error") ? 1 : 0, read };
}

interface Found {
  readonly diagnostics: readonly Diagnostic[];
  readonly texts: ReadonlyMap<string, string>;
  readonly isGood: boolean;
  /** What is in it, in a few words. */
  readonly words: string;
}

function checkGraph(
  file: string,
  { io, set, read }: { io: Io; set: readonly string[]; read: (path: string) => string },
): Found {
  const { plan, diagnostics, texts } = openGraph(file, { env: io.env, set, read });
  if (plan === undefined) return { diagnostics, texts, isGood: false, words: "" };
  const parts = [plural(Object.keys(plan.nodes).length, "node"), plural(Object.keys(plan.models).length, "model")];
  parts.push(plural(Object.keys(plan.prompts).length, "prompt"));
  const decided = describeDeciders(decidersOf(plan));
  return {
    diagnostics,
    texts,
    isGood: true,
    words: `${parts.join(", ")}; ${decided === "" ? "" : `${decided}; `}plan ${plan.fingerprint.slice(0, 12)}`,
  };
}

/** A prompt by itself: whether a graph's state has its variables, only the graph can tell. */
function checkPrompt(file: string): Found {
  const text = readPromptText(file);
  const { prompt, diagnostics } = readPrompt(file, text);
  const words = prompt === undefined ? "" : `prompt to ${prompt.purpose}, of ${prompt.variables.join(", ")}`;
  return { diagnostics, texts: new Map([[file, maskSecrets(text)]]), isGood: prompt !== undefined, words };
}

function readPromptText(file: string): string {
  try {
    return readFileSync(file, "utf8")
      .replace(/^\uFEFF/, "")
      .replaceAll("\r\n", "\n");
  } catch (cause) {
    throw new MezzoError("no-prompt", `The prompt file ${file} can't be read: ${messageOf(cause)}`, {
      cause,
      exitCode: 2,
    });
  }
}

/** Checks at once, and again whenever one of the files that had a part in it is saved; until Ctrl-C. */
async function watch(io: Io, files: readonly string[], flags: ValidateFlags): Promise<ExitCode> {
  let read = check(io, files, flags).read;
  const watching = watchFiles(
    () => read,
    () => {
      if (io.isTerminal) io.say(CLEAR);
      try {
        read = check(io, files, flags).read;
      } catch (thrown) {
        // Gone for a moment, as editors save; or gone: it is looked at again when it is back.
        explain(io, thrown);
      }
    },
  );
  io.say(io.paint.faint("watching; Ctrl-C ends it"));
  await untilInterrupted(io);
  watching.close();
  return 130;
}

/** Screen and what was scrolled away. */
const CLEAR = "\u001b[2J\u001b[3J\u001b[H";

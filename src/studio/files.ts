/**
 * The files that a page may open and save: graphs (`graphs/**.yaml`) and prompts (`prompts/**.md`) of the project, and
 * nothing else on this machine. A path is held to that twice: as it is written, and as it is once every symbolic link in it
 * is followed. Saving replaces the whole file at once, and only the version that was edited.
 */
import { readdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { MezzoError, messageOf } from "../core/errors.ts";
import { fingerprintText } from "../core/hash.ts";
import { findSecrets, maskSecrets } from "../graph/secrets.ts";
import type { FileHead, FileList, FileText, SaveFile } from "./api.ts";

/** Prompts may also lie beside the graph. */
const ROOTS = { graphs: /\.(ya?ml|md)$/i, prompts: /\.md$/i } as const;
const GRAPH = /\.ya?ml$/i;
const INPUT = /\.(jsonl|json|csv|parquet)(\.gz)?$/i;
/** Files of these names are JSON, and never samples. */
const NO_INPUT = /(^|\/)(package(-lock)?|tsconfig[^/]*|biome|[^/]*\.schema)\.json$/i;
/** In the project's folder: what is built, and where runs are kept. */
const NO_FOLDERS = new Set(["dist", "state"]);
const MOST_FILES = 1_000;
const MOST_ENTRIES = 20_000;
const MOST_DEPTH = 4;
/** A graph or a prompt of more than a million characters is none. */
export const MOST_CHARS = 1_000_000;

export class Files {
  readonly project: string;

  constructor(project: string) {
    this.project = realpathSync(project);
  }

  list(): FileList {
    return { ...this.edited(), inputs: this.#inputs() };
  }

  /** What may be edited here. */
  edited(): Omit<FileList, "inputs"> {
    return {
      graphs: this.#walk("graphs", GRAPH),
      prompts: [...this.#walk("prompts", ROOTS.prompts), ...this.#walk("graphs", ROOTS.prompts)],
    };
  }

  #inputs(): FileHead[] {
    return this.#walk("", INPUT).filter(({ path }) => !NO_INPUT.test(path));
  }

  read(path: string): FileText {
    const { real, text } = this.#open(path);
    const { size, mtimeMs } = statSync(real);
    const locked = findSecrets(text).length > 0 ? LOCKED : null;
    const head = { path, bytes: size, changedAt: Math.round(mtimeMs) };
    return { ...head, text: maskSecrets(text), version: fingerprintText(text), locked };
  }

  /** The content's version, undefined where there is no such file. */
  versionOf(path: string): string | undefined {
    try {
      return fingerprintText(this.#open(path).text);
    } catch (thrown) {
      if (thrown instanceof MezzoError && thrown.code === "no-file") return undefined;
      throw thrown;
    }
  }

  /** Throws `file-changed` where the file is no longer what was edited. */
  save({ path, text, version }: SaveFile): FileText {
    if (text.length > MOST_CHARS) throw new MezzoError("too-large", `${path} is too long to be a graph or a prompt.`);
    if (findSecrets(text).length > 0) {
      const hint = 'Write apiKey: "${NAME}", and put NAME into the environment or a .env file.';
      throw new MezzoError("secret-in-file", "There is a key in this text; it was not saved.", { hint });
    }
    const now = this.versionOf(path);
    if (now !== (version ?? undefined)) {
      const message = now === undefined ? `${path} is gone.` : `${path} has changed since it was opened.`;
      const hint = "Compare it with what is there now, and save again.";
      throw new MezzoError("file-changed", message, { hint });
    }
    if (now !== undefined && this.read(path).locked !== null) throw new MezzoError("secret-in-file", LOCKED);
    const target = this.#locate(path);
    const part = join(dirname(target), `.${basename(target)}.part`);
    try {
      writeFileSync(part, text);
      renameSync(part, target);
    } catch (cause) {
      rmSync(part, { force: true });
      throw new MezzoError("cannot-save", `${path} can't be written: ${reasonOf(cause)}`, { cause });
    }
    return this.read(path);
  }

  /** The absolute path of an input that a run may be started with. Throws `outside-project`, `no-file`. */
  input(path: string): string {
    if (!INPUT.test(path)) throw outside(path, "A file of samples is expected: JSONL, JSON, CSV or Parquet.");
    return this.#real(resolve(this.project, path), path, this.project);
  }

  /** The absolute path of a graph or prompt that is there or could be. Throws `outside-project`. */
  locate(path: string): string {
    return this.#locate(path);
  }

  /** How a file is called here, from its absolute path: from the project's folder, with slashes. */
  nameOf(path: string): string {
    return relative(this.project, path).split(sep).join("/");
  }

  #open(path: string): { real: string; text: string } {
    const target = this.#locate(path);
    const root = join(this.project, path.split("/")[0]!);
    const real = this.#real(target, path, realpathSync(root));
    const stat = statSync(real);
    if (!stat.isFile()) throw new MezzoError("no-file", `${path} is no file.`);
    if (stat.size > 4 * MOST_CHARS) throw new MezzoError("too-large", `${path} is too long to be a graph or a prompt.`);
    try {
      return { real, text: readFileSync(real, "utf8") };
    } catch (cause) {
      throw new MezzoError("cannot-read", `${path} can't be read: ${reasonOf(cause)}`, { cause });
    }
  }

  /** Where a path leads, links followed as far as there is something; within its root in any case. */
  #locate(path: string): string {
    const [root = "", ...rest] = path.split("/");
    const hasForm = Object.hasOwn(ROOTS, root) && ROOTS[root as keyof typeof ROOTS].test(path);
    const isPlain = rest.length > 0 && rest.every((part) => /^[^.\\:\p{Cc}][^\\:\p{Cc}]*$/u.test(part));
    if (!hasForm || !isPlain) throw outside(path, "Graphs are graphs/*.yaml, prompts are prompts/*.md.");
    const target = join(this.project, path);
    const realRoot = realOf(join(this.project, root));
    const realFolder = realOf(dirname(target));
    if (realRoot === undefined || realFolder === undefined) {
      throw new MezzoError("no-file", `There is no folder ${dirname(path)} in this project.`);
    }
    if (!isWithin(realRoot, this.project)) throw outside(path, "The folder is a link that leads out of the project.");
    const real = realOf(target) ?? join(realFolder, basename(target));
    if (!isWithin(real, realRoot)) throw outside(path, "It is a link that leads out of its folder.");
    return real;
  }

  #real(target: string, path: string, root: string): string {
    const real = realOf(target);
    if (real === undefined) {
      if (!isWithin(resolve(target), this.project)) throw outside(path, "It is not in this project.");
      throw new MezzoError("no-file", `There is no file ${path}.`);
    }
    if (!isWithin(real, root)) throw outside(path, "It leads out of the project.");
    return real;
  }

  #walk(folder: string, form: RegExp, depth = 0, walk = { found: [] as FileHead[], left: MOST_ENTRIES }): FileHead[] {
    for (const entry of depth > MOST_DEPTH ? [] : entriesOf(join(this.project, folder))) {
      walk.left -= 1;
      if (walk.left < 0 || walk.found.length >= MOST_FILES) break;
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
      if (entry.isDirectory()) {
        if (!NO_FOLDERS.has(path)) this.#walk(path, form, depth + 1, walk);
      } else if (form.test(entry.name) && (entry.isFile() || this.#leadsInside(path))) {
        const { size, mtimeMs } = statSync(join(this.project, path));
        walk.found.push({ path, bytes: size, changedAt: Math.round(mtimeMs) });
      }
    }
    return walk.found;
  }

  /** Is it a link to a file within the folder that may be opened? */
  #leadsInside(path: string): boolean {
    const root = /^(graphs|prompts)\//.exec(path)?.[1] ?? "";
    const [real, realRoot] = [realOf(join(this.project, path)), realOf(join(this.project, root))];
    return real !== undefined && realRoot !== undefined && isWithin(real, realRoot) && statSync(real).isFile();
  }
}

const LOCKED = "There is a key written in this file; it is shown masked. Take it out with another editor first.";

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return []; // Not there, or not ours to read: nothing to open in it.
  }
}

function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined; // Nothing there, a link to nothing, or a ring of links.
  }
}

function isWithin(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function outside(path: string, hint: string): MezzoError {
  return new MezzoError("outside-project", `"${path}" is not a file that can be opened here.`, { hint });
}

/** Without the absolute path that the file system puts into its messages. */
function reasonOf(cause: unknown): string {
  return (cause as NodeJS.ErrnoException).code ?? messageOf(cause);
}

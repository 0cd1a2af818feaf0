/**
 * A team's own kinds: `kinds: [./my-kind.ts]` names files that call `defineNode` and export what it gives.
 *
 * A file is loaded from the very bytes that were hashed, and under a name that holds the hash, because Node keeps what
 * it has loaded: an edited file is another module, in the studio and under `--watch` too. It runs by Node's own type
 * stripping; `mezzo` and `zod` are taken from the file's own folder, and where that has none, from this program, so that
 * a file beside a graph needs no package.json. What a file itself imports is not part of the hash.
 *
 * A plan keeps path and hash. Whoever runs it loads the file again (each worker thread has its own modules), and
 * refuses where the file is no longer what it was: the run would mix the work of two programs.
 */
import { hash as nodeHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire, registerHooks } from "node:module";
import { extname, sep } from "node:path";
import { pathToFileURL } from "node:url";
import * as z from "zod";
import { MezzoError, messageOf, type Place } from "../core/errors.ts";
import { nodeKinds } from "../nodes/kinds.ts";
import type { NodeKind } from "../nodes/node.ts";
import { guardKind } from "./guard-kind.ts";
import type { KindFile, Plan } from "./plan.ts";
import { shownPath } from "./reach.ts";
import { NAME, nodeShape } from "./schema.ts";

export type Kinds = ReadonlyMap<string, NodeKind>;

export interface OwnKind extends KindFile {
  readonly definition: NodeKind;
}

export interface KindTrouble {
  readonly code: "bad-kind-file" | "bad-kind";
  readonly message: string;
  readonly hint?: string;
  /** Where in the kind's own file, where that can be told. */
  readonly place?: Place;
}

/** The kinds that a file defines, or why it has none. Runs the file. */
export function loadKinds(path: string): OwnKind[] | KindTrouble {
  let source: string;
  let exported: Readonly<Record<string, unknown>>;
  try {
    source = readFileSync(path, "utf8");
    exported = loadModule(path, source) as Readonly<Record<string, unknown>>;
  } catch (thrown) {
    return describeFailure(path, thrown);
  }
  const file = shownPath(path);
  const found = [...new Set(Object.values(exported))].filter(looksLikeKind);
  if (found.length === 0) {
    const message = `${file} exports no kind`;
    return {
      code: "bad-kind-file",
      message,
      hint: "Write export default defineNode({ kind, summary, params, labels, run }).",
    };
  }
  const kinds: OwnKind[] = [];
  for (const kind of found) {
    const definition = checkKind(kind);
    if (typeof definition === "string")
      return { code: "bad-kind", message: `The kind in ${file} can't be used: ${definition}` };
    kinds.push({ file: path, hash: hashOf(source), shapes: definition.shapes, definition });
  }
  return kinds;
}

/** Every kind that a plan's nodes have. Throws MezzoError `kind-changed` where a file is not what it was. */
export function kindsOf(plan: Pick<Plan, "kinds">): Kinds {
  if (plan.kinds === undefined) return nodeKinds;
  checkKindFiles(plan);
  const kinds = new Map(nodeKinds);
  for (const [name, { file }] of Object.entries(plan.kinds)) {
    const loaded = loadKinds(file);
    if ("code" in loaded) throw new MezzoError(loaded.code, loaded.message, { hint: loaded.hint, exitCode: 2 });
    const own = loaded.find(({ definition }) => definition.kind === name);
    if (own !== undefined) kinds.set(name, own.definition);
  }
  return kinds;
}

/** Are the files of a plan's own kinds what they were? Throws MezzoError `kind-changed`; runs nothing. */
export function checkKindFiles({ kinds = {} }: Pick<Plan, "kinds">): void {
  for (const [name, { file, hash }] of Object.entries(kinds)) {
    const now = currentHash(file);
    if (now === hash) continue;
    const what =
      now === undefined
        ? "is gone"
        : `is not what it was when this run was started (${hash.slice(0, 8)} then, ${now.slice(0, 8)} now)`;
    throw new MezzoError("kind-changed", `The file of the kind "${name}" ${what}: ${shownPath(file)}`, {
      hint: "Put it back as it was, or go on with the edited one: mezzo resume <run> --graph <graph>.",
      exitCode: 2,
    });
  }
}

function currentHash(file: string): string | undefined {
  try {
    return hashOf(readFileSync(file, "utf8"));
  } catch {
    return undefined; // Gone, or no longer to be read: the same to whoever asks.
  }
}

function hashOf(source: string): string {
  return nodeHash("sha256", source, "hex").slice(0, 32);
}

const OURS = ["mezzo", "zod"];

function loadModule(path: string, source: string): unknown {
  const extension = extname(path);
  const named = `${path.slice(0, -extension.length)}.${hashOf(source).slice(0, 12)}${extension}`;
  const url = pathToFileURL(named).href;
  // JavaScript too: what takes the types away says where a text is broken, and Node's own reader does not.
  const format = "module-typescript";
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      if (specifier === named) return { url, format, shortCircuit: true };
      try {
        return next(specifier, context);
      } catch (thrown) {
        if (context.parentURL !== url || !OURS.includes(specifier)) throw thrown;
        if (specifier === "mezzo") return { url: ownIndex(), format, shortCircuit: true };
        return next(specifier, { ...context, parentURL: import.meta.url });
      }
    },
    load: (at, context, next) => (at === url ? { format, source, shortCircuit: true } : next(at, context)),
  });
  try {
    return createRequire(path)(named);
  } finally {
    hooks.deregister();
  }
}

/** The library's face, beside the built program or in the source. */
function ownIndex(): string {
  return new URL(import.meta.url.endsWith(".ts") ? "../index.ts" : "./index.js", import.meta.url).href;
}

/** `file:///kinds/cut.0123456789ab.ts:3`, as Node's errors name a place in a module of ours. */
const IN_MODULE = /(file:\/\/[^\s:()]+|\/[^\s:()]+)\.[0-9a-f]{12}(\.\w+):(\d+)(?::(\d+))?/;

function describeFailure(path: string, thrown: unknown): KindTrouble {
  const file = shownPath(path);
  const code = (thrown as NodeJS.ErrnoException | null)?.code;
  const stack = thrown instanceof Error ? (thrown.stack ?? "") : "";
  const at = IN_MODULE.exec(stack);
  const carets = /^( *)\^+$/m.exec(stack)?.[1]?.length;
  const place =
    at === null ? undefined : { file, line: Number(at[3]), column: Number(at[4] ?? (carets ?? 0) + 1), length: 1 };
  const said = firstLine(messageOf(thrown))
    .replace(/\.[0-9a-f]{12}(\.\w+)/g, "$1")
    .replaceAll(process.cwd() + sep, "");
  const bad = (message: string, hint?: string): KindTrouble => ({ code: "bad-kind-file", message, hint, place });
  switch (code) {
    case "ERR_REQUIRE_ASYNC_MODULE":
      return bad(`${file} waits at its top level (await), and kinds are loaded without waiting`, "Wait inside run().");
    case "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX":
      return bad(
        `${file} can't be loaded: ${said}`,
        "Node takes types away and does nothing else: no enum, no namespace.",
      );
    case "ERR_MODULE_NOT_FOUND": {
      const hint =
        "Paths count from the file itself; packages must be installed there. mezzo and zod are always at hand.";
      return bad(`${file} can't be loaded: ${said}`, hint);
    }
    default:
      return bad(`${file} can't be loaded: ${said}`);
  }
}

function firstLine(text: string): string {
  return text.split("\n")[0]!.trim();
}

function looksLikeKind(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object" && "kind" in value && "run" in value;
}

const RESERVED = Object.keys(nodeShape);

/** A definition that can be used, or why it can't. It comes from JavaScript: its types promise nothing. */
function checkKind(kind: Readonly<Record<string, unknown>>): NodeKind | string {
  const wrong = kindSchema.safeParse(kind).error?.issues[0];
  if (wrong !== undefined) return `"${wrong.path.join(".")}" must be ${wrong.message}`;
  const { params } = kind as unknown as { params: z.ZodObject };
  const clash = Object.keys(params.shape).find((key) => RESERVED.includes(key));
  if (clash !== undefined) return `it has a parameter "${clash}", and every node has a key of that name`;
  // Unknown keys are mistakes in a graph, whatever the schema would do with them.
  return guardKind({ ...(kind as unknown as NodeKind), params: params.strict() });
}

const isFunction = (value: unknown) => typeof value === "function";
const label = z.string().regex(NAME);

const kindSchema = z.looseObject({
  kind: z.string("a name").regex(NAME, "a name of letters, digits, - and _ that begins with a letter"),
  summary: z.string("a sentence for people").min(1, "a sentence for people"),
  params: z.custom((value) => value instanceof z.ZodObject, "a Zod object: z.strictObject({ ... })"),
  labels: z.array(label, "a list of labels").min(1, "a list of at least one label"),
  special: z.array(z.string(), "a list of special labels"),
  uses: z.custom(isFunction, "a function of the parameters"),
  shapes: z.boolean("true or false"),
  run: z.custom(isFunction, "a function of context and parameters"),
});

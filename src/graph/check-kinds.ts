/** The kinds that a graph's nodes can have: ours, and those of the files that it names. */
import { nodeKinds } from "../nodes/kinds.ts";
import type { NodeKind } from "../nodes/node.ts";
import type { Surroundings } from "./assemble.ts";
import type { GraphSource } from "./graph-source.ts";
import { type KindTrouble, loadKinds, type OwnKind } from "./own-kinds.ts";
import type { KindFile } from "./plan.ts";
import { findNamed, readNamed } from "./reach.ts";
import type { Report } from "./report.ts";
import { maskSecrets } from "./secrets.ts";
import { fillAt } from "./variables.ts";

export interface KnownKinds {
  readonly all: ReadonlyMap<string, NodeKind>;
  readonly own: Readonly<Record<string, KindFile>>;
  /** False where a file could not be loaded: a kind that seems unknown may be its. */
  readonly isWhole: boolean;
}

export function checkKinds(source: GraphSource, around: Surroundings, report: Report): KnownKinds {
  const all = new Map(nodeKinds);
  const own: Record<string, KindFile> = {};
  let isWhole = true;
  for (const yaml of source.files) {
    const filled = fillAt(yaml.valueAt(["kinds"]), ["kinds"], { yaml, env: around.env, report: () => undefined });
    if (filled !== undefined && !Array.isArray(filled)) isWhole = false;
    for (const [index, name] of (Array.isArray(filled) ? filled : []).entries()) {
      if (typeof name !== "string" || name === "") continue; // Reported with the file's form.
      const place = yaml.place(["kinds", index]);
      const loaded = load(name, yaml.file, around);
      if ("code" in loaded) {
        isWhole = false;
        const related = loaded.place && { message: "The graph names the file here", place };
        report.add({ ...loaded, severity: "error", place: loaded.place ?? place, related });
        continue;
      }
      for (const { definition, ...file } of loaded) {
        const { kind } = definition;
        if (own[kind]?.file === file.file) continue;
        if (!all.has(kind)) {
          all.set(kind, definition);
          own[kind] = file;
          continue;
        }
        const whose = nodeKinds.has(kind) ? "one of Mezzo's own kinds is called so" : `${own[kind]?.file} has it`;
        const message = `"${name}" defines a kind "${kind}", and that name is taken: ${whose}`;
        report.add({ code: "kind-taken", severity: "error", message, hint: "Give the kind another name.", place });
      }
    }
  }
  return { all, own, isWhole };
}

function load(
  name: string,
  from: string,
  { reach, texts }: Surroundings,
): OwnKind[] | (Omit<KindTrouble, "code"> & { code: string }) {
  const found = findNamed(name, from, reach);
  if ("code" in found) return found;
  const read = readNamed(found, reach);
  if ("code" in read) return read;
  texts.set(found.file, maskSecrets(read.text));
  return loadKinds(found.path);
}

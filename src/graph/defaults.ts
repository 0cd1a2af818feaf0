/**
 * `defaults:` says once what many nodes would say. A default is a parameter of every node whose kind has one of that
 * name; what a node says itself wins. A mistake in it is reported once, where it stands, and not at every node.
 */
import * as z from "zod";
import { suggestion } from "../core/suggest.ts";
import type { NodeKind } from "../nodes/node.ts";
import type { Report } from "./report.ts";
import { DEFAULTABLE, nodeShape } from "./schema.ts";
import { parseFilled } from "./variables.ts";

/** What the defaults give a node of a kind that says this itself. */
export type Defaults = (
  definition: NodeKind,
  own: Readonly<Record<string, unknown>>,
) => Readonly<Record<string, unknown>>;

/** Parameters of which a node has one: who says the one does without a default for the other. */
const EITHER: Readonly<Record<string, string>> = {
  model: "models",
  models: "model",
  prompt: "prompts",
  prompts: "prompt",
};

export interface DefaultsGround {
  readonly written: Readonly<Record<string, unknown>>;
  /** Every kind that this graph's nodes could have. */
  readonly known: readonly NodeKind[];
  /** The kinds that its nodes do have; undefined where one of them can't be told. */
  readonly used: readonly NodeKind[] | undefined;
}

export function readDefaults({ written, known, used }: DefaultsGround, report: Report): Defaults {
  const sound: { key: string; value: unknown; kind: NodeKind }[] = [];
  for (const [key, asWritten] of Object.entries(written)) {
    const having = known.filter((kind) => fieldOf(kind, key) !== undefined);
    if (having.length === 0) reportUnknown(key, known, report);
    else if (used !== undefined && !having.some((kind) => used.includes(kind))) warnUnused(key, having, report);
    for (const kind of having) {
      const schema = z.looseObject({ [key]: fieldOf(kind, key)! });
      const { data, diagnostics } = parseFilled(schema, { [key]: asWritten }, { yaml: report.yaml, at: ["defaults"] });
      report.add(...diagnostics);
      if (data !== undefined) sound.push({ key, value: data[key], kind });
    }
  }
  return (kind, own) => {
    const given = sound.filter((one) => one.kind === kind && own[EITHER[one.key] ?? one.key] === undefined);
    return Object.fromEntries(given.map(({ key, value }) => [key, value]));
  };
}

function fieldOf(kind: NodeKind, key: string): z.ZodType | undefined {
  // What a graph in the place of a node is given is its own: `models` and `state` there are no parameters of a step.
  if (kind.kind === "graph") return undefined;
  const own = kind.params instanceof z.ZodObject ? (kind.params.shape as Record<string, z.ZodType>) : {};
  if (Object.hasOwn(own, key)) return own[key];
  return DEFAULTABLE.find((name) => name === key) && (nodeShape as Record<string, z.ZodType>)[key];
}

function reportUnknown(key: string, known: readonly NodeKind[], report: Report): void {
  const own = Object.hasOwn(nodeShape, key);
  const message = own ? `"${key}" is each node's own and can't have a default` : `No kind of node has "${key}"`;
  const keys = known.flatMap((kind) => (kind.params instanceof z.ZodObject ? Object.keys(kind.params.shape) : []));
  const hint = own ? "Write it at the nodes it is for." : suggestion(key, new Set([...keys, ...DEFAULTABLE]));
  report.error("unknown-default", message, ["defaults", key], { key: true, hint });
}

/** A shared file has defaults for graphs that are not this one. */
function warnUnused(key: string, having: readonly NodeKind[], report: Report): void {
  const place = report.yaml.place(["defaults", key], { key: true });
  if (place.file !== report.yaml.place([]).file) return;
  const names = having.map(({ kind }) => kind).join(", ");
  const message = `No node of this graph has "${key}", so this default changes nothing`;
  report.warn("unused-default", message, ["defaults", key], { key: true, hint: `It is for ${names}.` });
}

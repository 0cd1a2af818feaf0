/** Names of one graph as the names of another: in conditions, prompts and parameters. */
import type { Prompt } from "../core/prompt.ts";
import type { NodeKind } from "../nodes/node.ts";

/** What each name of the inner graph is called in the outer one. */
export interface Names {
  readonly node: (name: string) => string;
  readonly model: (name: string) => string;
  readonly field: (name: string) => string;
}

const WORDS =
  /(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|\bvisits\(\s*(?:(?<node>[A-Za-z][\w/-]*)|"(?<in2>[^"\\]*)"|'(?<in1>[^'\\]*)')\s*\)|(?<![\w.])(?<field>[A-Za-z_]\w*)/g;

/** A condition that was checked, with other names in it. Quoted texts stay, and so does what follows a dot. */
export function renameInCondition(text: string, { node, field }: Names): string {
  return text.replace(WORDS, (whole: string, ...found: unknown[]) => {
    const groups = found.at(-1) as Readonly<Record<string, string | undefined>>;
    const visited = groups.node ?? groups.in1 ?? groups.in2;
    if (visited !== undefined) return `visits(${node(visited)})`;
    return groups.field === undefined ? whole : field(groups.field);
  });
}

export function renameInPrompt(prompt: Prompt, { field }: Names): Prompt {
  if (prompt.variables.every((name) => field(name) === name)) return prompt;
  return {
    ...prompt,
    variables: prompt.variables.map(field),
    messages: prompt.messages.map(({ role, parts }) => ({
      role,
      parts: parts.map((part) => (typeof part === "string" ? part : { place: field(part.place) })),
    })),
  };
}

type Params = Readonly<Record<string, unknown>>;

/** Which names a parameter holds, by its key; a team's own kinds keep to these keys where they can be mapped. */
const HOLDS: Readonly<Record<string, "model" | "field" | "prompt">> = {
  model: "model",
  models: "model",
  prompt: "prompt",
  prompts: "prompt",
  alone: "prompt",
  marked: "prompt",
  surprisal: "prompt",
  student: "model",
  trials: "field",
  shows: "field",
  reads: "field",
  writes: "field",
  keeps: "field",
  proxy: "field",
  level: "field",
  score: "field",
  target: "field",
  chain: "field",
  efficiency: "field",
  scales: "field",
  chunks: "field",
  complexity: "field",
  depth: "field",
  place: "field",
};

/**
 * A node's parameters with other names in them. Undefined where the kind names something in a parameter that is not
 * known to hold a name: better said than run with the wrong one.
 */
export function renameParams(
  kind: NodeKind,
  params: Params,
  names: Names & { readonly prompt: (file: string) => string },
): Params | undefined {
  const { expressions, models, prompts, reads, writes } = kind.uses(params);
  const known = { model: models, prompt: prompts.map(({ file }) => file), field: [...reads, ...writes] };
  // What the kind does not name as one is none: `level: high` of a team's own kind is a word like any other.
  const rename = (holds: keyof typeof known, value: unknown) =>
    typeof value === "string" && known[holds].includes(value) ? names[holds](value) : value;
  const renamed = Object.fromEntries(
    Object.entries(params).map(([key, value]) => {
      if (key === "values" && expressions !== undefined) return [key, renameExpressions(expressions, names)];
      const holds = Object.hasOwn(HOLDS, key) ? HOLDS[key] : undefined;
      if (holds === undefined) return [key, value];
      return [key, Array.isArray(value) ? value.map((each) => rename(holds, each)) : rename(holds, value)];
    }),
  );
  const [before, after] = [kind.uses(params), kind.uses(renamed)];
  const same = (a: readonly string[], b: readonly string[]) => a.length === b.length && a.every((x, at) => x === b[at]);
  const sound =
    same(before.models.map(names.model), after.models) &&
    same(before.reads.map(names.field), after.reads) &&
    same(before.writes.map(names.field), after.writes) &&
    same(
      before.prompts.map(({ file }) => names.prompt(file)),
      after.prompts.map(({ file }) => file),
    );
  return sound ? renamed : undefined;
}

function renameExpressions(expressions: Readonly<Record<string, string | number | boolean>>, names: Names): Params {
  const rename = (value: string | number | boolean) =>
    typeof value === "string" ? renameInCondition(value, names) : value;
  return Object.fromEntries(Object.entries(expressions).map(([field, value]) => [names.field(field), rename(value)]));
}

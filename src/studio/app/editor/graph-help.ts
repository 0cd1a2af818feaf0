/** Help while a graph is written: keys and values by the schema, names by what the graph itself declares. */
import { OUTCOME_MEANING, OUTCOMES, RATING_PLAIN, RATINGS } from "../../../core/sample.ts";
import type { Help } from "./code-mirror.ts";
import { describe, keysOf, kindOf, type Schema, schemasAt, valuesOf } from "./schema-help.ts";
import { namesUnder, placeAt } from "./yaml-places.ts";

/** `prompts` are the files that a node may name. */
export function graphHelp(schema: () => Schema | undefined, prompts: () => readonly string[]): Help {
  return {
    complete(text, position, isAsked) {
      const root = schema();
      const place = placeAt(text, position);
      if (root === undefined || (place.word === "" && !isAsked && place.at.mode === "key")) return undefined;
      const schemas = schemasAt(root, place.path, place.beside);
      if (place.at.mode === "key") {
        const isTarget = place.path.at(-1) === "then";
        const labels = isTarget
          ? RATINGS.map((rating) => ({ label: rating, detail: RATING_PLAIN[rating], apply: `${rating}: ` }))
          : [];
        const keys = keysOf(schemas)
          .filter(({ key }) => place.beside[key] === undefined || key === place.word)
          .map(({ key, description, detail, isRequired }) => ({
            label: key,
            detail,
            info: description ?? "",
            apply: `${key}: `,
            boost: isRequired ? 10 : 0,
          }));
        return options(place.from, [...labels, ...keys]);
      }
      const { key } = place.at;
      const names = namesFor(key, place.path, text, prompts());
      const values = valuesOf(schemasAt(root, [...place.path, key], {})).map(({ value, description }) => ({
        label: value,
        info: description ?? "",
      }));
      return options(place.from, [...names, ...values]);
    },
    explain(text, position) {
      const root = schema();
      const word = /[\w$.@-]*/y;
      let from = position;
      while (from > 0 && /[\w$.@-]/.test(text[from - 1]!)) from -= 1;
      word.lastIndex = from;
      const name = word.exec(text)?.[0] ?? "";
      const to = from + name.length;
      if (root === undefined || name === "" || !/^\s*:/.test(text.slice(to, to + 3))) return undefined;
      const place = placeAt(text, from);
      const found = schemasAt(root, place.path, place.beside).find((each) => each.properties?.[name] !== undefined);
      const own = found?.properties?.[name];
      if (own === undefined) return undefined;
      const words = [describe(own), kindOf(own)].filter((line) => line !== undefined && line !== "").join("\n");
      return words === "" ? undefined : { from, to, title: name, words };
    },
  };
}

function options(
  from: number,
  all: { label: string; detail?: string; info?: string; apply?: string; boost?: number }[],
) {
  // An empty text would be shown as an empty box beside the list.
  return all.length === 0
    ? undefined
    : { from, options: all.map(({ info, ...rest }) => (info ? { ...rest, info } : rest)) };
}

/** Values that no schema knows: they are names that this graph gives. */
function namesFor(key: string, path: readonly string[], text: string, prompts: readonly string[]) {
  const targets = () => [
    ...namesUnder(text, "nodes").map((label) => ({ label, detail: "node" })),
    ...OUTCOMES.map((label) => ({ label, detail: "outcome", info: OUTCOME_MEANING[label] })),
  ];
  if (path.at(-1) === "then" || key === "then" || key === "to" || key === "onError") return targets();
  if (path[0] !== "nodes") return key === "start" ? targets() : [];
  if (key === "model" || key === "judge" || key === "student")
    return namesUnder(text, "models").map((label) => ({ label, detail: "model" }));
  if (key === "prompt") return prompts.map((label) => ({ label, detail: "prompt" }));
  if (key === "writes" || key === "keeps")
    return namesUnder(text, "state").map((label) => ({ label, detail: "state" }));
  return [];
}

export const NO_HELP: Help = { complete: () => undefined, explain: () => undefined };

/**
 * Which samples are looked at. The URL is where a filter lives; its names there are those of the server's query, so that
 * an address bar, a link and a request say the same.
 */
import type { SampleFilter, SampleQuery } from "../../api.ts";
import { plural } from "../format.ts";
import { wordFor } from "../parts/marks.tsx";
import { setQuery } from "../router.ts";

export const LISTS = ["outcome", "rating", "domain", "here", "node", "edge", "label"] as const;
export const BOUNDS = ["roundsMin", "roundsMax", "tokensMin", "tokensMax"] as const;
export type ListName = (typeof LISTS)[number];
export type BoundName = (typeof BOUNDS)[number];

export const SORT_WORDS = {
  input: "as in the input",
  recent: "changed last",
  tokens: "longest first",
  cost: "dearest first",
  rounds: "most rounds first",
} as const satisfies Readonly<Record<NonNullable<SampleQuery["sort"]>, string>>;
export type Sort = keyof typeof SORT_WORDS;

/** The part of a page's query that says which samples, in which order; other parts (a step, a view) are left out. */
export function filterQuery(query: URLSearchParams): URLSearchParams {
  const kept = new URLSearchParams();
  for (const name of [...LISTS, ...BOUNDS, "text", "sort"])
    for (const value of query.getAll(name)) kept.append(name, value);
  return kept;
}

export function filterOf(run: string, query: URLSearchParams): Readonly<Record<string, unknown>> & SampleFilter {
  const filter: Record<string, unknown> = { run };
  for (const name of LISTS) {
    const values = query.getAll(name);
    if (values.length > 0) filter[name] = values;
  }
  for (const name of [...BOUNDS, "text"]) {
    const value = query.get(name);
    if (value !== null && value !== "") filter[name] = value;
  }
  return filter as Readonly<Record<string, unknown>> & SampleFilter;
}

export function sortOf(query: URLSearchParams): Sort {
  const word = query.get("sort");
  return word !== null && Object.hasOwn(SORT_WORDS, word) ? (word as Sort) : "input";
}

export function isFiltered(query: URLSearchParams): boolean {
  return [...LISTS, ...BOUNDS, "text"].some((name) => query.has(name));
}

export function toggle(query: URLSearchParams, name: ListName, value: string): void {
  const values = query.getAll(name);
  setQuery({ [name]: values.includes(value) ? values.filter((other) => other !== value) : [...values, value] });
}

/** A node or an edge as the only one of its kind; chosen again, none. */
export function choosePlace(query: URLSearchParams, name: "node" | "edge" | "here", value: string): void {
  const isChosen = query.getAll(name).includes(value);
  setQuery({
    node: undefined,
    edge: undefined,
    here: undefined,
    label: undefined,
    [name]: isChosen ? undefined : value,
  });
}

export function clearFilter(): void {
  setQuery(Object.fromEntries([...LISTS, ...BOUNDS, "text"].map((name) => [name, undefined])));
}

export interface Chip {
  readonly key: string;
  readonly text: string;
  readonly remove: () => void;
}

/** A filter in words, a chip for each thing that can be taken away. */
export function chipsOf(query: URLSearchParams): Chip[] {
  const chips: Chip[] = [];
  for (const name of LISTS) {
    for (const value of query.getAll(name)) {
      chips.push({ key: `${name}:${value}`, text: wordsOf(name, value), remove: () => toggle(query, name, value) });
    }
  }
  const bound = (name: BoundName, words: (n: string) => string) => {
    const value = query.get(name);
    if (value !== null) chips.push({ key: name, text: words(value), remove: () => setQuery({ [name]: undefined }) });
  };
  bound("roundsMin", (n) => `rounds ≥ ${n}`);
  bound("roundsMax", (n) => `rounds ≤ ${n}`);
  bound("tokensMin", (n) => `≥ ${plural(Number(n), "token")}`);
  bound("tokensMax", (n) => `≤ ${plural(Number(n), "token")}`);
  const text = query.get("text");
  if (text !== null) chips.push({ key: "text", text: `“${text}”`, remove: () => setQuery({ text: undefined }) });
  return chips;
}

function wordsOf(name: ListName, value: string): string {
  switch (name) {
    case "outcome":
      return wordFor(value);
    case "rating":
      return wordFor(value);
    case "domain":
      return value === "" ? "no domain" : value;
    case "here":
      return `waits at ${value}`;
    case "node":
      return `been to ${value}`;
    case "edge":
      return value.replace(">", " → ");
    case "label": {
      const [node = "", label = ""] = value.split(":");
      return `${node}: ${wordFor(label)}`;
    }
  }
}

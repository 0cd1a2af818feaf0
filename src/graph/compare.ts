/**
 * Two plans, and in words what is different: what `mezzo diff` prints and `resume --graph` says before it begins.
 *
 * `reruns` marks what makes recorded steps void (fingerprints.ts); ways and conditions void nothing by themselves: only
 * samples whose way they change go back.
 */
import { diffLines } from "diff";
import { canonicalJson } from "../core/hash.ts";
import type { Prompt } from "../core/prompt.ts";
import { nodeFingerprints } from "./fingerprints.ts";
import { describeStudent, type Field, type Plan, type PlanNode } from "./plan.ts";
import { usesOf } from "./uses.ts";
import { writtenTargets } from "./ways.ts";

export interface PlanChange {
  readonly about: "node" | "way" | "prompt" | "model" | "state" | "student" | "graph";
  /** The node, prompt file, model or field. */
  readonly name: string;
  /** In words, without the name. */
  readonly words: string;
  /** Of a prompt: its changed lines, with what stands around them. */
  readonly lines?: readonly ChangedLine[];
}

export interface ChangedLine {
  readonly sign: "+" | "-" | " ";
  readonly text: string;
}

export interface PlanDiff {
  readonly changes: readonly PlanChange[];
  /** Nodes of the second plan whose steps of the first do not stand, and nodes that are no more. */
  readonly reruns: readonly string[];
  /** A way, a condition, a bound or the start differs. */
  readonly waysDiffer: boolean;
}

export function diffPlans(before: Plan, after: Plan): PlanDiff {
  const [was, is] = [nodeFingerprints(before), nodeFingerprints(after)];
  const renamed = findRenamed(was, is);
  const changes: PlanChange[] = [];
  const add = (about: PlanChange["about"], name: string, words: readonly string[]) =>
    changes.push(...words.map((word) => ({ about, name, words: word })));

  if (before.graph !== after.graph) add("graph", after.graph, [`is the graph's name now (was ${before.graph})`]);
  const students = [describeStudent(before.student), describeStudent(after.student)];
  if (students[0] !== students[1]) add("student", students[1]!, [`is the student now (was ${students[0]})`]);
  if (before.language !== after.language)
    add("graph", after.graph, [becomes("language", before.language, after.language)]);
  add("state", "", diffFields(before.state, after.state));
  add("state", "", diffMaps(before.map, after.map));
  for (const name of namesOf(before.models, after.models)) {
    add("model", name, diffEntry(before.models[name], after.models[name]));
  }
  for (const name of namesOf(before.prompts, after.prompts)) {
    const change = diffPrompt(before.prompts[name], after.prompts[name]);
    if (change !== undefined) changes.push({ about: "prompt", name, ...change });
  }
  for (const [old, name] of renamed) add("node", name, [`is what ${old} was, under a new name`]);
  for (const name of namesOf(before.nodes, after.nodes)) {
    const [old, now] = [before.nodes[name], after.nodes[name]];
    if (old === undefined && ![...renamed.values()].includes(name)) add("node", name, [`is new (${now!.kind})`]);
    if (now === undefined && !renamed.has(name)) add("node", name, ["is gone"]);
    if (old !== undefined && now !== undefined) add("node", name, diffNode(old, now));
  }
  const ways = diffWays(before, after, renamed);
  changes.push(...ways);
  const reruns = namesOf(before.nodes, after.nodes).filter((name) => was.has(name) && was.get(name) !== is.get(name));
  return { changes, reruns, waysDiffer: ways.length > 0 };
}

/** Nodes that are gone, by name, and the new ones that do the same. */
function findRenamed(was: ReadonlyMap<string, string>, is: ReadonlyMap<string, string>): Map<string, string> {
  const renamed = new Map<string, string>();
  for (const [old, print] of was) {
    const taken = new Set(renamed.values());
    const name = [...is.keys()].find((now) => !was.has(now) && !taken.has(now) && is.get(now) === print);
    if (!is.has(old) && name !== undefined) renamed.set(old, name);
  }
  return renamed;
}

function diffNode(old: PlanNode, now: PlanNode): string[] {
  if (old.kind !== now.kind) return [`is of kind ${now.kind} now (was ${old.kind})`];
  const models = usesOf(now).models;
  const own = ({ params, timeoutMs, each }: PlanNode): Record<string, unknown> => ({ ...params, timeoutMs, each });
  const [before, after] = [own(old), own(now)];
  return namesOf(before, after).flatMap((key) => {
    const [a, b] = [before[key], after[key]];
    if (canonicalJson(a) === canonicalJson(b)) return [];
    if (typeof b === "string" && models.includes(b) && a !== undefined) return [`asks ${b} instead of ${show(a)}`];
    return [becomes(key, a, b)];
  });
}

function diffWays(before: Plan, after: Plan, renamed: ReadonlyMap<string, string>): PlanChange[] {
  const changes: PlanChange[] = [];
  const add = (name: string, words: string) => changes.push({ about: "way", name, words });
  if (before.start !== after.start) add("start", `leads to ${after.start} (was ${before.start})`);
  for (const [name, now] of Object.entries(after.nodes)) {
    const old = before.nodes[name];
    if (old === undefined) continue;
    if (old.when !== now.when) add(name, describeWhen(old.when, now.when));
    if (old.limit !== now.limit) add(name, becomes("limit", old.limit, now.limit));
    const [then, ways] = [waysBy(old, renamed), waysBy(now, new Map())];
    if (canonicalJson([...then]) === canonicalJson([...ways])) continue;
    let found = false;
    for (const label of new Set([...then.keys(), ...ways.keys()])) {
      const [from, to] = [then.get(label), ways.get(label)];
      if (from === to) continue;
      found = true;
      const where = label === "" ? "" : `${label}: `;
      if (from === undefined) add(name, `${where}leads to ${to} now (there was no such way)`);
      else if (to === undefined) add(name, `${where}no longer leads to ${from}`);
      else add(name, `${where}leads to ${to} (was ${from})`);
    }
    if (!found && old.then.by === "condition") add(name, "its conditions are asked in another order");
  }
  return changes;
}

/** Targets by label or condition; side by side where it forks. */
function waysBy(node: PlanNode, renamed: ReadonlyMap<string, string>): Map<string, string> {
  const ways = new Map<string, string>();
  for (const { label, to } of writtenTargets(node)) {
    const before = ways.get(label);
    const target = renamed.get(to) ?? to;
    ways.set(label, before === undefined ? target : `${before} and ${target}`);
  }
  // Out of a graph within the graph, by outcomes that no way in it names.
  for (const [outcome, to] of Object.entries(node.ends ?? {})) {
    if (!ways.has(outcome)) ways.set(outcome, renamed.get(to) ?? to);
  }
  return ways;
}

function describeWhen(old: string | undefined, now: string | undefined): string {
  if (old === undefined) return `is passed by now unless ${now}`;
  return now === undefined
    ? `is no longer passed by (it was unless ${old})`
    : `is passed by unless ${now} (was ${old})`;
}

/** A block of settings, key by key; its blocks within by their own keys. */
function diffEntry(old: object | undefined, now: object | undefined): string[] {
  if (old === undefined) return ["is new"];
  if (now === undefined) return ["is gone"];
  const [a, b] = [flatten(old), flatten(now)];
  const keys = [...new Set([...a.keys(), ...b.keys()])];
  return keys.flatMap((key) => (a.get(key) === b.get(key) ? [] : [becomesShown(key, a.get(key), b.get(key))]));
}

function flatten(value: object, above = ""): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [key, inner] of Object.entries(value)) {
    if (inner !== null && typeof inner === "object" && !Array.isArray(inner)) {
      for (const [path, shown] of flatten(inner, `${above}${key}.`)) flat.set(path, shown);
    } else if (inner !== undefined) flat.set(`${above}${key}`, show(inner));
  }
  return flat;
}

function diffFields(old: Plan["state"], now: Plan["state"]): string[] {
  return namesOf(old, now).flatMap((name) => {
    const [a, b] = [old[name], now[name]].map((field) => field && describeField(field));
    if (a === b) return [];
    if (a === undefined) return [`field ${name} is new (${b})`];
    return [b === undefined ? `field ${name} is gone` : `field ${name} is ${b} now (was ${a})`];
  });
}

function describeField({ type, optional, enum: values }: Field): string {
  const what = values === undefined ? type : `one of ${values.join(", ")}`;
  return optional ? `${what}, optional` : what;
}

function diffMaps(old: Plan["map"], now: Plan["map"]): string[] {
  return namesOf(old, now).flatMap((field) =>
    old[field] === now[field]
      ? []
      : [`field ${field} is filled from ${now[field] ?? "its own column"} (was ${old[field] ?? "its own column"})`],
  );
}

function diffPrompt(old: Prompt | undefined, now: Prompt | undefined): Omit<PlanChange, "about" | "name"> | undefined {
  if (old === undefined || now === undefined) return { words: old === undefined ? "is new" : "is no longer used" };
  if (canonicalJson(old) === canonicalJson(now)) return undefined;
  const lines = linesBetween(textOf(old), textOf(now));
  const counts = (sign: "+" | "-") => lines.filter((line) => line.sign === sign).length;
  const parts = [`${counts("+")} added`, `${counts("-")} removed`].filter((part) => !part.startsWith("0"));
  const front = [
    ...(old.purpose === now.purpose ? [] : [becomes("purpose", old.purpose, now.purpose)]),
    ...(old.reply === now.reply ? [] : [becomes("reply", old.reply, now.reply)]),
  ];
  const said = parts.length === 0 ? [] : [`its text has changed: lines ${parts.join(", ")}`];
  return { words: [...front, ...said].join("; ") || "its variables have changed", lines };
}

/** As its file has it, without the front matter. */
function textOf({ messages }: Prompt): string {
  const write = (part: Prompt["messages"][number]["parts"][number]) =>
    typeof part === "string" ? part : `{{ ${part.place} }}`;
  return messages.map(({ role, parts }) => `[${role}]\n${parts.map(write).join("")}\n`).join("\n");
}

const AROUND = 2;

/** The lines that differ, and two around them; `...` stands for what was left out. */
function linesBetween(old: string, now: string): ChangedLine[] {
  const all = diffLines(old, now).flatMap(({ value, added, removed }): ChangedLine[] => {
    const sign = added ? "+" : removed ? "-" : " ";
    return value
      .replace(/\n$/, "")
      .split("\n")
      .map((text) => ({ sign, text }));
  });
  const isNear = all.map((_, at) =>
    all.slice(Math.max(0, at - AROUND), at + AROUND + 1).some(({ sign }) => sign !== " "),
  );
  return all.flatMap((line, at): ChangedLine[] => {
    if (isNear[at]) return [line];
    return isNear[at - 1] === true && isNear.includes(true, at) ? [{ sign: " ", text: "..." }] : [];
  });
}

function namesOf(a: object, b: object): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])];
}

function becomes(key: string, old: unknown, now: unknown): string {
  return becomesShown(key, old === undefined ? undefined : show(old), now === undefined ? undefined : show(now));
}

function becomesShown(key: string, old: string | undefined, now: string | undefined): string {
  if (now === undefined) return `${key} is no longer given (was ${old})`;
  return `${key} is ${now} now (was ${old ?? "not given"})`;
}

function show(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

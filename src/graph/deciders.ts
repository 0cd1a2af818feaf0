/**
 * Who decides that a chain fits: the student by trying, people, or models by opinion? Of opinions it matters how many there are:
 * a judge whose mistake sticks to a chain says the same of it in the loop and after it (bench/luck.ts: 61.5 % of chains that
 * can't be followed pass one such judge, 9.7 % where another accepts).
 */
import type { ModelSpec } from "../models/spec.ts";
import { modelsOf } from "../nodes/params.ts";

interface Deciding {
  readonly nodes: Readonly<Record<string, { readonly kind: string; readonly params: unknown }>>;
  readonly models: Readonly<Record<string, ModelSpec>>;
}

export interface Deciders {
  /** Models that rate, verify or accept, each once, however many roles they play. */
  readonly judges: readonly string[];
  readonly asksStudent: boolean;
  readonly asksPeople: boolean;
}

const RATE: readonly string[] = ["rate", "verify", "accept"];

export function decidersOf({ nodes, models }: Deciding): Deciders {
  const all = Object.values(nodes);
  const roles = all.flatMap(({ kind, params }) => (RATE.includes(kind) ? modelsOf(params as Panel) : []));
  const judges = new Map(roles.map((role) => [identityOf(role, models), nameOf(role, models)]));
  return {
    judges: [...judges.values()],
    asksStudent: all.some(({ kind }) => kind === "follow"),
    asksPeople: all.some(({ kind }) => kind === "review"),
  };
}

type Panel = Parameters<typeof modelsOf>[0];

/** In a sentence's part; empty where nothing is rated. */
export function describeDeciders({ judges, asksStudent, asksPeople }: Deciders): string {
  const people = asksPeople ? " and people" : "";
  if (asksStudent) return `rests on the student${people}`;
  if (judges.length === 0) return people === "" ? "" : "rests on people";
  const [only, ...others] = judges;
  const opinion = others.length === 0 ? `the opinion of one model, ${only}` : `the opinions of ${judges.length} models`;
  return `rests on ${opinion}${people}`;
}

/** What tells two models apart: roles that ask one model at one address are one judge. */
export function identityOf(role: string, models: Deciding["models"]): string {
  const spec = models[role];
  if (spec === undefined) return role;
  return spec.provider === "openai" ? `${spec.baseUrl} ${spec.model}` : `${spec.provider} ${JSON.stringify(spec)}`;
}

function nameOf(role: string, models: Deciding["models"]): string {
  const spec = models[role];
  if (spec?.provider === "openai") return spec.model;
  return spec?.provider === "baseline" ? "the baseline's rules" : role;
}

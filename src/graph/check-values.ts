/** What a `set` writes, and what a node is given in pieces: does it fit the fields? */
import { suggestion } from "../core/suggest.ts";
import type { CheckedNode } from "./check-nodes.ts";
import type { Expression } from "./conditions.ts";
import type { KeyPath } from "./load.ts";
import type { Each, Field } from "./plan.ts";
import type { Report } from "./report.ts";
import { eachSchema } from "./schema.ts";

type Fields = Readonly<Record<string, Field>>;
type Node = Omit<CheckedNode, "each">;

/** Compiles an expression, or reports what is wrong with it. */
export type CheckExpression = (text: string, path: KeyPath) => Expression | undefined;

/** Does every expression give what its field takes? */
export function checkExpressions(
  name: string,
  { definition, params }: Node,
  { state, compile, report }: { state: Fields; compile: CheckExpression; report: Report },
): void {
  for (const [field, value] of Object.entries(definition.uses(params).expressions ?? {})) {
    const path = ["nodes", name, "values", field];
    const expression = typeof value === "string" ? compile(value, path) : undefined;
    const declared = Object.hasOwn(state, field) ? state[field] : undefined;
    if (declared === undefined) {
      if (report.yaml.has(["state", field])) continue; // It could not be read, and that is reported.
      const hint = suggestion(field, Object.keys(state)) ?? "Declare it in the state.";
      report.error("unknown-field", `The state has no field "${field}" to set`, path, { key: true, hint });
      continue;
    }
    if (field === "problem") {
      const message = "The problem is what a sample is: a node must not write over it";
      report.error("unfit-field", message, path, { key: true });
      continue;
    }
    if (typeof value === "string" && expression === undefined) continue;
    const wrong = whyUnfit(
      field,
      declared,
      expression ?? { type: typeof value as "number" | "boolean", text: undefined },
    );
    if (wrong === undefined) continue;
    const place = report.yaml.place(["state", field], { key: true });
    report.error("unfit-value", wrong.message, path, {
      hint: wrong.hint,
      related: { message: `"${field}" is declared here`, place },
    });
  }
}

function whyUnfit(
  name: string,
  { type, enum: words }: Field,
  { type: given, text }: Pick<Expression, "type" | "text">,
): { message: string; hint?: string } | undefined {
  if (given === undefined) return undefined; // Only a sample can tell: a value that does not fit fails its step.
  if (given !== type) {
    const hint = given === "string" && type === "number" ? "int(...) and double(...) read a number." : undefined;
    return { message: `"${name}" is a ${type}, and this comes to a ${given}`, hint };
  }
  if (words === undefined || text === undefined || words.includes(text)) return undefined;
  const near = suggestion(text, words);
  const hint = near?.startsWith("Did") ? near : undefined;
  return { message: `"${name}" is never "${text}": it is one of ${words.join(", ")}`, hint };
}

/** The pieces as the plan has them; undefined where the node is not given any, or can't be. */
export function readEach(
  name: string,
  raw: unknown,
  { node, state, report }: { node: Node; state: Fields; report: Report },
): Each | undefined {
  const each = eachSchema.safeParse(raw);
  if (raw === undefined || !each.success) return undefined; // Reported with the file's form.
  const { definition, params } = node;
  const uses = definition.uses(params);
  const rewritten = uses.writes.filter((field) => uses.reads.includes(field));
  const path = ["nodes", name, "each"];
  const of = each.data.of ?? rewritten[0];
  if (!definition.shapes || definition.asksPerson === true || of === undefined) {
    const message = `"each" gives a node its text in pieces to rewrite, and a ${definition.kind} node rewrites none`;
    report.error("unfit-each", message, path, { key: true, hint: "It goes with kind: rewrite." });
    return undefined;
  }
  if (!rewritten.includes(of)) {
    const message = `"${name}" does not rewrite "${of}", so it can't be given it in pieces`;
    const hint = `It rewrites ${rewritten.map((field) => `"${field}"`).join(", ")}: leave "of" out.`;
    report.error("unfit-each", message, [...path, "of"], { hint });
    return undefined;
  }
  if (typeof params === "object" && params !== null && (params as { marked?: unknown }).marked !== undefined) {
    const message = `"each" has every piece of "${of}" rewritten, and "marked" one place of it: it is one or the other`;
    report.error("unfit-each", message, path, { key: true, hint: 'Leave one of "each" and "marked" out.' });
    return undefined;
  }
  const type = Object.hasOwn(state, of) ? state[of]?.type : undefined;
  return type === undefined || type === "string" ? { ...each.data, of } : undefined;
}

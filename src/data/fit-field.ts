/**
 * Does a value fit the field it should fill? A number where a text belongs is taken as the file spells it ("15",
 * "15.0"): data sets write short answers both ways and mean the same. Not for `problem` and `trace`, where a number
 * means that the wrong column was named; and true, a list or an object has no one spelling as a text.
 */
import { nearest } from "../core/suggest.ts";
import { describeValue, isObject, isShort, listNames, type RawRow } from "./rows.ts";

/** A state field as the graph declares it. */
export interface FieldSpec {
  readonly type: "string" | "number" | "boolean" | "list" | "object";
  readonly optional: boolean;
  /** For texts: the only ones allowed. */
  readonly enum?: readonly string[];
}

const PROSE = new Set(["problem", "trace"]);

export type Fitted =
  | { readonly value: unknown; readonly wrong?: undefined }
  | { readonly wrong: string; readonly hint?: string };

export function fitField(
  value: unknown,
  field: { name: string; spec: FieldSpec & { column: string }; raw: RawRow },
): Fitted {
  const { name, spec, raw } = field;
  const read = raw.textOnly && typeof value === "string" ? readText(value, spec.type) : value;
  if (spec.type === "string") {
    if (typeof read === "string") return inEnum(read, spec);
    if (typeof read === "number" && !PROSE.has(name))
      return inEnum(raw.numberAsWritten?.(spec.column) ?? String(read), spec);
    return { wrong: `must be a text, found ${describeValue(read)}`, hint: hintForText(read, name, spec.column) };
  }
  const fits = {
    number: typeof read === "number" && Number.isFinite(read),
    boolean: typeof read === "boolean",
    list: Array.isArray(read),
    object: isObject(read),
  }[spec.type];
  const wanted = { number: "a number", boolean: "true or false", list: "a list", object: "an object" }[spec.type];
  return fits ? { value: read } : { wrong: `must be ${wanted}, found ${describeValue(read)}` };
}

/** In a table everything is text: what a cell of another type holds is read as JSON spells it. */
function readText(cell: string, type: FieldSpec["type"]): unknown {
  if (type === "string") return cell;
  const text = cell.trim();
  if (type === "boolean" && /^(?:true|false)$/i.test(text)) return text.toLowerCase() === "true";
  try {
    return JSON.parse(text);
  } catch {
    return cell;
  }
}

function inEnum(text: string, spec: FieldSpec): Fitted {
  if (spec.enum === undefined || spec.enum.includes(text)) return { value: text };
  // A whole trace in the wrong column is no slip of the pen, and measuring it would take minutes.
  const near = isShort(text) ? nearest(text, spec.enum) : undefined;
  return {
    wrong: `must be one of ${listNames(spec.enum)}, found ${describeValue(text)}`,
    hint: near && `Did you mean ${near}?`,
  };
}

function hintForText(value: unknown, name: string, column: string): string | undefined {
  if (typeof value === "number") return `Is \`${column}\` the right column? Another one: --map ${name}=COLUMN`;
  if (Array.isArray(value) && name !== "trace")
    return "Several accepted answers? Keep one, or declare the field as a list.";
  return undefined;
}

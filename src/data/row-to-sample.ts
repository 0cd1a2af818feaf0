/**
 * One row, checked against the graph's declared state and renamed by the mapping. The rules, once:
 *
 * - A field takes the column that `map` names for it, else the column of its own name.
 * - null counts as absent, and so does an empty text in an optional field. `problem` must say something.
 * - Values must fit the declared type (fit-field.ts).
 * - The row itself travels along untouched as the sample's source.
 */
import { fingerprint } from "../core/hash.ts";
import { readCodeTests } from "../core/read-code-tests.ts";
import type { NewSample, State } from "../core/sample.ts";
import { nearest } from "../core/suggest.ts";
import { cleanText } from "./clean-text.ts";
import { type FieldSpec, type Fitted, fitField } from "./fit-field.ts";
import { describeValue, inputError, isObject, isShort, listNames, type RawRow, type RowProblem } from "./rows.ts";

/** Which column fills which field. */
export interface Mapping {
  readonly fields: ReadonlyMap<string, FieldSpec & { readonly column: string }>;
  readonly idColumn: string;
  /** Columns that `map` named, with the field each was named for. */
  readonly named: ReadonlyMap<string, string>;
}

/** Row nesting beyond this would overflow the stack of whoever writes the row as JSON again. */
const MAX_NESTING = 500;

/** Column names that other data sets use, for hints only: nothing is mapped by a guess. */
const ALSO_KNOWN_AS: Readonly<Record<string, readonly string[]>> = {
  problem: ["question", "prompt", "instruction", "query", "input", "text"],
};

/** Throws MezzoError when `map` names a field that the graph does not declare. */
export function planMapping(
  fields: Readonly<Record<string, FieldSpec>>,
  map: Readonly<Record<string, string>>,
): Mapping {
  const declared = new Map(Object.entries(fields));
  if (!declared.has("problem")) declared.set("problem", { type: "string", optional: false });
  for (const field of Object.keys(map)) {
    if (field === "id" || declared.has(field)) continue;
    const near = nearest(field, [...declared.keys()]);
    const hint = `${near ? `Did you mean ${near}? ` : ""}The graph's fields: ${listNames([...declared.keys()])}.`;
    throw inputError(
      "unknown-field",
      `the mapping ${field}=${map[field]} fills a field that the graph does not declare`,
      hint,
    );
  }
  const columnOf = (field: string) => (Object.hasOwn(map, field) ? map[field]! : field);
  return {
    fields: new Map([...declared].map(([name, spec]) => [name, { ...spec, column: columnOf(name) }])),
    idColumn: columnOf("id"),
    named: new Map(Object.entries(map).map(([field, column]) => [column, field])),
  };
}

export type Checked =
  | { readonly sample: NewSample; readonly hasOwnId: boolean; readonly problem?: undefined }
  | { readonly problem: RowProblem; readonly sample?: undefined };

export function checkRow(raw: RawRow, mapping: Mapping): Checked {
  const { row } = raw;
  if (!isObject(row)) return fail(raw, "not-an-object", `${describeValue(row)}, not an object with named columns`);
  if (isNestedDeeper(row, MAX_NESTING)) return fail(raw, "nested-too-deep", `nested deeper than ${MAX_NESTING} levels`);

  const state: [string, unknown][] = [];
  for (const [name, spec] of mapping.fields) {
    const value = cleanColumn(row, spec.column);
    if (value === undefined || value === null || isBlank(value, name, spec, raw)) {
      if (!spec.optional) return fail(raw, ...missing(name, spec.column, row));
      continue;
    }
    const fitted =
      name === "tests" && spec.type === "object" ? fitTests(value, row) : fitField(value, { name, spec, raw });
    if (fitted.wrong !== undefined) return fail(raw, "wrong-type", `\`${spec.column}\` ${fitted.wrong}`, fitted.hint);
    state.push([name, fitted.value]);
  }

  const id = readId(row, mapping.idColumn, raw);
  if (id.wrong !== undefined) return fail(raw, "wrong-type", `\`${mapping.idColumn}\` ${id.wrong}`);
  return {
    sample: {
      id: id.text ?? idFromContent(row),
      state: Object.fromEntries(state) as State,
      source: row,
      line: raw.line,
    },
    hasOwnId: id.text !== undefined,
  };
}

/** Tests of a program come in many forms, and leave in one: what can't be read is found here, not at the first check. */
function fitTests(value: unknown, row: Readonly<Record<string, unknown>>): Fitted {
  const tests = readCodeTests(value, row);
  if (typeof tests !== "string") return { value: tests };
  return { wrong: `holds tests that can't be read: ${tests}`, hint: "What is read: docs/code-problems.md." };
}

/** The columns of a row; none when it is not an object. */
export function columnsOfRow(row: unknown): readonly string[] {
  return isObject(row) ? Object.keys(row) : [];
}

/**
 * 64 bits of the whole row, whatever the order of its columns: the same row has the same id in every file, order and
 * mapping, and two rows that differ in any column (the same problem by two teachers) stay two samples.
 */
function idFromContent(row: Readonly<Record<string, unknown>>): string {
  return `row-${fingerprint(row).slice(0, 16)}`;
}

function readId(
  row: Readonly<Record<string, unknown>>,
  column: string,
  raw: RawRow,
): { text?: string; wrong?: string } {
  const value = cleanColumn(row, column);
  if (value === undefined || value === null || value === "") return {};
  if (typeof value === "string") return { text: value };
  if (typeof value === "number") return { text: raw.numberAsWritten?.(column) ?? String(value) };
  return { wrong: `is the sample's id and must be a text or a number, found ${describeValue(value)}` };
}

function missing(name: string, column: string, row: Readonly<Record<string, unknown>>): [string, string, string?] {
  const code = name === "problem" ? "problem-missing" : "field-missing";
  if (columnIn(row, column) !== undefined)
    return [code, `\`${column}\` is empty, and a sample needs ${withArticle(name)}`];
  const columns = Object.keys(row);
  const near =
    ALSO_KNOWN_AS[name]?.find((other) => columns.includes(other)) ?? nearest(column, columns.filter(isShort));
  return [
    code,
    `there is no \`${column}\`, and a sample needs ${withArticle(name)}; columns here: ${listNames(columns) || "none"}`,
    near === undefined ? `Name the column that holds it: --map ${name}=COLUMN.` : `Did you mean --map ${name}=${near}?`,
  ];
}

function withArticle(name: string): string {
  return name === "problem" ? "a problem" : `\`${name}\``;
}

function isBlank(value: unknown, name: string, spec: FieldSpec, raw: RawRow): boolean {
  if (typeof value !== "string") return false;
  if (name === "problem") return value.trim() === "";
  return value === "" && (spec.optional || (raw.textOnly === true && spec.type !== "string"));
}

function fail(raw: RawRow, code: string, message: string, hint?: string): Checked {
  return { problem: { line: raw.line, where: raw.where, code, message, hint } };
}

/** Texts cleaned before anything is asked of them: one that holds nothing but U+0000 is empty. */
function cleanColumn(row: Readonly<Record<string, unknown>>, column: string): unknown {
  const value = columnIn(row, column);
  return typeof value === "string" ? cleanText(value) : value;
}

/** Own columns only: `constructor` and `__proto__` are names like any other, and inherited ones are nobody's data. */
function columnIn(row: Readonly<Record<string, unknown>>, column: string): unknown {
  return Object.hasOwn(row, column) ? row[column] : undefined;
}

/** Level by level, not by recursion, which is what it protects others from. */
function isNestedDeeper(value: unknown, limit: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limit) return true;
    level = level.flatMap((item) =>
      typeof item === "object" && item !== null ? Object.values(item).filter((inner) => typeof inner === "object") : [],
    );
  }
  return false;
}

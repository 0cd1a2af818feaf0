/** What the job file says under the names of either generation; nothing is taken that is not of the type it should be. */

export type Fields = Readonly<Record<string, unknown>>;

export function fieldsAt(value: unknown, ...path: readonly string[]): Fields {
  const found = path.reduce<unknown>((inner, key) => (isFields(inner) ? inner[key] : undefined), value);
  return isFields(found) ? found : {};
}

export function isFields(value: unknown): value is Fields {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** The first of these that is a text with something in it. */
export function firstText(...values: readonly unknown[]): string | undefined {
  return values.find((value): value is string => typeof value === "string" && value.trim() !== "");
}

/** The first of these that is a number; YAML and JSON both let people quote one. */
export function firstNumber(...values: readonly unknown[]): number | undefined {
  const numbers = values.map((value) => (typeof value === "string" && value.trim() !== "" ? Number(value) : value));
  return numbers.find((value): value is number => typeof value === "number" && Number.isFinite(value));
}

/** `$NAME` and `${NAME}` are the same to the toolkit; here it is `${NAME}`. */
export function bracedVariables(text: string): string {
  return text.replace(/\$(?:\{(\w+)\}|([A-Za-z_]\w*))/g, (_whole, braced, bare) => `\${${braced ?? bare}}`);
}

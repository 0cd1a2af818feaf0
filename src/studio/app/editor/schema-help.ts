/** What the graph's JSON Schema (draft 7) says about a place: the keys that may stand there, the values, the words for them. */

export interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
}

export interface KeyHelp {
  readonly key: string;
  readonly description: string | undefined;
  readonly detail: string;
  readonly isRequired: boolean;
}

/** `beside` are the values at the last level: `kind: rate` leaves only what a rate node may say. */
export function schemasAt(root: Schema, path: readonly string[], beside: Readonly<Record<string, string>>): Schema[] {
  let here = alternatives(root);
  for (const key of path) here = here.flatMap((schema) => childOf(schema, key)).flatMap(alternatives);
  const fitting = here.filter((schema) => fits(schema, beside));
  return fitting.length > 0 ? fitting : here;
}

function childOf(schema: Schema, key: string): Schema[] {
  const own = schema.properties?.[key];
  if (own !== undefined) return [own];
  const { additionalProperties: rest } = schema;
  return typeof rest === "object" ? [rest] : [];
}

function alternatives(schema: Schema): Schema[] {
  const parts = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  const items = schema.items === undefined ? [] : [schema.items];
  return [schema, ...[...parts, ...items].flatMap(alternatives)];
}

function fits(schema: Schema, beside: Readonly<Record<string, string>>): boolean {
  return Object.entries(schema.properties ?? {}).every(
    ([key, { const: only }]) => only === undefined || beside[key] === undefined || beside[key] === only,
  );
}

export function keysOf(schemas: readonly Schema[]): KeyHelp[] {
  const keys = new Map<string, KeyHelp>();
  for (const schema of schemas) {
    for (const [key, value] of Object.entries(schema.properties ?? {})) {
      if (keys.has(key)) continue;
      const isRequired = schema.required?.includes(key) === true;
      keys.set(key, { key, description: describe(value), detail: kindOf(value), isRequired });
    }
  }
  return [...keys.values()];
}

export function valuesOf(schemas: readonly Schema[]): { value: string; description: string | undefined }[] {
  const values = new Map<string, string | undefined>();
  for (const schema of schemas) {
    const listed = schema.const === undefined ? (schema.enum ?? []) : [schema.const];
    const all = schema.type === "boolean" && listed.length === 0 ? [true, false] : listed;
    for (const value of all) values.set(String(value), schema.description);
  }
  return [...values].map(([value, description]) => ({ value, description }));
}

export function describe(schema: Schema): string | undefined {
  return schema.description ?? alternatives(schema).find((each) => each.description !== undefined)?.description;
}

/** Its type or values, and its default, in a few words. */
export function kindOf(schema: Schema): string {
  const values = valuesOf(alternatives(schema)).map(({ value }) => value);
  const types = [...new Set(alternatives(schema).flatMap((each) => each.type ?? []))];
  const words = values.length > 0 ? values.slice(0, 6).join(" | ") : types.join(" or ");
  return schema.default === undefined || typeof schema.default === "object"
    ? words
    : `${words}, default ${String(schema.default)}`;
}

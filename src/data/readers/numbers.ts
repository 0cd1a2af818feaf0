/**
 * The number in a row's column exactly as the JSON text spells it. JSON.parse turns 12345678901234567890 into another
 * number and 15.0 into 15, which would change a reference answer or make one id of two. V8 hands a reviver the source
 * text of each primitive; that is several times slower than plain parsing, so it is asked only when a number stands
 * where a text belongs.
 */
export function numberAsWritten(json: string, column: string): string | undefined {
  const spelled = new Map<unknown, string>();
  const noteSource = function (this: unknown, key: string, value: unknown, context?: { readonly source?: string }) {
    if (key === column && typeof value === "number" && context?.source !== undefined) spelled.set(this, context.source);
    return value;
  };
  const row: unknown = JSON.parse(json, noteSource);
  return spelled.get(row);
}

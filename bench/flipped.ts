/** A program with one operator made another: the first of a kind that is there, outside of texts and comments. */
const FLIPS: readonly (readonly [RegExp, string])[] = [
  [/ <= /, " > "],
  [/ >= /, " < "],
  [/ < /, " >= "],
  [/ > /, " <= "],
  [/ == /, " != "],
  [/ != /, " == "],
  [/ \+ /, " - "],
  [/ - /, " + "],
  [/ \* /, " + "],
  [/ % /, " // "],
  [/ \+= /, " -= "],
  [/ and /, " or "],
  [/ or /, " and "],
  [/ not in /, " in "],
];

export function flipped(program: string): string | undefined {
  const lines = program.split("\n");
  for (const [sign, other] of FLIPS) {
    const at = lines.findIndex((line) => sign.test(line.replace(/#.*|"[^"]*"|'[^']*'/g, "")) && !/["'#]/.test(line));
    if (at >= 0) return lines.with(at, lines[at]!.replace(sign, other)).join("\n");
  }
  return undefined;
}

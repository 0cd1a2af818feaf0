/**
 * Flat YAML as the trainers read it. Strings are always quoted (a bare `no` is false), and a small number is written with
 * its point: PyYAML takes 2e-5 for a word and 2.0e-5 for a number.
 */
export type ConfigValue = string | number | boolean | readonly string[];
/** A key and its value, or a comment that stands above what follows. */
export type ConfigLine = readonly [string, ConfigValue] | string;

export function renderConfig(lines: readonly ConfigLine[]): string {
  return lines
    .map((line) => {
      if (typeof line === "string") return line === "" ? "\n" : `# ${line}\n`;
      return `${line[0]}: ${renderValue(line[1])}\n`;
    })
    .join("");
}

function renderValue(value: ConfigValue): string {
  if (typeof value === "number") return renderNumber(value);
  return typeof value === "boolean" ? String(value) : JSON.stringify(value);
}

/** 2.0e-5, 0.05, 512. */
export function renderNumber(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 1e-3) return String(value);
  const [digits, exponent] = value.toExponential().split("e");
  return `${digits!.includes(".") ? digits : `${digits}.0`}e${exponent}`;
}

/**
 * Where in a file does the n-th character of a scalar's value stand? Needed for positions inside conditions, which may
 * be plain, quoted, folded over lines, or a block.
 *
 * All of YAML's folding, indentation and chomping changes white space only. So the n-th visible character of the value
 * is the n-th visible character of the source, once quotes, escapes and a block's header are read; blanks are taken to
 * stand right after the visible character before them.
 */

interface Unit {
  readonly start: number;
  readonly end: number;
}

/** Offsets into `source` for each UTF-16 unit of `value`, and one more for its end. */
export function scalarOffsets(source: string, value: string): number[] {
  const units = visibleUnits(source);
  const offsets: number[] = [];
  let next = 0;
  let end = units[0]?.start ?? 0;
  for (let at = 0; at < value.length; at++) {
    const unit = units[next];
    if (isBlank(value[at]!) || unit === undefined) {
      // Blanks that are written as they are can be counted along; folded ones stay at the last visible character.
      offsets.push(Math.min(end, unit?.start ?? end));
      if (isBlank(source[end] ?? "") && end < (unit?.start ?? end)) end += 1;
      continue;
    }
    offsets.push(unit.start);
    end = unit.end;
    next += 1;
  }
  offsets.push(end);
  return offsets;
}

/** The visible characters of a scalar's source, an escape counting as one. */
function visibleUnits(source: string): Unit[] {
  const first = source[0];
  if (first === '"') return doubleQuoted(source);
  if (first === "'") return singleQuoted(source);
  const header = first === "|" || first === ">" ? source.indexOf("\n") + 1 || source.length : 0;
  return plain(source, header, source.length);
}

function plain(source: string, from: number, to: number): Unit[] {
  const units: Unit[] = [];
  for (let at = from; at < to; at++) if (!isBlank(source[at]!)) units.push({ start: at, end: at + 1 });
  return units;
}

function singleQuoted(source: string): Unit[] {
  const units: Unit[] = [];
  for (let at = 1; at < source.length; at++) {
    if (isBlank(source[at]!)) continue;
    if (source[at] !== "'") units.push({ start: at, end: at + 1 });
    else if (source[at + 1] === "'") units.push({ start: at, end: ++at + 1 });
    else break;
  }
  return units;
}

const LONG_ESCAPES: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };
const BLANK_ESCAPES = "ntrfv e0abNL_P\n\r";

function doubleQuoted(source: string): Unit[] {
  const units: Unit[] = [];
  for (let at = 1; at < source.length && source[at] !== '"'; at++) {
    if (isBlank(source[at]!)) continue;
    if (source[at] !== "\\") {
      units.push({ start: at, end: at + 1 });
      continue;
    }
    const letter = source[at + 1] ?? "";
    const length = 2 + (LONG_ESCAPES[letter] ?? 0);
    if (!BLANK_ESCAPES.includes(letter)) units.push({ start: at, end: at + length });
    at += length - 1;
  }
  return units;
}

function isBlank(char: string): boolean {
  return char === " " || char === "\n" || char === "\t" || char === "\r";
}

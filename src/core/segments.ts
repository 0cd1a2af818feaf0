/**
 * A trace cut into the pieces that a reader sees (paragraphs, list items, headings, formulas, code) and those into
 * sentences. Both cuts lose nothing: the pieces put together again are the text, byte for byte, so that whoever drops
 * or moves pieces changes only what it means to change.
 *
 * One pass over the lines, one over the characters. No pattern here can back-track: traces of megabytes, or ones that
 * open a formula ten thousand times, take time in proportion to their length.
 */

export type SegmentKind = "prose" | "heading" | "item" | "table" | "math" | "code" | "rule" | "blank";

export interface Segment {
  readonly kind: SegmentKind;
  /** What it says, without the white space around it. Empty only for `blank`, which is white space at the very start. */
  readonly body: string;
  /** The line ends and blank lines that follow. */
  readonly gap: string;
  /** Where `body` starts in the text, in UTF-16 units. */
  readonly start: number;
}

/** Cuts a text into segments; `joinSegments` gives it back. Code (fenced or not) and display formulas are never cut. */
export function cutSegments(text: string): Segment[] {
  const lines = cutLines(text);
  const segments: Segment[] = [];
  let offset = 0;
  let at = 0;
  while (at < lines.length) {
    const { kind, end } = readSegment(lines, at);
    let raw = "";
    for (let line = at; line < end; line++) raw += lines[line];
    let last = end;
    while (last < lines.length && isBlankLine(lines[last]!)) raw += lines[last++];
    const body = raw.trimEnd();
    segments.push({ kind: body === "" ? "blank" : kind, body, gap: raw.slice(body.length), start: offset });
    offset += raw.length;
    at = last;
  }
  return segments;
}

export function joinSegments(segments: readonly Segment[]): string {
  return segments.map((segment) => segment.body + segment.gap).join("");
}

/** Whether a blank line follows, so that the next segment starts a new paragraph. */
export function endsParagraph(segment: Segment): boolean {
  const first = segment.gap.indexOf("\n");
  return first !== -1 && segment.gap.indexOf("\n", first + 1) !== -1;
}

/**
 * Cuts prose into sentences, each with the white space after it; joined, they are the prose again. Does not cut inside
 * formulas, code or brackets, after abbreviations, nor in numbers. A line end always cuts.
 */
export function cutSentences(prose: string): string[] {
  const sentences: string[] = [];
  const find = createFinder(prose);
  let start = 0;
  let at = 0;
  let depth = 0;
  while (at < prose.length) {
    const char = prose[at]!;
    const skipped = skipProtected(prose, at, find);
    if (skipped > at) {
      at = skipped;
      continue;
    }
    if (char === "(" || char === "[") depth++;
    else if (char === ")" || char === "]") depth = Math.max(0, depth - 1);
    const end = endOfSentence(prose, at, depth > 0 && at - start < LONGEST_BRACKET);
    if (end > 0 || at - start > LONGEST_SENTENCE) {
      let next = end > 0 ? end : at + 1;
      while (next < prose.length && isBlankAt(prose, next)) next++;
      sentences.push(prose.slice(start, next));
      start = next;
      depth = 0;
      at = next;
    } else at++;
  }
  if (start < prose.length) sentences.push(prose.slice(start));
  return sentences;
}

/** Beyond these the text is no longer prose, and a cut anywhere is better than one endless sentence. */
const LONGEST_SENTENCE = 4_000;
const LONGEST_BRACKET = 600;
const LONGEST_FORMULA = 2_000;
const LONGEST_ENDING = 12;

const ABBREVIATION = /(?:^|[\s(])(?:e\.g|i\.e|etc|vs|cf|approx|resp|Dr|Mr|Mrs|Ms|St|No|Eq|Eqs|Fig|Sec|Ch|p|pp)\.$/;

function readSegment(lines: readonly string[], at: number): { kind: SegmentKind; end: number } {
  const line = lines[at]!.trim();
  const fence = /^(?:`{3,}|~{3,})/.exec(line)?.[0];
  if (fence) return { kind: "code", end: findFence(lines, at + 1, fence) };
  const closing = closingOf(line);
  if (closing) return readMath(lines, at, closing);
  if (line.startsWith("#") && /^#{1,6}\s/.test(line)) return { kind: "heading", end: at + 1 };
  if (/^(?:-{3,}|\*{3,}|_{3,})$/.test(line)) return { kind: "rule", end: at + 1 };
  if (isItem(line)) return { kind: "item", end: at + 1 };
  if (line.startsWith("|")) return { kind: "table", end: findEnd(lines, at + 1, (next) => !next.startsWith("|")) };
  if (isCode(line)) return { kind: "code", end: findEnd(lines, at + 1, (next) => !isCode(next)) };
  return { kind: "prose", end: findEnd(lines, at + 1, startsOther) };
}

/** A formula on lines of its own. One that never closes before a blank line is prose as far as that blank line. */
function readMath(lines: readonly string[], at: number, closing: string): { kind: SegmentKind; end: number } {
  const opening = lines[at]!.trim();
  const closesHere = opening.indexOf(closing, closing === "$$" ? 2 : 1) !== -1;
  if (closesHere) {
    const whole =
      opening.endsWith(closing) || /[.,;]$/.test(opening.slice(opening.lastIndexOf(closing) + closing.length));
    return { kind: whole ? "math" : "prose", end: at + 1 };
  }
  for (let line = at + 1; line < lines.length; line++) {
    if (lines[line]!.includes(closing)) return { kind: "math", end: line + 1 };
    if (isBlankLine(lines[line]!)) return { kind: "prose", end: line };
  }
  return { kind: "prose", end: lines.length };
}

function closingOf(line: string): string | undefined {
  if (line.startsWith("\\[")) return "\\]";
  if (line.startsWith("$$")) return "$$";
  return /^\\begin\{(?:align|equation|gather|cases|array|aligned|multline)\*?\}/.test(line) ? "\\end{" : undefined;
}

function findFence(lines: readonly string[], from: number, fence: string): number {
  for (let line = from; line < lines.length; line++) if (lines[line]!.trim().startsWith(fence)) return line + 1;
  return lines.length;
}

function findEnd(lines: readonly string[], from: number, ends: (line: string) => boolean): number {
  let line = from;
  while (line < lines.length && !isBlankLine(lines[line]!) && !ends(lines[line]!.trim())) line++;
  return line;
}

function startsOther(line: string): boolean {
  return (
    line.startsWith("```") ||
    line.startsWith("~~~") ||
    line.startsWith("|") ||
    closingOf(line) !== undefined ||
    /^#{1,6}\s/.test(line) ||
    isItem(line) ||
    isCode(line)
  );
}

/**
 * A line of a program outside of any fence, as reasoning models like to write them. Only sure signs count; what LaTeX
 * also does (braces, backslashes, dollars) does not.
 */
function isCode(line: string): boolean {
  if (line.length > LONGEST_CODE_LINE || /[\\$]/.test(line)) return false;
  return CODE_START.test(line) || CODE_END.test(line) || CODE_ASSIGNMENT.test(line);
}

const LONGEST_CODE_LINE = 240;
const CODE_START =
  /^(?:(?:def|class) \w+.*:$|(?:import|from) [\w.]+(?: import .+| as \w+)?$|#include\b|#define\b|\/\/|\/\*|@\w+|__\w+__|template ?<|(?:if|for|while|elif|with|except)\b.*[:{]$|(?:else|try)\s*[:{]$|return\b[^.]*[\w)\]"';]$|(?:self|torch|np|nn|plt|math)\.\w+.*[)\]=]$)/;
const CODE_END = /[;{}]\s*(?:\/\/.*)?$|^[\])}]+[,;]?$/;
const CODE_ASSIGNMENT =
  /^(?:(?:const|auto|let|var|int|float|double|bool|char) )?[A-Za-z_]\w*(?:\.\w+|\[[^\]]*\])* [-+*/]?= (?:.*\w\(.*\)|\w+\[.*\]|\[.*\]|["'].*["']|.*;|[a-z_]\w*[._]\w+.*)$/;

function isItem(line: string): boolean {
  return /^(?:[-*+•]|\d{1,3}[.)]|\(?[a-hA-H][.)])\s/.test(line);
}

function isBlankLine(line: string): boolean {
  return line.trim() === "";
}

function cutLines(text: string): string[] {
  const lines: string[] = [];
  let start = 0;
  while (start < text.length) {
    const end = text.indexOf("\n", start);
    const next = end === -1 ? text.length : end + 1;
    lines.push(text.slice(start, next));
    start = next;
  }
  return lines;
}

/** The place after an inline formula or code span that starts here; `at` itself when none does. */
function skipProtected(prose: string, at: number, find: Finder): number {
  const char = prose[at]!;
  if (char === "`") return skipTo(at, at + 1, "`", find);
  if (char === "\\" && prose[at + 1] === "(") return skipTo(at, at + 2, "\\)", find);
  if (char === "\\" && prose[at + 1] === "[") return skipTo(at, at + 2, "\\]", find);
  if (char !== "$") return at;
  if (prose[at + 1] === "$") return skipTo(at, at + 2, "$$", find);
  // "$5 and $10" is money: a formula neither starts nor ends with white space, and does not end before a digit.
  const end = skipTo(at, at + 1, "$", find);
  const money = isBlankAt(prose, at + 1) || isBlankAt(prose, end - 2) || /\d/.test(prose[end] ?? "");
  return money ? at : end;
}

/** Looks no further than a bounded way, and for `$` and code spans no further than the line. */
function skipTo(at: number, from: number, closing: string, find: Finder): number {
  const end = find(closing, from);
  if (end === -1 || end - from > LONGEST_FORMULA) return at;
  const ownLine = closing === "\\]" || closing === "$$";
  const line = ownLine ? -1 : find("\n", from);
  return line !== -1 && line < end ? at : end + closing.length;
}

/** `prose.indexOf` for searches that only move forward: remembers where each thing is next, so that all are one pass. */
type Finder = (what: string, from: number) => number;

function createFinder(prose: string): Finder {
  const next = new Map<string, number>();
  return (what, from) => {
    const known = next.get(what);
    if (known === -1 || (known !== undefined && known >= from)) return known;
    const found = prose.indexOf(what, from);
    next.set(what, found);
    return found;
  };
}

/** The place just after the sentence that ends at `at`, or 0 when none ends here. */
function endOfSentence(prose: string, at: number, inBrackets: boolean): number {
  const char = prose[at]!;
  if (char === "\n") return at;
  if (char === "。" || char === "！" || char === "？" || char === "；") {
    if (inBrackets) return 0;
    let closed = at + 1;
    while (closed < prose.length && "”’」』）)*_".includes(prose[closed]!)) closed++;
    return closed;
  }
  if (inBrackets || (char !== "." && char !== "!" && char !== "?")) return 0;
  // A sign that is named ("!" denotes the factorial) ends nothing.
  if (/["“'`]/.test(prose[at - 1] ?? "") && /["”'`]/.test(prose[at + 1] ?? "")) return 0;
  let end = at + 1;
  const limit = Math.min(prose.length, at + LONGEST_ENDING);
  while (end < limit && ".!?\"'”’)*_".includes(prose[end]!)) end++;
  if (end >= prose.length || !isBlankAt(prose, end)) return 0;
  let next = end;
  while (next < prose.length && (prose[next] === " " || prose[next] === "\t")) next++;
  const follower = prose[next] ?? "";
  // A factorial is no exclamation: "n! / k!", "5! (since", "4! is 24".
  if (
    char === "!" &&
    /(?:^|[^A-Za-z])[\w)}]$/.test(prose.slice(Math.max(0, at - 2), at)) &&
    /[-+/*=×·÷<>≤≥^)\]},(a-z]/.test(follower)
  )
    return 0;
  // After a stop a small letter goes on with the same sentence ("approx. two", "(a+1)(b+1)... = 10").
  if (char === "." && /[a-z=+*/<>≤≥×·]/.test(follower)) return 0;
  if (char === "." && end === at + 1 && ABBREVIATION.test(prose.slice(Math.max(0, at - 7), at + 1))) return 0;
  return end;
}

function isBlankAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 32 || (code >= 9 && code <= 13);
}

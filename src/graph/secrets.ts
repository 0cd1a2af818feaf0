/**
 * Keys that stand in a file where they do not belong. A graph file is shown in errors, pages and repositories: a key in
 * it is a mistake, and neither the diagnostic nor any other line we show may repeat it. Found in the text, not in the
 * values: also in comments, and in files that are not even YAML.
 */

export interface Secret {
  readonly start: number;
  readonly end: number;
}

/** `apiKey: <anything but ${NAME}>`; quoted or not. The value is the last group. */
const WRITTEN_KEY = /\bapiKey["']?[ \t]*[:=][ \t]*(?:"([^"\r\n]*)"|'([^'\r\n]*)'|([^\s"',}#][^\s,}#]*))/g;

/** Shapes of well-known keys, and a password inside an address. Each is bounded: no back-tracking over a long line. */
const KEY_SHAPES =
  /\b(?:sk-[A-Za-z0-9_-]{16,200}|hf_[A-Za-z0-9]{20,100}|gh[pousr]_[A-Za-z0-9]{30,100}|AIza[A-Za-z0-9_-]{30,60}|nvapi-[A-Za-z0-9_-]{20,100}|gsk_[A-Za-z0-9]{20,100})|\bBearer[ ]+(?!\$)[A-Za-z0-9._~+/-]{16,400}|:\/\/[^\s/:@"'$]{1,64}:[^\s/:@"'$]{1,128}@/g;

const ONE_VARIABLE = /^\$\{[A-Za-z_]\w*\}$/;

/** Every key written out in a text, in order, without overlaps. */
export function findSecrets(text: string): Secret[] {
  const found: Secret[] = [];
  for (const match of text.matchAll(WRITTEN_KEY)) {
    const value = match[1] ?? match[2] ?? match[3] ?? "";
    if (value === "" || ONE_VARIABLE.test(value) || /^(?:null|~|[&*!|>].*)$/.test(value)) continue;
    const start = match.index + match[0].lastIndexOf(value);
    found.push({ start, end: start + value.length });
  }
  for (const match of text.matchAll(KEY_SHAPES)) {
    const [start, end] = [match.index, match.index + match[0].length];
    if (found.some((other) => start < other.end && other.start < end)) continue;
    found.push(match[0].startsWith("://") ? { start: start + 3, end: end - 1 } : { start, end });
  }
  return found.sort((a, b) => a.start - b.start);
}

/** The text with every key's characters replaced, each by one: places in it stay right. */
export function maskSecrets(text: string): string {
  let masked = "";
  let at = 0;
  for (const { start, end } of findSecrets(text)) {
    masked += text.slice(at, start) + "*".repeat(end - start);
    at = end;
  }
  return masked + text.slice(at);
}

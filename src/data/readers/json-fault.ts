/**
 * Where and why a text is not JSON. JSON.parse names no position for the most common mistake (an unexpected token), so
 * a text it refused is walked once more, by the grammar of RFC 8259, up to the first character that does not fit.
 */
export interface JsonFault {
  /** Offset of the first character that does not fit; the text's length when it ends too early. */
  readonly at: number;
  readonly what: string;
}

/** What may come next. The two `-or-end` follow an opening bracket. */
type Expecting = "value" | "value-or-end" | "key" | "key-or-end" | "colon" | "comma-or-end" | "nothing";

/** The first fault, or undefined when the text is JSON after all. */
export function findJsonFault(text: string): JsonFault | undefined {
  let expecting = "value" as Expecting;
  const open: ("{" | "[")[] = [];
  let at = 0;

  const closeValue = () => {
    expecting = open.length === 0 ? "nothing" : "comma-or-end";
  };

  for (;;) {
    while (at < text.length && " \t\r\n".includes(text[at]!)) at++;
    if (at >= text.length) return expecting === "nothing" ? undefined : { at, what: endsEarly(open) };
    const char = text[at]!;

    if (expecting === "nothing") return { at, what: `found ${name(char)} after the end of the value` };
    if (expecting === "colon") {
      if (char !== ":") return { at, what: `found ${name(char)} where a colon was expected` };
      expecting = "value";
      at++;
    } else if (expecting === "comma-or-end") {
      const closer = open.at(-1) === "{" ? "}" : "]";
      if (char === closer) {
        open.pop();
        closeValue();
      } else if (char === ",") expecting = open.at(-1) === "{" ? "key" : "value";
      else return { at, what: `found ${name(char)} where a comma or ${closer} was expected` };
      at++;
    } else if ((expecting === "key-or-end" && char === "}") || (expecting === "value-or-end" && char === "]")) {
      open.pop();
      closeValue();
      at++;
    } else if (expecting === "key" || expecting === "key-or-end") {
      if (char !== '"') return { at, what: `found ${name(char)} where a key in double quotes was expected` };
      const string = walkString(text, at);
      if (typeof string !== "number") return string;
      at = string;
      expecting = "colon";
    } else if (char === "{" || char === "[") {
      open.push(char);
      expecting = char === "{" ? "key-or-end" : "value-or-end";
      at++;
    } else if (char === '"') {
      const string = walkString(text, at);
      if (typeof string !== "number") return string;
      at = string;
      closeValue();
    } else {
      const word = wordAt(text, at);
      if (!/^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)$/.test(word)) {
        return { at, what: badWord(word, char) };
      }
      at += word.length;
      closeValue();
    }
  }
}

/** Offset after the closing quote, or what is wrong inside. A loop, not a pattern: strings here have megabytes. */
function walkString(text: string, start: number): number | JsonFault {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return at + 1;
    if (code === 0x0a) return { at, what: "found a line break inside a text: is its closing quote missing?" };
    if (code < 0x20) return { at, what: "found a control character inside a text" };
    if (code !== 0x5c) continue;
    const next = text.slice(at + 1, at + 6);
    const escaped = /^(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.exec(next);
    const isCutOff = next.length < 5 && /^(?:u[0-9a-fA-F]*)?$/.test(next);
    if (escaped === null && !isCutOff) return { at, what: "found a backslash that begins no escape" };
    at += escaped?.[0].length ?? 0;
  }
  return { at: start, what: "the text that begins here is never closed: the line seems to be cut off" };
}

function wordAt(text: string, at: number): string {
  return /^[^\s,:{}[\]"]*/.exec(text.slice(at, at + 400))?.[0] ?? "";
}

function badWord(word: string, char: string): string {
  if (/^-?(?:NaN|Infinity)$/.test(word)) return `found ${word}, which JSON does not have`;
  if (/^(?:True|False|None)$/.test(word)) return `found Python's ${word} where a JSON value was expected`;
  if (char === "'") return "found a single quote: JSON texts need double quotes";
  return `found ${name(char)} where a value was expected`;
}

function endsEarly(open: readonly string[]): string {
  const opener = open.at(-1);
  if (opener === undefined) return "there is no value";
  return `it ends before the ${opener === "{" ? "object" : "list"} is closed: it seems to be cut off`;
}

function name(char: string): string {
  const code = char.charCodeAt(0);
  if (code < 0x20 || (code >= 0x7f && code < 0xa0))
    return `the control character U+${code.toString(16).padStart(4, "0")}`;
  return char === '"' ? "a double quote" : `"${char}"`;
}

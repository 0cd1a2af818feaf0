/**
 * Text from a run, shown as what it is. React escapes; what is left to do is to make visible what a terminal or a line
 * of text would obey: control characters (ANSI codes among them), and the marks that turn the reading direction round,
 * which make a text read as something else than it is. Each place of text is isolated from what stands beside it.
 */
import { Fragment } from "react";
import "./plain.css";

/** Controls but tab and line feed; bidirectional marks, embeddings, overrides, isolates; zero-width and lone halves. */
const UNSEEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about.
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]/u;
const UNSEEN_RUN = new RegExp(`(${UNSEEN.source}+)`, "u");

export function Plain({ text }: { readonly text: string }) {
  if (!UNSEEN.test(text)) return text;
  return text.split(UNSEEN_RUN).map((piece, index) =>
    index % 2 === 0 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text have no other name.
      <Fragment key={index}>{piece}</Fragment>
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: as above.
      <span key={index} className="unseen-char" title="A character that can't be seen">
        {[...piece].map(nameOf).join("")}
      </span>
    ),
  );
}

/** The same for places that take text alone: titles, labels of parts of a picture. */
export function plain(text: string): string {
  return UNSEEN.test(text) ? text.replace(new RegExp(UNSEEN.source, "gu"), (char) => nameOf(char)) : text;
}

function nameOf(char: string): string {
  const code = char.codePointAt(0)!;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return "␡";
  return `⟨${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}

/**
 * Texts in answers. A trace stands in a sample's state, in the prompts of three calls and in a reply: it is sent once, and
 * the places name it. What is too much for one answer is fetched in pieces when somebody looks at it.
 */
import { MezzoError } from "../core/errors.ts";
import { hashText } from "../core/hash.ts";
import type { Look } from "../store/look.ts";
import type { MaybeText, ShownState, TextPiece } from "./api.ts";

/** Up to this many characters a text stands where it belongs. */
const INLINE = 400;
/** Longer ones are never part of an answer. */
const LONGEST = 65_536;
/** All texts of one answer. */
const ALL = 600_000;
/** The piece of a text that is sent at once. */
const PIECE = 131_072;
/** Characters of texts that stand nowhere in the store, put together for an answer. */
const REMEMBERED = 30_000_000;

/** The texts of one answer. */
export interface TextBag {
  readonly texts: Readonly<Record<string, string>>;
  put(text: string): MaybeText;
  /** Strings as texts; lists and objects that are long as JSON. */
  putState(state: Readonly<Record<string, unknown>>): ShownState;
}

export class AnswerTexts {
  readonly #look: Look;
  /** The oldest first. */
  readonly #made = new Map<string, string>();
  #size = 0;

  constructor(look: Look) {
    this.#look = look;
  }

  bag(): TextBag {
    const texts: Record<string, string> = {};
    let room = ALL;
    const put = (text: string): MaybeText => {
      if (text.length <= INLINE) return text;
      const ref = hashText(text).toString("base64url");
      if (texts[ref] !== undefined) return { ref, chars: text.length };
      if (text.length <= Math.min(LONGEST, room)) {
        texts[ref] = text;
        room -= text.length;
      } else this.#remember(ref, text);
      return { ref, chars: text.length };
    };
    const putValue = (value: unknown): ShownState[string] => {
      if (typeof value === "string") return put(value);
      if (value === null || typeof value !== "object") return value as number | boolean | null;
      const json = JSON.stringify(value);
      return json.length <= INLINE ? value : put(json);
    };
    return {
      texts,
      put,
      putState: (state) => {
        const values = Object.entries(state).filter(([, value]) => value !== undefined);
        return Object.fromEntries(values.map(([name, value]) => [name, putValue(value)]));
      },
    };
  }

  /** Throws `no-text`. */
  async piece(ref: string, from: number): Promise<TextPiece> {
    const text = this.#made.get(ref) ?? (await this.#look.text(ref));
    if (text === undefined) {
      const hint = "Open the sample again.";
      throw new MezzoError("no-text", "That text is not there, or not any more.", { hint });
    }
    let end = Math.min(text.length, from + PIECE);
    // A pair of surrogates is one character.
    if (end < text.length && /[\uD800-\uDBFF]/.test(text[end - 1] ?? "")) end -= 1;
    return { ref, chars: text.length, from, text: text.slice(from, end), next: end < text.length ? end : null };
  }

  #remember(ref: string, text: string): void {
    if (this.#made.has(ref) || text.length > REMEMBERED) return;
    this.#made.set(ref, text);
    this.#size += text.length;
    for (const [old, { length }] of this.#made) {
      if (this.#size <= REMEMBERED) break;
      this.#made.delete(old);
      this.#size -= length;
    }
  }
}

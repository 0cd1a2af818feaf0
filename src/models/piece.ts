/**
 * A short cut through a stream. Its hundreds of events differ in nothing but a few characters of text, and parsing each
 * as JSON is the largest part of what a streamed reply costs. Once one event has been parsed, the text of another that
 * begins and ends with the same characters is what stands between.
 */
export class PieceReader {
  #before = "";
  #after = "";

  /** `data` was parsed, and all it says is `content`. */
  learn(data: string, content: string): void {
    if (content === "") return;
    const written = JSON.stringify(content).slice(1, -1);
    const mark = data.indexOf('"content"');
    const at = mark === -1 ? -1 : data.indexOf(`"${written}"`, mark + 9);
    // Written with other escapes than ours, or a space where none was expected: the next event may do.
    if (at === -1 || data.slice(mark + 9, at).trim() !== ":") return;
    this.#before = data.slice(0, at + 1);
    this.#after = data.slice(at + 1 + written.length);
  }

  /** The text of an event that looks like the one learnt from; undefined when it has to be parsed. */
  read(text: string, from: number, to: number): string | undefined {
    const [before, after] = [this.#before, this.#after];
    const [start, end] = [from + before.length, to - after.length];
    if (before === "" || end < start) return undefined;
    if (!text.startsWith(before, from) || !text.startsWith(after, end)) return undefined;
    const raw = text.slice(start, end);
    return raw.includes("\\") || raw.includes('"') ? decode(raw) : raw;
  }
}

/** Undefined where the text ends before the end: the event has a field more than the one learnt from. */
function decode(raw: string): string | undefined {
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    return undefined;
  }
}

/**
 * Server-sent events, as far as chat completions use them: the `data` of each event, handed on as soon as it is whole.
 * Knows what real servers do to the format: CRLF, comments as a sign of life, a missing space after the colon, a last
 * event without its empty line, a character cut in two by a packet.
 *
 * Data is handed on as a place in a longer text, not cut out of it: whoever can read it in place saves most of the cost.
 */
import { StringDecoder } from "node:string_decoder";

export type OnData = (text: string, from: number, to: number) => void;

export class SseReader {
  readonly #onData: OnData;
  readonly #decoder = new StringDecoder("utf8");
  /** The end of what came, without its line end so far. */
  #rest = "";
  /** Data of the event that is being read: where it stands, in `#text`. */
  #text = "";
  #from = 0;
  #to = -1;

  constructor(onData: OnData) {
    this.#onData = onData;
  }

  push(chunk: Buffer): void {
    const text = this.#rest + this.#decoder.write(chunk);
    let from = 0;
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", from)) {
      this.#line(text, from, at > from && text.charCodeAt(at - 1) === 13 ? at - 1 : at);
      from = at + 1;
    }
    this.#rest = from === 0 ? text : text.slice(from);
  }

  end(): void {
    const text = this.#rest + this.#decoder.end();
    this.#rest = "";
    if (text !== "") this.#line(text, 0, text.length);
    this.#dispatch();
  }

  #line(text: string, from: number, to: number): void {
    if (from === to) {
      this.#dispatch();
      return;
    }
    if (!text.startsWith("data:", from)) return;
    const start = text.charCodeAt(from + 5) === 32 ? from + 6 : from + 5;
    if (this.#to === -1) {
      this.#text = text;
      this.#from = start;
      this.#to = to;
    } else {
      this.#text = `${this.#text.slice(this.#from, this.#to)}\n${text.slice(start, to)}`;
      this.#from = 0;
      this.#to = this.#text.length;
    }
  }

  #dispatch(): void {
    if (this.#to === -1) return;
    const [text, from, to] = [this.#text, this.#from, this.#to];
    this.#text = "";
    this.#to = -1;
    this.#onData(text, from, to);
  }
}

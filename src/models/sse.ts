/**
 * Server-sent events, as far as chat completions use them: the `data` of each event, handed on as soon as it is whole.
 * Knows what real servers do to the format: CRLF, comments as a sign of life, a missing space after the colon, a last
 * event without its empty line, a character cut in two by a packet.
 */
import { StringDecoder } from "node:string_decoder";

export class SseReader {
  readonly #onData: (data: string) => void;
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";
  #data: string | undefined;

  constructor(onData: (data: string) => void) {
    this.#onData = onData;
  }

  push(chunk: Buffer): void {
    const text = this.#rest + this.#decoder.write(chunk);
    let from = 0;
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", from)) {
      this.#line(text, from, text.charCodeAt(at - 1) === 13 && at > from ? at - 1 : at);
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
    const line = text.slice(start, to);
    this.#data = this.#data === undefined ? line : `${this.#data}\n${line}`;
  }

  #dispatch(): void {
    const data = this.#data;
    if (data === undefined) return;
    this.#data = undefined;
    this.#onData(data);
  }
}

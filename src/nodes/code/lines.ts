/** Lines of a stream, asked for one by one, none longer than a bound: the stream is stopped until the next is wanted. */
import type { Readable } from "node:stream";

export class TooMuch extends Error {}

export interface Lines {
  /** The next line, or undefined at the end. Throws TooMuch. */
  next(): Promise<string | undefined>;
  /** Has come more than was asked for? */
  waiting(): boolean;
  /** Lets go of the stream, which may then be read again. */
  end(): void;
}

export function createLines(stream: Readable, most: number): Lines {
  let pieces: Buffer[] = [];
  let size = 0;
  let over = false;
  const ready: string[] = [];
  let wake: (() => void) | undefined;

  const onData = (piece: Buffer) => {
    let from = 0;
    for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, from)) {
      ready.push(Buffer.concat([...pieces, piece.subarray(from, at)]).toString("utf8"));
      [pieces, size, from] = [[], 0, at + 1];
    }
    pieces.push(piece.subarray(from));
    size += piece.length - from;
    if (ready.length > 0 || size > most) stream.pause();
    wake?.();
  };
  const onEnd = () => {
    over = true;
    wake?.();
  };
  stream.on("data", onData);
  for (const event of ["end", "close", "error"]) stream.on(event, onEnd);

  return {
    async next() {
      if (ready.length === 0) stream.resume();
      while (ready.length === 0 && !over && size <= most) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      wake = undefined;
      if (ready.length === 0 && size > most) throw new TooMuch();
      return ready.shift();
    },
    waiting: () => ready.length > 0,
    end() {
      stream.off("data", onData);
      for (const event of ["end", "close", "error"]) stream.off(event, onEnd);
    },
  };
}

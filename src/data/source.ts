/**
 * From a path to text with a known format. What a file is, its first bytes say (gzip, Parquet, a picture); its name
 * only decides between text formats, and standard input, which has no name, is told by how it begins.
 */
import { open, readdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { messageOf } from "../core/errors.ts";
import { nearest } from "../core/suggest.ts";
import { refuseWhatIsNotText } from "./not-text.ts";
import { inputError } from "./rows.ts";
import { type Format, formatOfName, isParquet, sniffFormat } from "./sniff.ts";

export interface Source {
  /** A file's path, or `-` for standard input. */
  readonly path: string;
  /** What `-` reads; process.stdin when left out. */
  readonly stdin?: NodeJS.ReadableStream;
}

/** A data set ready to be read: a text decompressed and without its byte order mark, Parquet as it is. */
export interface Input {
  /** For messages: the path as given, or "standard input". */
  readonly name: string;
  readonly format: Format;
  readonly bytes: AsyncIterable<Buffer>;
  /** The file to read from any place in it; undefined for standard input. */
  readonly path: string | undefined;
  close(): void;
}

/** Enough to see how a file begins; the first line of a JSONL file may well be longer. */
const HEAD_BYTES = 64 * 1024;

/** Throws MezzoError (exit 2) for everything that can't be a data set. */
export async function openInput(source: Source, signal?: AbortSignal): Promise<Input> {
  const name = source.path === "-" ? "standard input" : source.path;
  const stream = source.path === "-" ? (source.stdin ?? process.stdin) : await openFile(source.path);
  const stop = () => {
    // An error, so that whoever waits for bytes (of a terminal, say) wakes up.
    if (stream instanceof Readable)
      stream.destroy(signal?.reason instanceof Error ? signal.reason : new Error("stopped"));
  };
  const close = () => {
    signal?.removeEventListener("abort", stop);
    if (stream instanceof Readable) stream.destroy();
  };
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const raw = await peek(named(stream, name, signal), (head) => head.length >= 4);
    if (raw.head.length === 0) throw inputError("input-empty", `${name} is empty`);
    const path = source.path === "-" ? undefined : source.path;
    if (isParquet(raw.head)) return { name, format: { kind: "parquet" }, bytes: raw.all, path, close };
    const isGzip = raw.head[0] === 0x1f && raw.head[1] === 0x8b;
    const unpacked = isGzip ? gunzip(raw.all, name) : raw.all;
    const text = await peek(unpacked, hasTwoLines);
    refuseWhatIsNotText(text.head, name);
    const format = formatOfName(name, text.head) ?? sniffFormat(text.head);
    if (format === undefined) throw unknownFormat(text.head, name);
    return { name, format, bytes: withoutMark(text.all), path, close };
  } catch (error) {
    close();
    throw error;
  }
}

async function openFile(path: string): Promise<Readable> {
  try {
    const file = await open(path);
    if ((await file.stat()).isDirectory()) {
      await file.close();
      throw inputError("input-directory", `${path} is a folder`, "Name one file in it.");
    }
    return file.createReadStream({ highWaterMark: 256 * 1024 });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR")
      throw inputError("input-missing", `${path} does not exist`, await nameBeside(path), error);
    if (code === "EACCES" || code === "EPERM")
      throw inputError("input-unreadable", `${path} may not be read by you`, undefined, error);
    throw error;
  }
}

async function nameBeside(path: string): Promise<string | undefined> {
  const names = await readdir(dirname(path)).catch(() => undefined);
  if (names === undefined) return `The folder ${dirname(path)} does not exist either.`;
  const near = nearest(basename(path), names);
  return near === undefined ? undefined : `Did you mean ${near}?`;
}

/** Bytes of a stream, its own failures in our words. */
async function* named(stream: AsyncIterable<unknown>, name: string, signal?: AbortSignal): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of stream) yield Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk as string);
  } catch (error) {
    signal?.throwIfAborted();
    throw inputError("input-unreadable", `${name} can't be read: ${messageOf(error)}`, undefined, error);
  }
}

async function* gunzip(bytes: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  let unpackedBytes = 0;
  try {
    // The callback stays empty on purpose: a failure of either side arrives through the iteration.
    for await (const chunk of pipeline(Readable.from(bytes), createGunzip(), () => undefined)) {
      unpackedBytes += chunk.length;
      yield chunk;
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const upTo = `after ${unpackedBytes} unpacked bytes`;
    if (code === "Z_BUF_ERROR") {
      throw inputError(
        "gzip-cut-off",
        `${name} is cut off: the gzip data ends too early, ${upTo}`,
        "Copy or download it again.",
        error,
      );
    }
    if (code?.startsWith("Z_")) {
      throw inputError(
        "gzip-broken",
        `${name} is damaged: ${messageOf(error)}, ${upTo}`,
        "Copy or download it again.",
        error,
      );
    }
    throw error;
  }
}

/** Looks at the beginning until it tells enough, and gives it back together with all that follows. */
async function peek(bytes: AsyncIterable<Buffer>, isEnough: (head: Buffer) => boolean) {
  const iterator = bytes[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  while (head.length < HEAD_BYTES && !isEnough(head)) {
    const next = await iterator.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  async function* all(): AsyncGenerator<Buffer> {
    yield head;
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  return { head, all: all() };
}

/** No pattern over the whole: on a head that is one long line it would take time squared. */
function hasTwoLines(head: Buffer): boolean {
  const text = head.toString("latin1").trimStart();
  const firstBreak = text.indexOf("\n");
  return firstBreak !== -1 && text.slice(firstBreak).trim() !== "";
}

function unknownFormat(head: Buffer, name: string): Error {
  const blank = head.toString("latin1").trim() === "";
  if (blank && head.length < HEAD_BYTES) return inputError("input-empty", `${name} holds nothing but blank lines`);
  return inputError(
    "unknown-format",
    `${name} is neither JSON Lines nor JSON nor CSV nor Parquet: it begins with ${JSON.stringify(head.toString("utf8").trim().slice(0, 40))}`,
    "Name it .jsonl, .json, .csv or .tsv (with .gz when packed) to say what it is.",
  );
}

async function* withoutMark(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let isFirst = true;
  for await (const chunk of bytes) {
    const marked = isFirst && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf;
    yield marked ? chunk.subarray(3) : chunk;
    isFirst = false;
  }
}

/**
 * Parquet, cut by hyparquet: a few hundred rows at a time, so that memory is bounded by one row group's pages and not by
 * the file. From standard input it is held whole, since its table of contents stands at its end.
 *
 * Values become what JSON has: a 64-bit whole number a number where one holds it exactly (its digits are kept beside it),
 * a date its ISO text, bytes that are text a text.
 */
import { open } from "node:fs/promises";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import type { AsyncBuffer, Compressors, FileMetaData } from "hyparquet";
import { messageOf } from "../../core/errors.ts";
import { inputError, type ReadRow } from "../rows.ts";
import type { Input } from "../source.ts";

/** Snappy is hyparquet's own; the others are Node's. LZO and LZ4 have gone out of use for Parquet. */
const COMPRESSORS: Compressors = {
  GZIP: (packed) => gunzipSync(packed),
  BROTLI: (packed) => brotliDecompressSync(packed),
  ZSTD: (packed) => zstdDecompressSync(packed),
};

const ROWS_AT_ONCE = 256;
const MOST_BYTES_FROM_STDIN = 1024 * 1024 * 1024;

export async function* readParquet(input: Input): AsyncGenerator<ReadRow> {
  const { parquetMetadataAsync, parquetReadObjects } = await import("hyparquet");
  const { file, close } = await openForAnyPlace(input);
  try {
    const metadata = await inWords(input.name, () => parquetMetadataAsync(file));
    for (const { from, to } of stretches(metadata)) {
      const read = { file, metadata, compressors: COMPRESSORS, rowStart: from, rowEnd: to };
      const rows = await inWords(input.name, () => parquetReadObjects(read));
      for (const [index, row] of rows.entries()) yield toRow(row, from + index + 1);
    }
  } finally {
    await close();
  }
}

/** Never across two row groups: a group's columns are then read once each. */
function* stretches(metadata: FileMetaData): Generator<{ from: number; to: number }> {
  let first = 0;
  for (const group of metadata.row_groups) {
    const end = first + Number(group.num_rows);
    for (let from = first; from < end; from += ROWS_AT_ONCE) yield { from, to: Math.min(from + ROWS_AT_ONCE, end) };
    first = end;
  }
}

function toRow(found: Readonly<Record<string, unknown>>, number: number): ReadRow {
  const digits = new Map<string, string>();
  let size = 0;
  const plain = (value: unknown): unknown => {
    if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    if (typeof value === "string") size += value.length;
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
    if (Array.isArray(value) || ArrayBuffer.isView(value)) return Array.from(value as Iterable<unknown>, plain);
    if (value === null || typeof value !== "object") return value ?? null;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  };
  for (const [column, value] of Object.entries(found)) {
    if (typeof value === "bigint") digits.set(column, String(value));
  }
  const row = plain(found);
  return {
    raw: { line: number, where: `row ${number}`, row, size, numberAsWritten: (column) => digits.get(column) },
  };
}

async function openForAnyPlace(input: Input): Promise<{ file: AsyncBuffer; close: () => Promise<void> }> {
  if (input.path === undefined) {
    const whole = await gather(input);
    const slice = (start: number, end?: number) => arrayBufferOf(whole.subarray(start, end));
    return { file: { byteLength: whole.length, slice }, close: async () => undefined };
  }
  const handle = await open(input.path);
  const { size } = await handle.stat();
  const slice = async (start: number, end = size) => {
    const piece = Buffer.alloc(Math.max(0, end - start));
    const { bytesRead } = await handle.read(piece, 0, piece.length, start);
    return arrayBufferOf(piece.subarray(0, bytesRead));
  };
  return { file: { byteLength: size, slice }, close: () => handle.close() };
}

async function gather(input: Input): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of input.bytes) {
    bytes += piece.length;
    if (bytes > MOST_BYTES_FROM_STDIN) {
      const hint = "Save it to a file first, and name that.";
      throw inputError(
        "input-too-long",
        "standard input holds over a gigabyte of Parquet, which must be held whole",
        hint,
      );
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function arrayBufferOf(bytes: Buffer): ArrayBuffer {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}

async function inWords<T>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (thrown) {
    const said = messageOf(thrown).replace(/^parquet /, "");
    const codec = /unsupported compression codec: (\w+)/.exec(said)?.[1];
    const hint = codec === undefined ? "Copy or download it again." : "Write it with snappy, gzip, brotli or zstd.";
    throw inputError("parquet-broken", `${name} can't be read as Parquet: ${said}`, hint, thrown);
  }
}

/**
 * A file that is there whole or not at all:
 *
 *     out.part (new) -> written -> fsync -> still ours? -> rename to out -> fsync of the folder
 *
 * A kill at any point leaves `out` as it was, and at most an `out.part` that the next export replaces.
 */
import { createHash } from "node:crypto";
import { type FileHandle, mkdir, open, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Transform, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { MezzoError } from "../core/errors.ts";

export interface OutputOptions {
  /** A path (gzipped when it ends in `.gz`), or `-`. */
  readonly out: string;
  readonly stdout?: Writable;
  readonly signal?: AbortSignal;
}

export interface Written {
  /** Of the content, before it is gzipped. */
  readonly bytes: number;
  /** Of the file as it lies there, in hex; undefined where it was no file. */
  readonly sha256?: string;
  /** The reader of standard output went away before the end. */
  readonly cutShort?: true;
}

/** Text, or bytes that are in their form already. */
export type Content = AsyncIterable<string | Uint8Array>;

/** Throws MezzoError for what the disk or folder refuses, the signal's reason when aborted; an error of `text` comes through. */
export async function writeOutput(text: Content, options: OutputOptions): Promise<Written> {
  try {
    if (options.out === "-") return await writeStdout(text, options);
    const target = await realpath(options.out).catch(() => options.out);
    const isSpecial = await isDevice(target, options.out);
    return isSpecial ? await writeInPlace(text, target, options) : await writeWhole(text, target, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw explain(error, options.out);
  }
}

async function writeStdout(text: Content, options: OutputOptions): Promise<Written> {
  const counted = new Counter();
  try {
    await pipeline(text, counted, options.stdout ?? process.stdout, { end: false, signal: options.signal });
  } catch (error) {
    // `mezzo export ... --out - | head` is no failure: its reader had enough.
    if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
    return { bytes: counted.bytes, cutShort: true };
  }
  return { bytes: counted.bytes };
}

/** A device or pipe (/dev/stdout, /dev/null) is written to: renaming onto it would replace it by a file. */
async function writeInPlace(text: Content, target: string, options: OutputOptions): Promise<Written> {
  await using file = await open(target, "w");
  return { bytes: (await writeTo(file, text, options)).bytes };
}

async function writeWhole(text: Content, target: string, options: OutputOptions): Promise<Written> {
  const part = `${target}.part`;
  await mkdir(dirname(target), { recursive: true });
  await rm(part, { force: true });
  await using file = await open(part, "wx");
  try {
    const written = await writeTo(file, text, options);
    await file.sync();
    await assertStillOurs(file, part);
    await rename(part, target);
    await syncFolder(dirname(target));
    return written;
  } catch (error) {
    if (!(error instanceof MezzoError && error.code === "export-raced")) await rm(part, { force: true });
    throw error;
  }
}

async function writeTo(
  file: FileHandle,
  text: Content,
  options: OutputOptions,
): Promise<Required<Pick<Written, "bytes" | "sha256">>> {
  const counted = new Counter();
  const sha256 = createHash("sha256");
  // Not file.createWriteStream(): with `autoClose: false`, which fsync and rename need, a pipeline into it never ends.
  const sink = async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      sha256.update(chunk);
      await file.writeFile(chunk);
    }
  };
  const { signal } = options;
  if (options.out.endsWith(".gz")) await pipeline(text, counted, createGzip(), sink, { signal });
  else await pipeline(text, counted, sink, { signal });
  return { bytes: counted.bytes, sha256: sha256.digest("hex") };
}

/** Another export to the same place has replaced our `.part`: renaming now would publish its unfinished file. */
async function assertStillOurs(file: FileHandle, part: string): Promise<void> {
  const ours = await file.stat();
  const there = await stat(part).catch(() => undefined);
  if (there?.ino === ours.ino && there.dev === ours.dev) return;
  throw new MezzoError("export-raced", `another export is writing ${part}`, {
    hint: "Wait for it, or choose another --out.",
  });
}

/** Makes the rename itself survive a power cut. Not every system lets a folder be opened; there the rename stands alone. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder).catch(() => undefined);
  if (handle === undefined) return;
  try {
    await handle.sync();
  } catch (error) {
    if (!["EINVAL", "EPERM", "ENOTSUP"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  } finally {
    await handle.close();
  }
}

async function isDevice(target: string, out: string): Promise<boolean> {
  const there = await stat(target).catch(() => undefined);
  if (there?.isDirectory()) {
    throw new MezzoError("export-folder", `${out} is a folder`, { hint: "Name the file to write in it.", exitCode: 2 });
  }
  return there !== undefined && !there.isFile();
}

class Counter extends Transform {
  bytes = 0;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: (error: null, chunk: Buffer) => void): void {
    this.bytes += chunk.length;
    done(null, chunk);
  }
}

const TROUBLE: Readonly<Record<string, { readonly code: string; readonly what: string; readonly exitCode: 1 | 2 }>> = {
  ENOSPC: { code: "disk-full", what: "the disk is full", exitCode: 1 },
  EDQUOT: { code: "disk-full", what: "your quota on this disk is used up", exitCode: 1 },
  EFBIG: { code: "disk-full", what: "the file is larger than this disk allows", exitCode: 1 },
  EIO: { code: "disk-broken", what: "the disk reports an error", exitCode: 1 },
  EACCES: { code: "export-refused", what: "you may not write there", exitCode: 2 },
  EPERM: { code: "export-refused", what: "you may not write there", exitCode: 2 },
  EROFS: { code: "export-refused", what: "the disk is read-only", exitCode: 2 },
  ENOTDIR: { code: "export-refused", what: "part of the path is a file, not a folder", exitCode: 2 },
  EEXIST: { code: "export-refused", what: "part of the path is a file, not a folder", exitCode: 2 },
  ENAMETOOLONG: { code: "export-refused", what: "the name is too long", exitCode: 2 },
};

/** Only for what writing itself meets: an error of the rows carries no path of ours and passes through. */
function explain(error: unknown, out: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  const known = code === undefined || syscall === undefined ? undefined : TROUBLE[code];
  if (known === undefined || error instanceof MezzoError) return error;
  const hint =
    known.code === "disk-full" ? "Make room, or choose another --out; nothing was left half written." : undefined;
  return new MezzoError(known.code, `${out} can't be written: ${known.what}`, {
    hint,
    cause: error,
    exitCode: known.exitCode,
  });
}

/**
 * Long texts, each stored once by the hash of its content, compressed. A row names a text by its ref: 22 characters of
 * base64url, the 16 bytes of core/hash.ts.
 *
 * Compressing (about 40 µs for 6 KB) happens when the text is met, outside the lock; the rows wait in `#fresh` for the next
 * transaction. What is known to be stored is remembered twice: by the text itself, since LangGraph hands over the same
 * string several times (writes, then the checkpoint, then the next prompt), which saves hashing; and by ref, which is
 * small and reaches further back.
 *
 * Invariant: a ref is known only if its row is committed or in `#fresh`. Whoever removes texts from the file (upkeep.ts)
 * makes sure that no other store on it is at work.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type Database from "better-sqlite3";
import { MezzoError } from "../core/errors.ts";
import { hashText } from "../core/hash.ts";
import { pluck } from "./keys.ts";
import { Recent } from "./recent.ts";

/** From this many characters on a text is worth a row of its own. */
export const LONG_TEXT = 200;
const REMEMBERED_CHARS = 4_000_000;
const REMEMBERED_REFS = 50_000;
/** Below this, zstd costs a third of what it does for 6 KB and saves a hundred bytes. */
const WORTH_PACKING = 500;
/** Level 3 takes 43 instead of 38 µs for 6 KB and makes 36 % of it instead of 37 %. */
const ZSTD = { chunkSize: 8192, params: { [constants.ZSTD_c_compressionLevel]: 1 } };

export class Texts {
  readonly #path: string;
  readonly #insert: Database.Statement<[Buffer, string | Buffer]>;
  readonly #has: Database.Statement<[Buffer], 1>;
  readonly #read: Database.Statement<[Buffer], string | Buffer>;
  readonly #refByText = new Recent<string, string>(REMEMBERED_CHARS);
  readonly #knownRefs = new Recent<string, true>(REMEMBERED_REFS);
  readonly #textByRef = new Recent<string, string>(REMEMBERED_CHARS);
  #fresh: { readonly hash: Buffer; readonly body: string | Buffer }[] = [];

  constructor(db: Database.Database, path: string) {
    this.#path = path;
    this.#insert = db.prepare("INSERT INTO texts (hash, body) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING");
    this.#has = pluck(db, "SELECT 1 FROM texts WHERE hash = ?");
    this.#read = pluck(db, "SELECT body FROM texts WHERE hash = ?");
  }

  /** The text's ref; its row goes into the next transaction if it is new. The text must be well-formed Unicode. */
  refOf(text: string): string {
    const known = this.#refByText.get(text);
    if (known !== undefined) return known;
    const hash = hashText(text);
    const ref = hash.toString("base64url");
    if (this.#knownRefs.get(ref) === undefined) {
      if (this.#has.get(hash) === undefined) this.#fresh.push({ hash, body: pack(text) });
      this.#knownRefs.set(ref, true, 1);
    }
    this.#refByText.set(text, ref, text.length);
    return ref;
  }

  /** Throws `store-damaged` for a ref whose text is gone. */
  read(ref: string): string {
    const cached = this.#textByRef.get(ref);
    if (cached !== undefined) return cached;
    const body = this.#read.get(Buffer.from(ref, "base64url"));
    if (body === undefined) throw new MezzoError("store-damaged", `${this.#path}: the text ${ref} is missing.`);
    const text = unpack(body);
    this.#textByRef.set(ref, text, text.length);
    return text;
  }

  /** Like `refOf` and `read`, for a row that names its text in a column of its own. */
  hashOf(text: string): Buffer {
    return Buffer.from(this.refOf(text), "base64url");
  }

  readHash(hash: Buffer): string {
    return this.read(hash.toString("base64url"));
  }

  /** Inside a transaction, first: the texts that its rows refer to. They stay here until it is committed. */
  insertFresh(): void {
    for (const { hash, body } of this.#fresh) this.#insert.run(hash, body);
  }

  committed(): void {
    this.#fresh = [];
  }

  /** Texts may have been removed: none counts as stored any more. */
  forgetKnown(): void {
    this.#refByText.clear();
    this.#knownRefs.clear();
    this.#textByRef.clear();
  }
}

/** A column's value: zstd where that is shorter, else the text. */
export function pack(text: string): string | Buffer {
  if (text.length < WORTH_PACKING) return text;
  const packed = zstdCompressSync(text, ZSTD);
  return packed.length < text.length ? packed : text;
}

export function unpack(body: string | Buffer): string {
  return typeof body === "string" ? body : zstdDecompressSync(body).toString();
}

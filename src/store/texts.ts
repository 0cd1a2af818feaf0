/**
 * Long texts, each stored once by the hash of its content, compressed. A row names a text by its ref: 22 characters of
 * base64url, the 16 bytes of core/hash.ts.
 *
 * The texts of one sample are alike: a chain, the chain with its steps numbered, the chain made shorter. So each is
 * compressed with the longest of them as zstd's dictionary, its base: 3 to 7 % of a text is left instead of 37 %, in the
 * same time (40 µs for 6 KB; 55 µs and 33 % for a text that is not alike after all: looking first would cost as much). A
 * base has no base itself, so reading unpacks two texts at most.
 *
 * Compressing happens when the text is met, outside the lock; the rows wait in `#fresh` for the next transaction. What is
 * known to be stored is remembered twice: by the text itself, since LangGraph hands over the same string several times
 * (writes, then the checkpoint, then the next prompt), which saves hashing; and by ref, which is small and reaches back
 * further.
 *
 * Invariant: a ref is known only if its row, and its base's, is committed or in `#fresh`. Whoever removes texts from the
 * file (upkeep.ts) makes sure that no other store on it is at work.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { MezzoError } from "../core/errors.ts";
import { hashText } from "../core/hash.ts";
import { Recent } from "./recent.ts";

/** From this many characters on a text is worth a row of its own. */
export const LONG_TEXT = 200;
/** A shorter one, down to this, if several samples have it: what stands in prompts between a sample's own texts. */
const COMMON_TEXT = 40;
const COMMON_TO = 3;
const REMEMBERED_CHARS = 2_000_000;
const REMEMBERED_REFS = 20_000;
const REMEMBERED_KIN = 4_000;
const REMEMBERED_SHORT_CHARS = 500_000;
/** Loading a dictionary costs by its length; few chains are longer. */
const DICTIONARY_CHARS = 65_536;
/** Below this, zstd costs a third of what it does for 6 KB and saves a hundred bytes. */
const WORTH_PACKING = 500;
/** Level 3 takes 43 instead of 38 µs for 6 KB and makes 36 % of it instead of 37 %. */
const ZSTD = { chunkSize: 8192, params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** The texts of one sample, as far as they are remembered. */
export interface Kin {
  readonly no: number;
  /** The longest text without a base: what the others are compressed with. */
  base?: { readonly hash: Buffer; readonly text: string };
}

export interface TextRow {
  readonly hash: Buffer;
  readonly base: Buffer | null;
  readonly body: string | Buffer;
}

/** Where texts are kept, as far as it can be asked at once. */
export interface TextShelf {
  /** Whether a text is stored, and its base. A shelf that cannot be asked says no: what is there already stays as it is. */
  find(hash: Buffer): Pick<TextRow, "base"> | undefined;
  read(hash: Buffer): TextRow | undefined;
}

export class Texts {
  readonly #path: string;
  readonly #shelf: TextShelf;
  readonly #refByText = new Recent<string, string>(REMEMBERED_CHARS);
  readonly #knownRefs = new Recent<string, true>(REMEMBERED_REFS);
  readonly #textByRef = new Recent<string, string>(REMEMBERED_CHARS);
  readonly #kinByThread = new Recent<string, Kin>(REMEMBERED_KIN);
  /** Short texts: who had it last, and how many had it. */
  readonly #sightings = new Recent<string, { kin: number; count: number }>(REMEMBERED_SHORT_CHARS);
  #kinCount = 0;
  #fresh: TextRow[] = [];

  constructor(shelf: TextShelf, path: string) {
    this.#path = path;
    this.#shelf = shelf;
  }

  /** A thread's texts; what is asked for under the same name is alike. */
  kinOf(thread: string): Kin {
    const known = this.#kinByThread.get(thread);
    if (known) return known;
    const kin = this.newKin();
    this.#kinByThread.set(thread, kin, 1);
    return kin;
  }

  /** The sample is finished: its base need not be kept in memory. */
  forgetKin(thread: string): void {
    this.#kinByThread.delete(thread);
  }

  newKin(): Kin {
    return { no: this.#kinCount++ };
  }

  /** Shall the text have a row of its own? Long ones do, and short ones from the third sample on that has them. */
  isWorthARow(text: string, kin: Kin | undefined): boolean {
    if (text.length > LONG_TEXT) return true;
    if (text.length < COMMON_TEXT || kin === undefined) return false;
    if (this.#refByText.get(text) !== undefined) return true;
    const seen = this.#sightings.get(text) ?? { kin: -1, count: 0 };
    if (seen.count === 0) this.#sightings.set(text, seen, text.length);
    if (seen.kin !== kin.no) seen.count++;
    seen.kin = kin.no;
    return seen.count >= COMMON_TO;
  }

  /** The text's ref; its row goes into the next transaction if it is new. The text must be well-formed Unicode. */
  refOf(text: string, kin?: Kin): string {
    const known = this.#refByText.get(text);
    if (known !== undefined) return known;
    const hash = hashText(text);
    const ref = hash.toString("base64url");
    if (this.#knownRefs.get(ref) === undefined) {
      const row = this.#shelf.find(hash) ?? this.#addFresh(text, hash, kin?.base);
      if (kin && row.base === null) proposeBase(kin, hash, text);
      this.#knownRefs.set(ref, true, 1);
    }
    this.#refByText.set(text, ref, text.length);
    return ref;
  }

  /** Throws `store-damaged` for a ref whose text is gone. */
  read(ref: string): string {
    const text = this.find(ref);
    if (text === undefined) throw new MezzoError("store-damaged", `${this.#path}: the text ${ref} is missing.`);
    return text;
  }

  find(ref: string): string | undefined {
    const cached = this.#textByRef.get(ref);
    if (cached !== undefined) return cached;
    const row = this.#shelf.read(Buffer.from(ref, "base64url"));
    if (row === undefined) return undefined;
    const text = this.unpack(row);
    this.#textByRef.set(ref, text, text.length);
    return text;
  }

  unpack({ base, body }: Omit<TextRow, "hash">): string {
    return unpackText(body, base === null ? undefined : () => this.readHash(base));
  }

  /** Like `refOf` and `read`, for a row that names its text in a column of its own. */
  hashOf(text: string): Buffer {
    return Buffer.from(this.refOf(text), "base64url");
  }

  readHash(hash: Buffer): string {
    return this.read(hash.toString("base64url"));
  }

  /** The texts that the next transaction's rows may refer to: it inserts them first. They stay here until `committed`. */
  get fresh(): readonly TextRow[] {
    return this.#fresh;
  }

  /** Those that are fresh go into the batch that is closed now, in front of everything later. */
  takeFresh(): readonly TextRow[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }

  /** What was to store them has come to nothing. */
  putBack(rows: readonly TextRow[]): void {
    this.#fresh = [...rows, ...this.#fresh];
  }

  /** What was read or written lately. */
  cached(ref: string): string | undefined {
    return this.#textByRef.get(ref);
  }

  remember(ref: string, text: string): void {
    this.#textByRef.set(ref, text, text.length);
  }

  /** Those that were fresh are stored. */
  committed(): void {
    this.#fresh = [];
  }

  /** Texts may have been removed: none counts as stored any more. */
  forgetKnown(): void {
    this.#refByText.clear();
    this.#knownRefs.clear();
    this.#textByRef.clear();
    this.#kinByThread.clear();
  }

  #addFresh(text: string, hash: Buffer, base: Kin["base"]): TextRow {
    const row =
      base === undefined || text.length < WORTH_PACKING
        ? { hash, base: null, body: pack(text) }
        : { hash, base: base.hash, body: zstdCompressSync(text, { ...ZSTD, dictionary: dictionaryOf(base.text) }) };
    this.#fresh.push(row);
    return row;
  }
}

/** A text's column; `base` gives the text that is its dictionary, where it has one. */
export function unpackText(body: string | Buffer, base: (() => string) | undefined): string {
  if (base === undefined || typeof body === "string") return unpack(body);
  return zstdDecompressSync(body, { dictionary: dictionaryOf(base()) }).toString();
}

function proposeBase(kin: Kin, hash: Buffer, text: string): void {
  if (text.length >= WORTH_PACKING && text.length > (kin.base?.text.length ?? 0)) kin.base = { hash, text };
}

/** Part of the file's format. */
function dictionaryOf(text: string): Buffer {
  return Buffer.from(text.slice(0, DICTIONARY_CHARS));
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

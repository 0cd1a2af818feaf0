/**
 * JSON in which long texts stand as refs (texts.ts). Strings that start with `~` are marks:
 *
 *   "~~rest"    the string "~rest"
 *   "~?"        undefined
 *   "~" + ref   the text of that ref
 *   "~{" + ref  a JSON value too long to be repeated in every checkpoint; its own JSON, refs included, is that text
 *   "~+" + ref  what is no plain JSON (a Map, bytes, a LangChain message): LangGraph's serializer wrote it, as that text
 *   "~!" + ref  raw bytes, as base64 in that text
 *
 * The last three stand only for a whole value of a channel or of a write.
 */
import type { SerializerProtocol } from "@langchain/langgraph-checkpoint";
import { type Kin, LONG_TEXT, pack, type Texts } from "./texts.ts";

/** A row's JSON is compressed from this many characters on. */
const LONG_ROW = 600;

class NotPlain extends Error {}

/** LangGraph's own serializer keeps undefined members, so ours does. */
function undefinedOrRefuse(value: unknown): string {
  if (value === undefined) return '"~?"';
  throw new NotPlain(`not plain JSON: ${typeof value}`);
}

/** From a row's JSON to what was stored. */
export class Decoder {
  readonly #read: (ref: string) => string;
  protected readonly serde: SerializerProtocol;

  /** `read` gives the text of a ref. */
  constructor(read: (ref: string) => string, serde: SerializerProtocol) {
    this.#read = read;
    this.serde = serde;
  }

  /** The text that a row names in a column of its own. */
  textOf(hash: Buffer): string {
    return this.#read(hash.toString("base64url"));
  }

  decode(json: string): unknown {
    return this.revive(JSON.parse(json));
  }

  /** Puts the texts back into parsed JSON, in place. */
  revive(value: unknown): unknown {
    if (typeof value === "string") return this.#reviveString(value);
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) value[i] = this.revive(value[i]);
      return value;
    }
    if (value === null || typeof value !== "object") return value;
    for (const [key, inner] of Object.entries(value)) {
      const revived = this.revive(inner);
      if (revived !== inner) Object.defineProperty(value, key, { ...DATA_PROPERTY, value: revived });
    }
    return value;
  }

  /** What `encodeAny` took, from its parsed JSON. */
  decodeAny(stored: unknown): unknown | Promise<unknown> {
    if (typeof stored !== "string" || stored.charCodeAt(0) !== MARK) return this.revive(stored);
    const text = () => this.#read(stored.slice(2));
    switch (stored[1]) {
      case "{":
        return this.decode(text());
      case "+":
        return this.serde.loadsTyped("json", text());
      case "!":
        return this.serde.loadsTyped("bytes", new Uint8Array(Buffer.from(text(), "base64")));
      default:
        return this.revive(stored);
    }
  }

  #reviveString(value: string): string | undefined {
    if (value.charCodeAt(0) !== MARK) return value;
    if (value === "~?") return undefined;
    return value.charCodeAt(1) === MARK ? value.slice(1) : this.#read(value.slice(1));
  }
}

export class Codec extends Decoder {
  readonly #texts: Texts;

  constructor(texts: Texts, serde: SerializerProtocol) {
    super((ref) => texts.read(ref), serde);
    this.#texts = texts;
  }

  /** JSON of plain data, as JSON.stringify understands it: for rows and events of ours. */
  encode(value: unknown, kin?: Kin): string {
    return this.#write(value, kin, (inner) =>
      inner === undefined ? undefined : this.encode(JSON.parse(JSON.stringify(inner) ?? "null"), kin),
    );
  }

  /** Any value that a channel can hold. A promise only for what is no plain JSON. */
  encodeAny(value: unknown, kin?: Kin): string | Promise<string> {
    if (typeof value === "string") return this.#writeString(value, kin);
    try {
      const json = this.#write(value, kin, undefinedOrRefuse);
      return json.length > LONG_TEXT ? `"~{${this.#texts.refOf(json, kin)}"` : json;
    } catch (error) {
      if (!(error instanceof NotPlain)) throw error;
      return this.#encodeForeign(value);
    }
  }

  async #encodeForeign(value: unknown): Promise<string> {
    const [type, bytes] = await this.serde.dumpsTyped(value);
    if (type === "bytes") return `"~!${this.#texts.refOf(Buffer.from(bytes).toString("base64"))}"`;
    return `"~+${this.#texts.refOf(Buffer.from(bytes).toString())}"`;
  }

  /** `other` gives the JSON of what is not plain, undefined to leave a member out. */
  #write(value: unknown, kin: Kin | undefined, other: (value: unknown) => string | undefined): string {
    if (typeof value === "string") return this.#writeString(value, kin);
    if (value === null || typeof value === "boolean") return String(value);
    if (typeof value === "number") return Number.isFinite(value) ? String(value) : "null";
    if (Array.isArray(value)) return `[${Array.from(value, (item) => this.#write(item, kin, other)).join(",")}]`;
    if (!isPlainObject(value)) return other(value) ?? "null";
    let json = "";
    for (const key of Object.keys(value)) {
      const member = value[key] === undefined ? other(undefined) : this.#write(value[key], kin, other);
      if (member !== undefined) json += `${json === "" ? "" : ","}${JSON.stringify(key)}:${member}`;
    }
    return `{${json}}`;
  }

  #writeString(value: string, kin: Kin | undefined): string {
    // Half a surrogate pair has no UTF-8: JSON escapes it, a text's row would lose it.
    if (this.#texts.isWorthARow(value, kin) && value.isWellFormed()) return `"~${this.#texts.refOf(value, kin)}"`;
    return JSON.stringify(value.charCodeAt(0) === MARK ? `~${value}` : value);
  }
}

/** JSON as a column's value. */
export function packRow(json: string): string | Buffer {
  return json.length > LONG_ROW ? pack(json) : json;
}

/** The texts that a row's JSON names, with their mark's second character where it has one. */
export function* refsIn(json: string): Generator<{ readonly ref: string; readonly mark: string }> {
  for (const [, mark = "", ref = ""] of json.matchAll(/"~([{+!]?)([A-Za-z0-9_-]{22})"/g)) yield { ref, mark };
}

const MARK = "~".charCodeAt(0);
const DATA_PROPERTY = { configurable: true, enumerable: true, writable: true } as const;

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Texts on the server, fetched before they are wanted: what reads rows is not asynchronous. */
import type { SerializerProtocol } from "@langchain/langgraph-checkpoint";
import { MezzoError } from "../../core/errors.ts";
import { Decoder, refsIn } from "../codec.ts";
import { type Texts, unpackText } from "../texts.ts";
import { bodyOf } from "./cells.ts";
import { arrayOf } from "./columns.ts";
import type { Server } from "./server.ts";
import { Together } from "./together.ts";

interface Row extends Readonly<Record<string, unknown>> {
  readonly hash: Buffer;
  readonly base: Buffer | null;
  readonly body: Buffer;
}

const AT_ONCE = 500;

export class TextsThere {
  readonly #server: Server;
  readonly #texts: Texts;
  readonly #serde: SerializerProtocol;
  readonly #asked = new Together<Row>((refs) => this.#load(refs));

  constructor(server: Server, texts: Texts, serde: SerializerProtocol) {
    this.#server = server;
    this.#texts = texts;
    this.#serde = serde;
  }

  /** What decodes these rows: all texts that they name, directly or within others, are at hand. */
  async decoderOf(jsons: Iterable<string>, hashes: Iterable<Buffer> = []): Promise<Decoder> {
    const found = new Map<string, string>();
    /** Whether a text is JSON of ours, with refs of its own. */
    let wanted = new Map<string, boolean>([...hashes].map((hash) => [refOf(hash), false]));
    for (const json of jsons) addRefs(wanted, json);
    while (wanted.size > 0) {
      await this.#bring(wanted.keys(), found);
      const inner = new Map<string, boolean>();
      for (const [ref, isJson] of wanted) if (isJson && found.has(ref)) addRefs(inner, found.get(ref)!);
      wanted = new Map([...inner].filter(([ref]) => !found.has(ref)));
    }
    return new Decoder((ref) => {
      const text = found.get(ref);
      if (text === undefined)
        throw new MezzoError("store-damaged", `${this.#server.shown}: the text ${ref} is missing.`);
      return text;
    }, this.#serde);
  }

  async find(ref: string): Promise<string | undefined> {
    const found = new Map<string, string>();
    await this.#bring([ref], found);
    return found.get(ref);
  }

  /** The same past what is remembered: as it is stored. */
  async findAgain(ref: string): Promise<string | undefined> {
    const [row] = await this.#rows([ref]);
    if (row === undefined) return undefined;
    const { base, body } = row;
    const dictionary = base === null ? undefined : ((await this.find(refOf(base))) ?? "");
    return unpackText(bodyOf(body), dictionary === undefined ? undefined : () => dictionary);
  }

  async #bring(refs: Iterable<string>, found: Map<string, string>): Promise<void> {
    const rows = new Map<string, Row>();
    let missing = [...refs];
    while (missing.length > 0) {
      const asked = new Set<string>();
      for (const ref of missing) {
        const text = found.get(ref) ?? this.#texts.cached(ref);
        if (text !== undefined) found.set(ref, text);
        else if (!rows.has(ref)) asked.add(ref);
      }
      const bases = new Set<string>();
      for (const row of await Promise.all([...asked].map((ref) => this.#asked.ask(ref)))) {
        if (row === undefined) continue;
        rows.set(refOf(row.hash), row);
        if (row.base !== null) bases.add(refOf(row.base));
      }
      missing = [...bases].filter((ref) => !found.has(ref) && !rows.has(ref));
    }
    for (const ref of rows.keys()) this.#unpack(ref, rows, found);
  }

  #unpack(ref: string, rows: ReadonlyMap<string, Row>, found: Map<string, string>): string {
    const known = found.get(ref);
    if (known !== undefined) return known;
    const row = rows.get(ref);
    if (row === undefined) throw new MezzoError("store-damaged", `${this.#server.shown}: the text ${ref} is missing.`);
    const { base, body } = row;
    const text = unpackText(bodyOf(body), base === null ? undefined : () => this.#unpack(refOf(base), rows, found));
    found.set(ref, text);
    this.#texts.remember(ref, text);
    return text;
  }

  async #load(refs: readonly string[]): Promise<Map<string, Row>> {
    const found = new Map<string, Row>();
    for (let i = 0; i < refs.length; i += AT_ONCE)
      for (const row of await this.#rows(refs.slice(i, i + AT_ONCE))) found.set(refOf(row.hash), row);
    return found;
  }

  #rows(refs: readonly string[]): Promise<Row[]> {
    const hashes = refs.map((ref) => Buffer.from(ref, "base64url"));
    return this.#server.read<Row>("SELECT hash, base, body FROM mezzo.texts WHERE hash = ANY ($1::bytea[])", [
      arrayOf("bytea", hashes),
    ]);
  }
}

function refOf(hash: Buffer): string {
  return hash.toString("base64url");
}

function addRefs(wanted: Map<string, boolean>, json: string): void {
  for (const { ref, mark } of refsIn(json)) wanted.set(ref, wanted.get(ref) === true || mark === "{");
}

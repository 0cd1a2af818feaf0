/**
 * Names into keys, and where each sample stands, as far as this store remembers. What is remembered of a sample's way is
 * checked by the commit that moves it (`was`): where another process has moved it since, it is read again.
 */
import { MezzoError } from "../../core/errors.ts";
import { hashText } from "../../core/hash.ts";
import { Recent } from "../recent.ts";
import { arrayOf } from "./columns.ts";
import type { Server } from "./server.ts";

export interface KnownSample {
  readonly key: number;
  way: number;
}

const REMEMBERED = 20_000;

export class Names {
  readonly #server: Server;
  readonly #runs = new Map<string, number>();
  readonly #samples = new Recent<string, KnownSample>(REMEMBERED);
  readonly #threads = new Recent<string, number>(REMEMBERED);

  constructor(server: Server) {
    this.#server = server;
  }

  /** Throws `unknown-run`. */
  async run(run: string): Promise<number> {
    const key = await this.findRun(run);
    if (key === undefined)
      throw new MezzoError("unknown-run", `There is no run "${run}" in this store.`, {
        hint: "`mezzo status` lists the runs.",
        exitCode: 2,
      });
    return key;
  }

  async findRun(run: string): Promise<number | undefined> {
    const known = this.#runs.get(run);
    if (known !== undefined) return known;
    const [row] = await this.#server.read<{ key: number }>("SELECT key FROM mezzo.runs WHERE run = $1", [
      Buffer.from(run),
    ]);
    if (row !== undefined) this.#runs.set(run, row.key);
    return row?.key;
  }

  /** A run was seen under that key: if it is another one than what is remembered, that is forgotten. */
  seen(run: string, key: number): void {
    const known = this.#runs.get(run);
    if (known !== undefined && known !== key) this.forget();
  }

  /** Throws `unknown-sample`. */
  async sample(run: string, sample: string): Promise<KnownSample> {
    const known = await this.findSample(run, sample);
    if (known === undefined) throw unknownSample(run, sample);
    return known;
  }

  async findSample(run: string, sample: string): Promise<KnownSample | undefined> {
    return (await this.findSamples(run, [sample])).get(sample);
  }

  /** Those that there are. */
  async findSamples(run: string, samples: Iterable<string>): Promise<Map<string, KnownSample>> {
    const found = new Map<string, KnownSample>();
    const asked = new Map<string, string>();
    for (const sample of samples) {
      const known = this.#samples.get(`${run}/${sample}`);
      if (known === undefined) asked.set(hashText(sample).toString("base64"), sample);
      else found.set(sample, known);
    }
    if (asked.size === 0) return found;
    const key = await this.run(run);
    const hashes = [...asked.keys()].map((hash) => Buffer.from(hash, "base64"));
    const rows = await this.#server.read<{ hash: Buffer; key: number; way: number }>(
      `SELECT a.hash, a.key, s.way FROM mezzo.samples a JOIN mezzo.standings s ON s.key = a.key
         WHERE a.run = $1 AND a.hash = ANY ($2::bytea[])`,
      [key, arrayOf("bytea", hashes)],
    );
    for (const row of rows) {
      const sample = asked.get(row.hash.toString("base64"))!;
      const known = { key: row.key, way: row.way };
      this.#samples.set(`${run}/${sample}`, known, 1);
      found.set(sample, known);
    }
    return found;
  }

  /** A LangGraph thread's key, undefined for one that has never been written to. */
  async findThread(name: string): Promise<number | undefined> {
    const known = this.#threads.get(name) ?? (await this.#sampleOfThread(name)) ?? (await this.#otherThread(name));
    if (known !== undefined) this.#threads.set(name, known, 1);
    return known;
  }

  /** The key of a thread that may be new. */
  async thread(name: string): Promise<number> {
    const known = await this.findThread(name);
    if (known !== undefined) return known;
    await this.#server.read("INSERT INTO mezzo.threads (name) VALUES ($1) ON CONFLICT (name) DO NOTHING", [
      Buffer.from(name),
    ]);
    return (await this.findThread(name))!;
  }

  async threadName(key: number): Promise<string> {
    const [row] =
      key < 0
        ? await this.#server.read<{ name: Buffer }>("SELECT name FROM mezzo.threads WHERE key = $1", [-key])
        : await this.#server.read<{ name: Buffer }>(
            `SELECT r.run || '/'::bytea || a.id AS name FROM mezzo.samples a JOIN mezzo.runs r ON r.key = a.run WHERE a.key = $1`,
            [key],
          );
    return row?.name.toString() ?? String(key);
  }

  forgetSample(run: string, sample: string): void {
    this.#samples.delete(`${run}/${sample}`);
    this.#threads.delete(`${run}/${sample}`);
  }

  forget(): void {
    this.#runs.clear();
    this.#samples.clear();
    this.#threads.clear();
  }

  /** Names of runs hold no slash, so what is before the first one is the run. */
  async #sampleOfThread(name: string): Promise<number | undefined> {
    const slash = name.indexOf("/");
    if (slash <= 0 || (await this.findRun(name.slice(0, slash))) === undefined) return undefined;
    return (await this.findSample(name.slice(0, slash), name.slice(slash + 1)))?.key;
  }

  async #otherThread(name: string): Promise<number | undefined> {
    const [row] = await this.#server.read<{ key: number }>("SELECT key FROM mezzo.threads WHERE name = $1", [
      Buffer.from(name),
    ]);
    return row && -row.key;
  }
}

export function unknownSample(run: string, sample: string): MezzoError {
  return new MezzoError("unknown-sample", `Run "${run}" has no sample "${sample}".`, { exitCode: 2 });
}

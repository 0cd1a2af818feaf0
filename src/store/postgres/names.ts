/**
 * Names into keys, and where each sample stands, as far as this store remembers. What is remembered of a sample's way is
 * checked by the commit that moves it (`was`): where another process has moved it since, it is read again.
 */
import { MezzoError } from "../../core/errors.ts";
import { hashText } from "../../core/hash.ts";
import { Recent } from "../recent.ts";
import { arrayOf } from "./columns.ts";
import type { Server } from "./server.ts";
import { Together } from "./together.ts";

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
  readonly #asked = new Together<KnownSample>((names) => this.#load(names));

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
    const missing: string[] = [];
    for (const sample of samples) {
      const known = this.#samples.get(`${run}/${sample}`);
      if (known === undefined) missing.push(sample);
      else found.set(sample, known);
    }
    if (missing.length === 0) return found;
    await this.run(run);
    const there = await Promise.all(missing.map((sample) => this.#asked.ask(`${run}/${sample}`)));
    for (const [i, sample] of missing.entries()) {
      // Whoever asked at the same moment has the same one: a sample's way is remembered in one place.
      const known = this.#samples.get(`${run}/${sample}`) ?? there[i];
      if (known === undefined) continue;
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

  /** Samples by `run/sample`. */
  async #load(names: readonly string[]): Promise<Map<string, KnownSample>> {
    const found = new Map<string, KnownSample>();
    for (const [run, samples] of Map.groupBy(names, (name) => name.slice(0, name.indexOf("/")))) {
      const key = await this.findRun(run);
      if (key === undefined) continue;
      const hashes = new Map(samples.map((name) => [hashText(name.slice(run.length + 1)).toString("base64"), name]));
      const rows = await this.#server.read<{ hash: Buffer; key: number; way: number }>(
        `SELECT a.hash, a.key, s.way FROM mezzo.samples a JOIN mezzo.standings s ON s.key = a.key
           WHERE a.run = $1 AND a.hash = ANY ($2::bytea[])`,
        [
          key,
          arrayOf(
            "bytea",
            [...hashes.keys()].map((hash) => Buffer.from(hash, "base64")),
          ),
        ],
      );
      for (const row of rows) found.set(hashes.get(row.hash.toString("base64"))!, { key: row.key, way: row.way });
    }
    return found;
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

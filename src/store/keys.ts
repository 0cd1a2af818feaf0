/** Names into integers. A run's key is its row's; a sample's is in the range that starts at its run's (migrations.ts). */
import type Database from "better-sqlite3";
import { MezzoError } from "../core/errors.ts";
import { Recent } from "./recent.ts";

const SPAN = 2 ** 32;

/** The key that stands for a run itself, just below its samples'. */
export const firstKey = (run: number): number => run * SPAN;
/** The largest key of a run. */
export const lastKey = (run: number): number => run * SPAN + SPAN - 1;
export const keyAt = (run: number, place: number): number => run * SPAN + 1 + place;
export const placeOf = (key: number): number => (key % SPAN) - 1;
export const runOf = (key: number): number => Math.floor(key / SPAN);

export class Keys {
  readonly #findRun: Database.Statement<[string], number>;
  readonly #findSample: Database.Statement<[number, string], number>;
  readonly #findThread: Database.Statement<[string], number>;
  readonly #addThread: Database.Statement<[string]>;
  readonly #nameThread: Database.Statement<[number], string>;
  readonly #nameSample: Database.Statement<[number], string>;
  readonly #runs = new Map<string, number>();
  readonly #samples = new Recent<string, number>(20_000);
  readonly #threads = new Recent<string, number>(20_000);

  constructor(db: Database.Database) {
    this.#findRun = pluck(db, "SELECT key FROM runs WHERE run = ?");
    this.#findSample = pluck(db, "SELECT key FROM samples WHERE run = ? AND id = ?");
    this.#findThread = pluck(db, "SELECT key FROM threads WHERE name = ?");
    this.#addThread = db.prepare("INSERT INTO threads (name) VALUES (?) ON CONFLICT (name) DO NOTHING");
    this.#nameThread = pluck(db, "SELECT name FROM threads WHERE key = ?");
    this.#nameSample = pluck(
      db,
      "SELECT runs.run || '/' || samples.id FROM samples JOIN runs ON runs.key = samples.run WHERE samples.key = ?",
    );
  }

  /** Throws `unknown-run`. */
  run(run: string): number {
    const key = this.#runs.get(run) ?? this.#findRun.get(run);
    if (key === undefined)
      throw new MezzoError("unknown-run", `There is no run "${run}" in this store.`, {
        hint: "`mezzo status` lists the runs.",
        exitCode: 2,
      });
    this.#runs.set(run, key);
    return key;
  }

  /** Another process may have deleted a run, and made one of the same name: what is remembered of it is then gone. */
  look(run: string): void {
    const known = this.#runs.get(run);
    if (known !== undefined && known !== this.#findRun.get(run)) this.forgetKnown();
  }

  /** Throws `unknown-sample`. */
  sample(run: string, sample: string): number {
    const key = this.findSample(run, sample);
    if (key === undefined)
      throw new MezzoError("unknown-sample", `Run "${run}" has no sample "${sample}".`, { exitCode: 2 });
    return key;
  }

  findSample(run: string, sample: string): number | undefined {
    return this.#remember(this.#samples, `${run}/${sample}`, () => this.#findSample.get(this.run(run), sample));
  }

  /** A LangGraph thread's key, undefined for one that has never been written to. */
  thread(name: string): number | undefined {
    return this.#remember(this.#threads, name, () => {
      // Names of runs hold no slash (run-rows.ts), so what is before the first one is the run.
      const slash = name.indexOf("/");
      const run = slash > 0 ? this.#findRun.get(name.slice(0, slash)) : undefined;
      const sample = run === undefined ? undefined : this.#findSample.get(run, name.slice(slash + 1));
      if (sample !== undefined) return sample;
      const other = this.#findThread.get(name);
      return other === undefined ? undefined : -other;
    });
  }

  /** Inside a transaction: the key of a thread that may be new. */
  addThread(name: string): number {
    const known = this.thread(name);
    if (known !== undefined) return known;
    this.#addThread.run(name);
    return -this.#findThread.get(name)!;
  }

  threadName(key: number): string {
    return (key < 0 ? this.#nameThread.get(-key) : this.#nameSample.get(key)) ?? String(key);
  }

  forgetSample(run: string, sample: string): void {
    this.#samples.delete(`${run}/${sample}`);
    this.#threads.delete(`${run}/${sample}`);
  }

  forgetKnown(): void {
    this.#runs.clear();
    this.#samples.clear();
    this.#threads.clear();
  }

  #remember(cache: Recent<string, number>, name: string, find: () => number | undefined): number | undefined {
    const known = cache.get(name);
    if (known !== undefined) return known;
    const key = find();
    if (key !== undefined) cache.set(name, key, 1);
    return key;
  }
}

/** A statement whose rows are their first column. */
export function pluck<P extends unknown[], R>(db: Database.Database, sql: string): Database.Statement<P, R> {
  return db.prepare<P, R>(sql).pluck() as Database.Statement<P, R>;
}

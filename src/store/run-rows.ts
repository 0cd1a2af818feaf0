/** Runs as rows, and who works on them. */
import { hostname } from "node:os";
import type Database from "better-sqlite3";
import { MezzoError } from "../core/errors.ts";
import type { RunState } from "../core/events.ts";
import { type Codec, packRow } from "./codec.ts";
import { birthOf, isAlive } from "./holder.ts";
import { pluck } from "./keys.ts";
import type { Holder, HoldOptions, NewRun, RunPlan, RunRecord } from "./store.ts";
import { pack, unpack } from "./texts.ts";

interface Row {
  readonly key: number;
  readonly run: string;
  readonly graph: string;
  readonly plan: string;
  readonly settings: string | Buffer;
  readonly created_at: number;
  readonly state: RunState;
  readonly paused_code: string | null;
  readonly paused_reason: string | null;
  readonly holder_pid: number | null;
  readonly holder_host: string | null;
  readonly holder_since: number | null;
  readonly holder_birth: string | null;
}

const COLUMNS =
  "key, run, graph, plan, settings, created_at, state, paused_code, paused_reason, holder_pid, holder_host, holder_since, holder_birth";

export class RunRows {
  readonly #codec: Codec;
  readonly #insert: Database.Statement<[string, string, string, string | Buffer, string | Buffer, number]>;
  readonly #all: Database.Statement<[], Row>;
  readonly #one: Database.Statement<[string], Row>;
  readonly #plan: Database.Statement<[number], string | Buffer>;
  readonly #fingerprint: Database.Statement<[number], string>;
  readonly #former: Database.Statement<[number], RunPlan>;
  readonly #formerBody: Database.Statement<[number, number], string | Buffer>;
  readonly #keepFormer: Database.Statement<[number, number]>;
  readonly #setPlan: Database.Statement<[string, string | Buffer, number]>;
  readonly #name: Database.Statement<[number], string>;
  readonly #setHolder: Database.Statement<[number | null, string | null, number | null, string | null, number]>;

  constructor(db: Database.Database, codec: Codec) {
    this.#codec = codec;
    this.#insert = db.prepare(
      `INSERT INTO runs (run, graph, plan, plan_body, settings, created_at, state) VALUES (?, ?, ?, ?, ?, ?, 'paused')`,
    );
    this.#all = db.prepare(`SELECT ${COLUMNS} FROM runs ORDER BY created_at, key`);
    this.#one = db.prepare(`SELECT ${COLUMNS} FROM runs WHERE run = ?`);
    this.#plan = pluck(db, "SELECT plan_body FROM runs WHERE key = ?");
    this.#fingerprint = pluck(db, "SELECT plan FROM runs WHERE key = ?");
    this.#former = db.prepare("SELECT no, plan FROM plans WHERE run = ? ORDER BY no");
    this.#formerBody = pluck(db, "SELECT body FROM plans WHERE run = ? AND no = ?");
    this.#keepFormer = db.prepare(
      "INSERT INTO plans (run, no, plan, body) SELECT key, ?, plan, plan_body FROM runs WHERE key = ?",
    );
    this.#setPlan = db.prepare("UPDATE runs SET plan = ?, plan_body = ? WHERE key = ?");
    this.#name = pluck(db, "SELECT run FROM runs WHERE key = ?");
    this.#setHolder = db.prepare(
      "UPDATE runs SET holder_pid = ?, holder_host = ?, holder_since = ?, holder_birth = ? WHERE key = ?",
    );
  }

  /**
   * What adds a run once it is called inside a transaction; it throws `run-exists`. Throws `bad-run-name` for one that a
   * thread's name could not hold.
   */
  prepare(run: NewRun): () => void {
    if (!/^[^/\p{Cc}]{1,200}$/u.test(run.run))
      throw new MezzoError("bad-run-name", `"${run.run}" cannot name a run: 1 to 200 characters, no slash.`, {
        exitCode: 2,
      });
    const [plan, settings] = [pack(run.planBody), packRow(this.#codec.encode(run.settings))];
    return () => {
      if (this.#one.get(run.run)) throw exists(run.run);
      this.#insert.run(run.run, run.graph, run.plan, plan, settings, run.at);
    };
  }

  all(): RunRecord[] {
    return this.#all.all().map((row) => this.#read(row));
  }

  find(run: string): RunRecord | undefined {
    const row = this.#one.get(run);
    return row && this.#read(row);
  }

  planBody(key: number, no?: number): string {
    const former = no === undefined ? undefined : this.#formerBody.get(key, no);
    return unpack(former ?? this.#plan.get(key)!);
  }

  plans(key: number): RunPlan[] {
    const former = this.#former.all(key);
    return [...former, { no: former.length + 1, plan: this.#fingerprint.get(key)! }];
  }

  /** Inside a transaction: this is the run's plan from here on. Gives its number. */
  editPlan(key: number, plan: string, body: string): number {
    const { no } = this.plans(key).at(-1)!;
    this.#keepFormer.run(no, key);
    this.#setPlan.run(plan, pack(body), key);
    return no + 1;
  }

  nameOf(key: number): string | undefined {
    return this.#name.get(key);
  }

  /** Inside a transaction. Throws `run-held` if another living process, or another parent in this one, has it. */
  hold(run: string, holder: Holder, { takeOver = false }: HoldOptions): void {
    const row = this.#one.get(run)!;
    const other = livingHolder(row);
    if (other && !isSame(other, holder) && !takeOver) throw held(run, other);
    this.#setHolder.run(holder.pid, holder.host, holder.since, birthOf(holder.pid) ?? null, row.key);
  }

  /** Inside a transaction. Does nothing if someone else has it. */
  release(run: string, holder: Holder): void {
    const row = this.#one.get(run)!;
    if (isSame(holderOf(row), holder)) this.#setHolder.run(null, null, null, null, row.key);
  }

  /** Throws `run-held` if a living process works on the run, or on any run when none is named. */
  refuseHeld(run?: string): void {
    for (const row of this.#all.all()) {
      const holder = run === undefined || row.run === run ? livingHolder(row) : undefined;
      if (holder) throw held(row.run, holder);
    }
  }

  #read(row: Row): RunRecord {
    const holder = livingHolder(row);
    return {
      run: row.run,
      plan: row.plan,
      graph: row.graph,
      createdAt: row.created_at,
      state: row.state,
      ...(row.paused_code === null ? {} : { pausedBy: { code: row.paused_code, reason: row.paused_reason ?? "" } }),
      settings: this.#codec.decode(unpack(row.settings)) as RunRecord["settings"],
      ...(holder ? { holder } : {}),
    };
  }
}

function holderOf(row: Row): Holder | undefined {
  if (row.holder_pid === null) return undefined;
  return { pid: row.holder_pid, host: row.holder_host ?? "", since: row.holder_since ?? 0 };
}

function livingHolder(row: Row): Holder | undefined {
  const holder = holderOf(row);
  return holder && isAlive(holder, row.holder_birth ?? undefined) ? holder : undefined;
}

function isSame(a: Holder | undefined, b: Holder): boolean {
  return a?.pid === b.pid && a.host === b.host && a.since === b.since;
}

function exists(run: string): MezzoError {
  return new MezzoError("run-exists", `There is already a run "${run}" in this store.`, {
    hint: `\`mezzo resume ${run}\` goes on with it; --run gives the new one another name.`,
    exitCode: 2,
  });
}

function held(run: string, holder: Holder): MezzoError {
  const since = new Date(holder.since).toISOString();
  const hint =
    holder.host === hostname()
      ? "Wait for it to end, or stop it; a run is worked on by one process at a time."
      : "That is another machine or container, so nobody can see from here whether it lives. If it is gone, take the run over.";
  return new MezzoError(
    "run-held",
    `Run "${run}" is being worked on by process ${holder.pid} on ${holder.host}, since ${since}.`,
    { hint, exitCode: 2 },
  );
}

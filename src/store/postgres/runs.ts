/**
 * Runs as rows, and who works on them: who holds a run has it to himself, workers (../crew/members.ts) have it together. Who
 * holds a run says so every BEAT_MS; one that has been silent for SILENT_MS has died or is cut off, and others may take the
 * run. On the same machine one sees sooner that a process is gone (../holder.ts).
 */
import { hostname } from "node:os";
import type pg from "pg";
import { MezzoError } from "../../core/errors.ts";
import type { RunState } from "../../core/events.ts";
import { MEMBERS, type Member, type MemberRow, readMember } from "../crew/members.ts";
import { birthOf, isAlive } from "../holder.ts";
import { firstKey, lastKey } from "../keys.ts";
import { statusesOf } from "../status.ts";
import type { Holder, HoldOptions, NewRun, RunRecord } from "../store.ts";
import { pack, unpack } from "../texts.ts";
import { bodyOf } from "./cells.ts";
import { arrayOf } from "./columns.ts";
import type { Row, Server } from "./server.ts";
import type { TextsThere } from "./texts-there.ts";

export const BEAT_MS = 5_000;
const SILENT_MS = 20_000;

interface RunRow extends Row {
  readonly key: number;
  readonly run: Buffer;
  readonly graph: Buffer;
  readonly plan: Buffer;
  readonly settings: Buffer;
  readonly created_at: number;
  readonly state: Buffer;
  readonly paused_code: Buffer | null;
  readonly paused_reason: Buffer | null;
  readonly holder_pid: number | null;
  readonly holder_host: Buffer | null;
  readonly holder_since: number | null;
  readonly holder_birth: Buffer | null;
  readonly beats: boolean | null;
}

const COLUMNS = `key, run, graph, plan, settings, created_at, state, paused_code, paused_reason, holder_pid, holder_host,
  holder_since, holder_birth, holder_beat > now() - interval '${SILENT_MS} milliseconds' AS beats`;
const ALL = `SELECT ${COLUMNS} FROM mezzo.runs ORDER BY created_at, key`;

export interface FoundRun {
  readonly key: number;
  readonly record: RunRecord;
}

export class RunsThere {
  readonly #server: Server;
  readonly #texts: TextsThere;

  constructor(server: Server, texts: TextsThere) {
    this.#server = server;
    this.#texts = texts;
  }

  async all(): Promise<FoundRun[]> {
    return this.#found(await this.#server.read<RunRow>(ALL));
  }

  async find(run: string): Promise<FoundRun | undefined> {
    const sql = `SELECT ${COLUMNS} FROM mezzo.runs WHERE run = $1`;
    return (await this.#found(await this.#server.read<RunRow>(sql, [Buffer.from(run)])))[0];
  }

  async #found(rows: readonly RunRow[]): Promise<FoundRun[]> {
    const settings = rows.map((row) => unpack(bodyOf(row.settings)));
    const decoder = await this.#texts.decoderOf(settings);
    const members = await this.#server.read<MemberRow & Row>(MEMBERS);
    return rows.map((row, i) => {
      const holder = livingHolder(row) ?? workerOn(row, members.map(readMember));
      return {
        key: row.key,
        record: {
          run: row.run.toString(),
          plan: row.plan.toString(),
          graph: row.graph.toString(),
          createdAt: row.created_at,
          state: row.state.toString() as RunState,
          ...(row.paused_code === null
            ? {}
            : { pausedBy: { code: row.paused_code.toString(), reason: row.paused_reason?.toString() ?? "" } }),
          settings: decoder.decode(settings[i]!) as RunRecord["settings"],
          ...(holder ? { holder } : {}),
        },
      };
    });
  }
}

/** Inside a transaction. Throws `run-exists`. */
export async function insertRun(client: pg.Client, run: NewRun, settings: string | Buffer): Promise<void> {
  const { rowCount } = await client.query(
    `INSERT INTO mezzo.runs (run, graph, plan, plan_body, settings, created_at, state)
       VALUES ($1, $2, $3, $4, $5, $6, 'paused') ON CONFLICT (run) DO NOTHING`,
    [
      ...[run.run, run.graph, run.plan].map((text) => Buffer.from(text)),
      Buffer.from(pack(run.planBody)),
      Buffer.from(settings),
      run.at,
    ],
  );
  if (rowCount === 0) throw runExists(run.run);
}

/** Throws `bad-run-name` for a name that a thread's could not hold. */
export function checkRunName(run: string): void {
  if (/^[^/\p{Cc}]{1,200}$/u.test(run)) return;
  throw new MezzoError("bad-run-name", `"${run}" cannot name a run: 1 to 200 characters, no slash.`, { exitCode: 2 });
}

/** Inside a transaction. Throws `run-held` if another living process, or another parent in this one, has it. */
export async function holdRun(
  client: pg.Client,
  run: number,
  holder: Holder,
  { takeOver = false }: HoldOptions,
): Promise<void> {
  const { rows } = await client.query<RunRow>(`SELECT ${COLUMNS} FROM mezzo.runs WHERE key = $1 FOR UPDATE`, [run]);
  const row = rows[0]!;
  const other = livingHolder(row);
  if (other && !isSame(other, holder) && !takeOver) throw held(row.run.toString(), other);
  const worker = workerOn(row, await membersOf(client));
  if (worker && !takeOver) throw heldByWorkers(row.run.toString(), worker);
  const birth = birthOf(holder.pid);
  await client.query(
    `UPDATE mezzo.runs SET holder_pid = $2, holder_host = $3, holder_since = $4, holder_birth = $5, holder_beat = now()
       WHERE key = $1`,
    [run, holder.pid, Buffer.from(holder.host), holder.since, birth === undefined ? null : Buffer.from(birth)],
  );
}

const IS_OURS = "key = $1 AND holder_pid = $2 AND holder_host = $3 AND holder_since = $4";
const ours = (run: number, { pid, host, since }: Holder) => [run, pid, Buffer.from(host), since];

/** Inside a transaction. Does nothing if someone else has it. */
export async function releaseRun(client: pg.Client, run: number, holder: Holder): Promise<void> {
  const free = "holder_pid = NULL, holder_host = NULL, holder_since = NULL, holder_birth = NULL, holder_beat = NULL";
  await client.query(`UPDATE mezzo.runs SET ${free} WHERE ${IS_OURS}`, ours(run, holder));
}

/** Inside a transaction: the run is running, and if it is to be finished, no sample is without an outcome. Nobody ends it meanwhile. */
export async function mayEnd(client: pg.Client, run: number, isFinished: boolean): Promise<boolean> {
  const { rows } = await client.query<{ state: Buffer }>("SELECT state FROM mezzo.runs WHERE key = $1 FOR UPDATE", [
    run,
  ]);
  if (rows[0]?.state.toString() !== "running") return false;
  if (!isFinished) return true;
  const open = await client.query(
    "SELECT FROM mezzo.standings WHERE status = ANY ($1::int8[]) AND key BETWEEN $2 AND $3 LIMIT 1",
    [arrayOf("int8", statusesOf(["unfinished"])), firstKey(run), lastKey(run)],
  );
  return open.rowCount === 0;
}

export async function beat(server: Server, run: number, holder: Holder): Promise<void> {
  await server.read(`UPDATE mezzo.runs SET holder_beat = now() WHERE ${IS_OURS}`, ours(run, holder));
}

/** Inside a transaction. Throws `run-held` if a living process works on the run, or on any run when none is named. */
export async function refuseHeld(client: pg.Client, run?: number): Promise<void> {
  const { rows } = await client.query<RunRow>(ALL);
  const members = await membersOf(client);
  for (const row of rows) {
    if (run !== undefined && row.key !== run) continue;
    const holder = livingHolder(row);
    if (holder) throw held(row.run.toString(), holder);
    const worker = workerOn(row, members);
    if (worker) throw heldByWorkers(row.run.toString(), worker);
  }
}

async function membersOf(client: pg.Client): Promise<Member[]> {
  return (await client.query<MemberRow>(MEMBERS)).rows.map(readMember);
}

/** One of those who work on it together with others. */
function workerOn(row: RunRow, members: readonly Member[]): Member | undefined {
  const run = row.run.toString();
  return members.find((member) => member.run === run && member.isAlive);
}

function livingHolder(row: RunRow): Holder | undefined {
  if (row.holder_pid === null || row.beats !== true) return undefined;
  const holder = { pid: row.holder_pid, host: row.holder_host?.toString() ?? "", since: row.holder_since ?? 0 };
  return isAlive(holder, row.holder_birth?.toString()) ? holder : undefined;
}

function isSame(a: Holder, b: Holder): boolean {
  return a.pid === b.pid && a.host === b.host && a.since === b.since;
}

function runExists(run: string): MezzoError {
  return new MezzoError("run-exists", `There is already a run "${run}" in this store.`, {
    hint: `\`mezzo resume ${run}\` goes on with it; --run gives the new one another name.`,
    exitCode: 2,
  });
}

function heldByWorkers(run: string, { name, host }: Member): MezzoError {
  const message = `Run "${run}" is being worked on by worker ${name} on ${host}, perhaps by others too.`;
  return new MezzoError("run-held", message, {
    hint: `Wait for its end, or stop it for all who work on it: mezzo pause ${run}`,
    exitCode: 2,
  });
}

function held(run: string, holder: Holder): MezzoError {
  const since = new Date(holder.since).toISOString();
  const hint =
    holder.host === hostname()
      ? "Wait for it to end, or stop it; a run is worked on by one process at a time."
      : `If it is gone, the run is free ${SILENT_MS / 1_000} seconds after its last sign of life.`;
  const message = `Run "${run}" is being worked on by process ${holder.pid} on ${holder.host}, since ${since}.`;
  return new MezzoError("run-held", message, { hint, exitCode: 2 });
}

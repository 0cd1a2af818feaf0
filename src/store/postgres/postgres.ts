/**
 * The store on a PostgreSQL server. This is where its parts meet:
 *
 *   append, stage ──► prepared events ─┐
 *   saver ──────────► shelf ───────────┼─► commit (one call of a function for all that comes within 3 ms) ──► server
 *   createRun, ... ─► transactions     ┘        └─ batch: columns; names: keys; ways-there: steps
 *   reading ────────► server ──► texts-there (fetches what rows name) ──► the same decoding as on a file
 *
 * Encoding happens when something is asked, names become keys when its batch is closed. Reading what may not be committed
 * yet first waits for the batch, so that everyone reads their own writes. Any number of stores may be open on one database,
 * on any number of machines; how they keep out of each other's way is told in schema.ts.
 */
import { JsonPlusSerializer } from "@langchain/langgraph-checkpoint";
import type { ChatReply } from "../../core/chat.ts";
import { type Clock, systemClock } from "../../core/clock.ts";
import { MezzoError } from "../../core/errors.ts";
import {
  type CallFinished,
  type RunEvent,
  type RunFinished,
  type RunPaused,
  type RunView,
  type SampleEvent,
  tallies,
  viewOf,
} from "../../core/events.ts";
import type { NewSample } from "../../core/sample.ts";
import { Saver } from "../checkpoints.ts";
import { Codec, packRow } from "../codec.ts";
import { MEMBERS, type MemberRow, readMember } from "../crew/members.ts";
import { encodeEvent, isSampleEvent, requestKey, TYPES } from "../event-rows.ts";
import type { Look } from "../look.ts";
import {
  type CachedReply,
  type Holder,
  type HoldOptions,
  type Keep,
  type NewRun,
  type RunPlan,
  type RunRecord,
  type SamplePage,
  type Sharing,
  type Store,
  type StoredSample,
  threadOf,
} from "../store.ts";
import { pack, Texts, unpack } from "../texts.ts";
import type { PreparedEvent } from "./batch.ts";
import { bodyOf } from "./cells.ts";
import { arrayOf } from "./columns.ts";
import { PostgresCommit } from "./commit.ts";
import { EventsThere } from "./events.ts";
import { PostgresLook } from "./look.ts";
import { Names, unknownSample } from "./names.ts";
import { BEAT_MS, beat, checkRunName, holdRun, insertRun, mayEnd, RunsThere, refuseHeld, releaseRun } from "./runs.ts";
import { SamplesThere } from "./samples.ts";
import { migrate } from "./schema.ts";
import { Server } from "./server.ts";
import { PostgresShelf } from "./shelf.ts";
import { TextsThere } from "./texts-there.ts";
import { PostgresUpkeep } from "./upkeep.ts";
import { WaysThere } from "./ways-there.ts";

export interface PostgresStoreOptions {
  readonly url: string;
  /** The address as people may see it. */
  readonly shown: string;
  /** Makes the tables where there are none; without it that throws `no-store`. */
  readonly create?: boolean;
  readonly clock?: Clock;
  /** Connections that read, beside the one that writes; one is enough for whoever asks one thing after another. */
  readonly readers?: number;
  /** Told while the server is waited for. */
  readonly say?: (line: string) => void;
  /** How long a server that was there is waited for. */
  readonly patienceMs?: number;
}

/** A server that is restarted, moved or repaired by a person at night. */
const PATIENCE_MS = 3_600_000;

/** Throws a MezzoError: `store-away`, `store-denied`, `no-database`, `store-tls`, `store-foreign`, `store-newer`, `no-store`. */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const { clock = systemClock, patienceMs = PATIENCE_MS, readers = 1 } = options;
  let store: PostgresStore | undefined;
  const server = new Server({ ...options, clock, patienceMs, readers, greet: async (client) => store?.greet(client) });
  try {
    if (!(await migrate(server, { create: options.create === true }))) {
      const hint = "`mezzo run` makes one; --store names another.";
      throw new MezzoError("no-store", `There are no runs here: ${options.shown} has no Mezzo store yet`, {
        hint,
        exitCode: 2,
      });
    }
  } catch (error) {
    await server.close();
    throw error;
  }
  store = new PostgresStore(server, clock);
  server.opened();
  return store;
}

class PostgresStore implements Store {
  readonly saver: Saver;
  readonly look: Look;
  readonly sharing: Sharing = {
    claim: (run, samples) => this.#claim(run, samples),
    guard: (run, sample, fence) => void this.#fences.set(threadOf(run, sample), fence),
    end: (run, event) => this.#end(run, event),
    members: async () => (await this.#server.read<MemberRow & Record<string, unknown>>(MEMBERS)).map(readMember),
  };
  readonly #server: Server;
  readonly #clock: Clock;
  readonly #commit: PostgresCommit;
  readonly #names: Names;
  readonly #ways: WaysThere;
  readonly #runs: RunsThere;
  readonly #texts: Texts;
  readonly #textsThere: TextsThere;
  readonly #codec: Codec;
  readonly #samples: SamplesThere;
  readonly #events: EventsThere;
  readonly #upkeep: PostgresUpkeep;
  readonly #staged = new Map<string, { readonly run: string; readonly events: readonly SampleEvent[] }>();
  readonly #fences = new Map<string, number>();
  readonly #beats = new Map<string, AbortController>();

  constructor(server: Server, clock: Clock) {
    const serde = new JsonPlusSerializer();
    this.#server = server;
    this.#clock = clock;
    this.#texts = new Texts({ find: () => undefined, read: () => undefined }, server.shown);
    this.#textsThere = new TextsThere(server, this.#texts, serde);
    this.#codec = new Codec(this.#texts, serde);
    this.#names = new Names(server);
    this.#ways = new WaysThere(server);
    this.#runs = new RunsThere(server, this.#textsThere);
    const { names, codec, texts, textsThere } = {
      names: this.#names,
      codec: this.#codec,
      texts: this.#texts,
      textsThere: this.#textsThere,
    };
    const mend: PostgresShelf["mend"] = (batch) => shelf.mend(batch);
    this.#commit = new PostgresCommit({ server, clock, names, ways: this.#ways, texts, codec, mend });
    const shelf = new PostgresShelf({
      ...{ server, commit: this.#commit, names, texts: textsThere },
      fenceOf: (thread) => this.#fences.get(thread),
      takeStaged: (thread, task) => this.#takeStaged(thread, task),
    });
    this.saver = new Saver({ shelf, texts, codec, serde });
    this.look = new PostgresLook({ server, names, texts: textsThere });
    this.#samples = new SamplesThere(server, { texts, textsThere, codec });
    this.#events = new EventsThere(server, textsThere);
    this.#upkeep = new PostgresUpkeep(server, textsThere);
  }

  greet(client: Parameters<PostgresCommit["greet"]>[0]): Promise<void> {
    return this.#commit.greet(client);
  }

  async createRun(run: NewRun): Promise<void> {
    checkRunName(run.run);
    const settings = packRow(this.#codec.encode(run.settings));
    await this.#commit.flush();
    await this.#commit.alone(
      (client) => insertRun(client, run, settings),
      async () => undefined,
    );
  }

  async addSamples(run: string, samples: readonly NewSample[], events: readonly RunEvent[] = []): Promise<void> {
    const key = await this.#names.run(run);
    const rows = this.#samples.prepare(samples);
    const prepared = this.#prepare(run, events);
    await this.#commit.flush();
    await this.#commit.alone(
      async (client, insert) => {
        await this.#samples.insert(client, key, rows);
        if (prepared.length > 0) await insert(run, prepared);
      },
      async () => undefined,
    );
  }

  async deleteRun(run: string): Promise<void> {
    const key = await this.#names.run(run);
    await this.#commit.alone(
      async (client) => {
        await refuseHeld(client, key);
        await this.#upkeep.deleteRun(client, key);
      },
      async () => undefined,
    );
    this.#forgetKnown();
  }

  async runs(): Promise<RunRecord[]> {
    await this.#settled();
    const found = await this.#runs.all();
    for (const { key, record } of found) this.#names.seen(record.run, key);
    return found.map(({ record }) => record);
  }

  async findRun(run: string): Promise<RunRecord | undefined> {
    await this.#settled();
    const found = await this.#runs.find(run);
    if (found !== undefined) this.#names.seen(run, found.key);
    return found?.record;
  }

  async planBody(run: string, no?: number): Promise<string> {
    const key = await this.#readable(run);
    const former =
      no === undefined
        ? []
        : await this.#server.read<{ body: Buffer }>("SELECT body FROM mezzo.plans WHERE run = $1 AND no = $2", [
            key,
            no,
          ]);
    const [row] =
      former.length > 0
        ? former
        : await this.#server.read<{ body: Buffer }>("SELECT plan_body AS body FROM mezzo.runs WHERE key = $1", [key]);
    return unpack(bodyOf(row!.body));
  }

  async plans(run: string): Promise<readonly RunPlan[]> {
    const key = await this.#readable(run);
    const rows = await this.#server.read<{ no: number | null; plan: Buffer }>(
      `SELECT no, plan FROM mezzo.plans WHERE run = $1 UNION ALL SELECT NULL, plan FROM mezzo.runs WHERE key = $1 ORDER BY no NULLS LAST`,
      [key],
    );
    return rows.map(({ no, plan }, i) => ({ no: no ?? i + 1, plan: plan.toString() }));
  }

  async editPlan(
    run: string,
    { plan, planBody, at }: { plan: string; planBody: string; at: number },
  ): Promise<RunPlan> {
    const key = await this.#names.run(run);
    return this.#commit.alone(
      async (client, insert) => {
        const { rows } = await client.query<{ no: number }>(
          `INSERT INTO mezzo.plans (run, no, plan, body)
             SELECT key, 1 + (SELECT count(*) FROM mezzo.plans WHERE run = $1), plan, plan_body FROM mezzo.runs WHERE key = $1 
             RETURNING no`,
          [key],
        );
        await client.query("UPDATE mezzo.runs SET plan = $2, plan_body = $3 WHERE key = $1", [
          key,
          Buffer.from(plan),
          Buffer.from(pack(planBody)),
        ]);
        const no = rows[0]!.no + 1;
        await insert(run, this.#prepare(run, [{ type: "run.edited", at, plan, no }]));
        return { no, plan };
      },
      async () => (await this.plans(run)).at(-1)!,
    );
  }

  async hold(run: string, holder: Holder, options: HoldOptions = {}): Promise<void> {
    const key = await this.#names.run(run);
    await this.#commit.alone(
      (client) => holdRun(client, key, holder, options),
      async () => undefined,
    );
    this.#beats.get(run)?.abort();
    const stopped = new AbortController();
    this.#beats.set(run, stopped);
    void this.#beat(key, holder, stopped.signal);
  }

  async release(run: string, holder: Holder): Promise<void> {
    const key = await this.#names.run(run);
    this.#beats.get(run)?.abort();
    await this.#commit.alone(
      (client) => releaseRun(client, key, holder),
      async () => undefined,
    );
  }

  async append(run: string, events: readonly RunEvent[]): Promise<void> {
    this.#commit.refuseIfEnded();
    if (events.length === 0) return;
    const fences = new Map<string, number>();
    for (const event of events) {
      const fence = isSampleEvent(event) ? this.#fences.get(threadOf(run, event.sample)) : undefined;
      if (isSampleEvent(event) && fence !== undefined) fences.set(event.sample, fence);
    }
    await this.#commit.add({ kind: "events", run, events: this.#prepare(run, events), fences });
  }

  async appendNext(
    run: string,
    sample: string,
    next: (events: readonly SampleEvent[]) => readonly SampleEvent[],
  ): Promise<void> {
    const { key } = await this.#names.sample(run, sample);
    await this.#commit.alone(
      async (client, insert) => {
        await client.query("SELECT key FROM mezzo.standings WHERE key = $1 FOR NO KEY UPDATE", [key]);
        const events = next(await this.#events.ofSample(key, sample, { calls: false }));
        // Whoever had the lock before may have moved it.
        this.#names.forgetSample(run, sample);
        if (events.length > 0) await insert(run, this.#prepare(run, events));
      },
      async () => undefined,
    );
    this.#names.forgetSample(run, sample);
  }

  stage(run: string, sample: string, events: readonly SampleEvent[], task?: string): void {
    this.#staged.set(stagedKey(threadOf(run, sample), task), { run, events });
  }

  async unfinished(run: string, page: { started: boolean; after: number; limit: number }): Promise<StoredSample[]> {
    return this.#samples.unfinished(await this.#readable(run), page);
  }

  async samples(run: string, page: SamplePage): Promise<StoredSample[]> {
    return this.#samples.page(await this.#readable(run), page);
  }

  async findSample(run: string, id: string): Promise<StoredSample | undefined> {
    await this.#readable(run);
    const known = await this.#names.findSample(run, id);
    return known && this.#samples.find(known.key);
  }

  async sampleEvents(run: string, id: string, options: { readonly calls?: boolean } = {}): Promise<SampleEvent[]> {
    await this.#readable(run);
    return this.#events.ofSample((await this.#names.sample(run, id)).key, id, options);
  }

  async runEvents(run: string): Promise<RunEvent[]> {
    return this.#events.ofRun(await this.#readable(run));
  }

  async openCalls(run: string, id: string): Promise<CallFinished[]> {
    await this.#readable(run);
    return this.#events.openCalls((await this.#names.sample(run, id)).key, id);
  }

  async findReply(run: string, requestHash: string, nth: number): Promise<ChatReply | undefined> {
    return this.#events.findReply(await this.#readable(run), requestHash, nth);
  }

  // Reads what is committed without waiting for the open batch: it stands in front of every call, and would end group commit.
  findCached(requestHash: string): Promise<readonly CachedReply[]> {
    return this.#events.findCached(requestHash);
  }

  async view(run: string): Promise<RunView> {
    const key = await this.#readable(run);
    const rows = await this.#server.read<{ path: Buffer; sum: number }>(
      "SELECT path, sum(sum) AS sum FROM mezzo.tallies WHERE run = $1 GROUP BY path",
      [key],
    );
    return viewOf(new Map(rows.map(({ path, sum }) => [path.toString(), sum])));
  }

  leave(run: string, sample: string): void {
    const thread = threadOf(run, sample);
    this.#fences.delete(thread);
    this.#texts.forgetKin(thread);
    this.#names.forgetSample(run, sample);
    this.saver.forgetThread(thread);
  }

  async forget(run: string, sample: string, keep: Keep): Promise<void> {
    if (keep !== "all") await this.#commit.add({ kind: "forget", run, sample, keep });
  }

  async check(): Promise<readonly string[]> {
    await this.#settled();
    return this.#upkeep.check();
  }

  async compact(): Promise<{ readonly bytesBefore: number; readonly bytesAfter: number }> {
    const bytesBefore = await this.#upkeep.bytes();
    await this.#commit.alone(
      async (client) => {
        await refuseHeld(client);
        await this.#upkeep.removeLooseTexts(client);
      },
      async () => undefined,
    );
    this.#forgetKnown();
    await this.#server.write((client) => this.#upkeep.shrink(client));
    return { bytesBefore, bytesAfter: await this.#upkeep.bytes() };
  }

  async backup(): Promise<void> {
    const hint = "pg_dump --schema=mezzo copies it while it is in use; `mezzo store copy` makes a file of it.";
    throw new MezzoError("no-backup", `${this.#server.shown} is backed up by PostgreSQL's own tools`, {
      hint,
      exitCode: 2,
    });
  }

  async close(): Promise<void> {
    for (const stopped of this.#beats.values()) stopped.abort();
    try {
      await this.#commit.end();
    } finally {
      await this.#server.close();
    }
  }

  async #claim(run: string, samples: readonly string[]): Promise<number[]> {
    const found = await this.#names.findSamples(run, samples);
    const keys = samples.map((sample) => {
      const known = found.get(sample);
      if (known === undefined) throw unknownSample(run, sample);
      return known.key;
    });
    const claim = () =>
      this.#commit.alone(
        async (client) => {
          const all = [arrayOf("int8", [...new Set(keys)])];
          await client.query(
            "SELECT key FROM mezzo.standings WHERE key = ANY ($1::int8[]) ORDER BY key FOR NO KEY UPDATE",
            all,
          );
          const { rows } = await client.query<{ key: number; fence: number }>(
            "UPDATE mezzo.standings SET fence = fence + 1 WHERE key = ANY ($1::int8[]) RETURNING key, fence",
            all,
          );
          return new Map(rows.map(({ key, fence }) => [key, fence]));
        },
        async () => undefined,
      );
    // Where the answer was lost the samples are ours, but by which number nobody has heard: one higher does as well.
    const fences = (await claim()) ?? (await claim());
    // Whatever was remembered of them may have been moved by whoever had them.
    for (const sample of samples) this.#names.forgetSample(run, sample);
    return keys.map((key, i) => {
      const fence = fences?.get(key);
      if (fence === undefined) throw unknownSample(run, samples[i]!);
      return fence;
    });
  }

  async #end(run: string, event: RunPaused | RunFinished): Promise<boolean> {
    const key = await this.#names.run(run);
    const refused = new Error("refused");
    const end = this.#commit.alone(
      async (client, insert) => {
        if (!(await mayEnd(client, key, event.type === "run.finished"))) throw refused; // And nothing is kept.
        await insert(run, this.#prepare(run, [event]));
        return true;
      },
      async () => true,
    );
    return end.catch((error: unknown) => {
      if (error === refused) return false;
      throw error;
    });
  }

  #prepare(run: string, events: readonly RunEvent[]): PreparedEvent[] {
    return events.map((event) => {
      const thread = isSampleEvent(event) ? threadOf(run, event.sample) : undefined;
      const body = packRow(
        encodeEvent(event, this.#codec, thread === undefined ? undefined : this.#texts.kinOf(thread)),
      );
      if (event.type === "sample.finished") this.#texts.forgetKin(thread!);
      const request = event.type === "call.finished" ? requestKey(event.requestHash) : null;
      return { event, type: TYPES.indexOf(event.type), request, body, counts: tallies(event) };
    });
  }

  #takeStaged(thread: string, task: string): { run: string; events: PreparedEvent[] } | undefined {
    const key = this.#staged.has(thread) ? thread : stagedKey(thread, task);
    const staged = this.#staged.get(key);
    this.#staged.delete(key);
    return staged && { run: staged.run, events: this.#prepare(staged.run, staged.events) };
  }

  async #beat(run: number, holder: Holder, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(BEAT_MS, signal).catch(() => undefined);
      // What is wrong with the server is told to whoever writes.
      if (!signal.aborted) await beat(this.#server, run, holder).catch(() => undefined);
    }
  }

  async #settled(): Promise<void> {
    await this.#commit.settled();
    this.#commit.refuseIfClosed();
  }

  /** The run's key, once all that was asked before can be read. */
  async #readable(run: string): Promise<number> {
    await this.#settled();
    return this.#names.run(run);
  }

  #forgetKnown(): void {
    this.#texts.forgetKnown();
    this.#names.forget();
    this.#ways.forget();
    this.saver.forgetKnown();
  }
}

/** A thread's name has no line end in it. */
function stagedKey(thread: string, task: string | undefined): string {
  return task === undefined ? thread : `${thread}\n${task}`;
}

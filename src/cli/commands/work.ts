/**
 * `mezzo work`: one more worker on the runs of a store that many machines reach. It waits for runs, works on them one after
 * another, and says what it does.
 *
 *   waiting ──a run has work──▶ working ──the run ends, or it leaves it──▶ waiting ──Ctrl-C, --until-idle──▶ gone
 *
 * A run that it can't work on (another version, an own kind that is not there, a key that is missing) is named once, with
 * the reason, and left to others for as long as this process lives.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { MezzoError, messageOf } from "../../core/errors.ts";
import { finishedCount } from "../../core/events.ts";
import type { Membership } from "../../engine/membership.ts";
import { requireRun } from "../../engine/run.ts";
import type { RunRecord, Store } from "../../store/store.ts";
import { newTurn } from "../../store/turn.ts";
import { type ExitCode, explain } from "../failure.ts";
import type { Io } from "../io.ts";
import { count, outcomeList, plural } from "../words.ts";
import { joinMembers, requireShared, takePart, watchPart } from "./together.ts";
import { withStore } from "./with-store.ts";

export interface WorkFlags {
  readonly run?: string;
  readonly inFlight: number;
  readonly workers?: number;
  readonly name?: string;
  readonly untilIdle?: boolean;
  readonly store: string;
}

const LOOK_MS = 1_000;

export async function work(io: Io, flags: WorkFlags): Promise<ExitCode> {
  if (flags.inFlight < 1) throw new MezzoError("usage", "--in-flight must be at least 1", { exitCode: 2 });
  if (flags.workers === 0) throw new MezzoError("usage", "--workers must be at least 1", { exitCode: 2 });
  const turn = newTurn();
  requireShared(io, flags.store);
  return withStore(
    io,
    flags.store,
    async (store) => {
      const membership = await joinMembers(io, flags.store, flags.name);
      try {
        return await new Working(io, store, membership, { flags, turn }).toTheEnd();
      } finally {
        await membership.leave();
      }
    },
    { create: true, turn },
  );
}

class Working {
  readonly #io: Io;
  readonly #store: Store;
  readonly #membership: Membership;
  readonly #flags: WorkFlags;
  readonly #turn: SharedArrayBuffer;
  /** Runs that are for others: by run and plan, so that an edited one is looked at again. */
  readonly #refused = new Set<string>();
  readonly #ended = new AbortController();
  #isIdle = false;

  constructor(
    io: Io,
    store: Store,
    membership: Membership,
    { flags, turn }: { flags: WorkFlags; turn: SharedArrayBuffer },
  ) {
    this.#io = io;
    this.#store = store;
    this.#membership = membership;
    this.#flags = flags;
    this.#turn = turn;
  }

  async toTheEnd(): Promise<ExitCode> {
    const { run, untilIdle } = this.#flags;
    if (run !== undefined) await requireRun(this.#store, run);
    this.#io.say(`worker ${this.#membership.self.name}`);
    const stopListening = this.#io.onInterrupt(() => this.#ended.abort());
    try {
      while (!this.#ended.signal.aborted) {
        const open = await this.#openRuns();
        const next = open[0];
        if (next !== undefined) {
          this.#isIdle = false;
          const code = await this.#workOn(next);
          if (code !== undefined) return code;
        } else if (untilIdle) return 0;
        else await this.#wait();
      }
      return 130;
    } finally {
      stopListening();
    }
  }

  /** Runs that go on and that this process may work on: those with most left for each who works there first. */
  async #openRuns(): Promise<RunRecord[]> {
    const { run } = this.#flags;
    const running = (await this.#store.runs()).filter(
      (record) =>
        record.state === "running" && (run === undefined || record.run === run) && !this.#refused.has(keyOf(record)),
    );
    const crowd = await this.#membership.crew.members.all();
    const ranked = await Promise.all(
      running.map(async (record) => {
        const view = await this.#store.view(record.run);
        const others = crowd.filter((member) => member.isAlive && member.run === record.run).length;
        return { record, left: (view.samples - finishedCount(view)) / (others + 1) };
      }),
    );
    return ranked.sort((a, b) => b.left - a.left).map(({ record }) => record);
  }

  async #wait(): Promise<void> {
    if (!this.#isIdle) this.#io.say("waiting for runs to work on");
    this.#isIdle = true;
    await sleep(LOOK_MS, undefined, { signal: this.#ended.signal }).catch(() => undefined); // Ended: the loop sees it.
  }

  /** The exit code where this process is to end. */
  async #workOn(record: RunRecord): Promise<ExitCode | undefined> {
    const { inFlight, workers, store: storePath, run: only } = this.#flags;
    const { run } = record;
    const io = this.#io;
    try {
      const part = { run, workers, inFlight, turn: this.#turn, storePath };
      const live = await takePart(io, this.#store, this.#membership, part);
      const { samples } = await this.#store.view(run);
      io.say(
        `works on run ${run}: ${plural(samples, "sample")}, graph ${record.graph}, at most ${count(inFlight)} in flight here`,
      );
      const before = this.#membership.finished;
      const { ended, view, others } = await watchPart(io, this.#store, live);
      const own = `${plural(this.#membership.finished - before, "sample")} ended here`;
      if (ended.state === "finished") io.say(`run ${run} is finished: ${outcomeList(view.outcomes, io.paint)}; ${own}`);
      else if (ended.trouble.code === "interrupted" && this.#ended.signal.aborted) {
        io.say(
          others === undefined
            ? `left run ${run}, which nobody works on now; ${own}`
            : `left run ${run} to ${plural(others, "other worker")}; ${own}`,
        );
      } else if (ended.trouble.pauses) io.say(`run ${run} is paused: ${ended.trouble.message}; ${own}`);
      else
        this.#refuse(record, new MezzoError(ended.trouble.code, ended.trouble.message, { hint: ended.trouble.hint }));
      return only !== undefined && this.#flags.untilIdle && ended.state === "finished" ? 0 : undefined;
    } catch (thrown) {
      if (!(thrown instanceof MezzoError)) throw thrown;
      this.#refuse(record, thrown);
      return only === undefined ? undefined : thrown.exitCode;
    }
  }

  #refuse(record: RunRecord, error: MezzoError): void {
    this.#refused.add(keyOf(record));
    this.#membership.word = `can't work on ${record.run}: ${messageOf(error)}`;
    explain(this.#io, error);
    this.#io.say(`This worker leaves run ${record.run} to others.`);
  }
}

function keyOf({ run, plan, createdAt }: RunRecord): string {
  return `${run}\u0000${plan}\u0000${createdAt}`;
}

/**
 * One process among those that work on the runs of a store. It says every second that it lives, and looks after the others:
 * what a dead one had goes back to the queue by whoever sees it first, within seconds.
 *
 *   joined ──beat──▶ joined ──leave──▶ gone
 *              └─ PostgreSQL is away: tried again (the store says so to whoever watches)
 *
 * Right after the database was away, nobody is dead because he was not heard of: for QUIET_MS only those are buried whose
 * process is seen to be gone.
 */
import { randomUUID } from "node:crypto";
import type { Clock } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import { type Crew, isAway, openCrew, type Self, selfAs } from "../store/crew/crew.ts";
import type { Member } from "../store/crew/members.ts";

/** What a member works on, as it tells the others. */
export interface Doing {
  readonly run: string | undefined;
  /** Where its batches come from. */
  readonly queue: string | undefined;
  readonly inFlight: number;
  readonly jobs: readonly string[];
}

export const IDLE: Doing = { run: undefined, queue: undefined, inFlight: 0, jobs: [] };

interface MembershipOptions {
  readonly crew: Crew;
  readonly self: Self;
  readonly clock: Clock;
  /** A line for whoever watches this process. */
  readonly say: (line: string) => void;
}

const BEAT_MS = 1_000;
const SUPERVISE_MS = 5_000;
const QUIET_MS = 8_000;
const MINUTE_MS = 60_000;

export class Membership {
  readonly crew: Crew;
  readonly self: Self;
  /** Samples brought to their end. */
  finished = 0;
  /** Why this process does not work on something, for the others to see. */
  word: string | undefined;
  /** Called with what others tell; with undefined when something may have been missed. */
  onNews: ((news: string | undefined) => void) | undefined;
  readonly #options: MembershipOptions;
  readonly #ended = new AbortController();
  readonly #loop: Promise<void>;
  readonly #counts: { readonly at: number; readonly finished: number }[] = [];
  #doing: () => Doing = () => IDLE;
  #gone: readonly string[] = [];
  #quietUntil: number;
  #supervisedAt = Number.NEGATIVE_INFINITY;

  /** Opens what is shared, and is seen from then on. `leave` closes it. */
  static async join(
    url: string,
    options: { name: string; version: string; clock: Clock; say: (line: string) => void },
  ): Promise<Membership> {
    const { name, version, clock, say } = options;
    const crew = await openCrew(url, { clock });
    try {
      const self = selfAs(name, version, randomUUID());
      await crew.members.beat(self, { ...IDLE, finished: 0, perMinute: 0 });
      return new Membership({ crew, self, clock, say });
    } catch (thrown) {
      await crew.close();
      throw thrown;
    }
  }

  private constructor(options: MembershipOptions) {
    this.crew = options.crew;
    this.self = options.self;
    this.#options = options;
    this.#quietUntil = options.clock.elapsed() + QUIET_MS;
    options.crew.listen((news) => this.onNews?.(news));
    this.#loop = this.#goOn();
  }

  say(line: string): void {
    this.#options.say(line);
  }

  /** Works on something from here on; the others hear of it at once. */
  async begin(doing: () => Doing): Promise<void> {
    this.#doing = doing;
    await this.beat();
  }

  /** Tells what this process does just now. */
  async beat(): Promise<void> {
    const { finished, word } = this;
    await this.crew.members.beat(this.self, { ...this.#doing(), finished, perMinute: this.#perMinute(), word });
  }

  async end(): Promise<void> {
    this.#doing = () => IDLE;
    await this.beat();
  }

  /** Members whose processes were seen to be gone. */
  get gone(): readonly string[] {
    return this.#gone;
  }

  /** The other living members that work on a run, as just now. */
  async othersOn(run: string): Promise<readonly Member[]> {
    const all = await this.crew.members.all();
    return all.filter((member) => member.id !== this.self.id && member.isAlive && member.run === run);
  }

  /** Does it again until the database is there, for what must not be left undone. */
  async patiently<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { clock } = this.#options;
    for (let pause = 100; ; pause = Math.min(2_000, pause * 2)) {
      try {
        return await work();
      } catch (thrown) {
        if (!isAway(thrown)) throw thrown;
        this.#quieten();
        await clock.sleep(pause * (0.5 + clock.random()), signal);
      }
    }
  }

  async leave(): Promise<void> {
    this.#ended.abort();
    await this.#loop;
    try {
      await this.crew.members.leave(this.self.id);
    } catch (thrown) {
      // The others miss it soon.
      if (!isAway(thrown)) throw thrown;
    } finally {
      await this.crew.close();
    }
  }

  async #goOn(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#ended;
    while (!signal.aborted) {
      await clock.sleep(BEAT_MS, signal).catch(() => undefined); // Leaving: the loop sees it.
      if (signal.aborted) return;
      try {
        await this.beat();
        await this.#lookAfterOthers();
      } catch (thrown) {
        if (!isAway(thrown)) this.#options.say(`Internal error: ${messageOf(thrown)}`);
        this.#quieten();
      }
    }
  }

  async #lookAfterOthers(): Promise<void> {
    const { clock } = this.#options;
    const now = clock.elapsed();
    const dead = (await this.crew.members.all()).filter(({ id, isAlive }) => !isAlive && id !== this.self.id);
    this.#gone = [...new Set([...this.#gone, ...dead.filter((member) => member.isSeenGone).map(({ id }) => id)])];
    for (const member of dead) {
      if (now < this.#quietUntil && !member.isSeenGone) continue;
      const had = await this.crew.members.bury(member);
      if (had === undefined) continue;
      await this.crew.queue.giveBack(had.queue, had.jobs);
      await this.crew.tell(`batches ${had.queue}`);
      this.#options.say(`worker ${member.name} on ${member.host} is gone; what it had goes to the others`);
    }
    const { queue } = this.#doing();
    if (queue === undefined || now < this.#quietUntil || now - this.#supervisedAt < SUPERVISE_MS) return;
    this.#supervisedAt = now;
    await this.crew.queue.supervise(queue);
  }

  #perMinute(): number {
    const now = this.#options.clock.elapsed();
    this.#counts.push({ at: now, finished: this.finished });
    while (this.#counts.length > 2 && now - this.#counts[0]!.at > MINUTE_MS) this.#counts.shift();
    const first = this.#counts[0]!;
    return now === first.at ? 0 : ((this.finished - first.finished) * MINUTE_MS) / Math.max(BEAT_MS, now - first.at);
  }

  #quieten(): void {
    this.#quietUntil = this.#options.clock.elapsed() + QUIET_MS;
  }
}

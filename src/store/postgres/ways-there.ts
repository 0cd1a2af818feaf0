/**
 * The steps that samples of a run have taken after one another (../standings.ts), found or added by their content. A step
 * is added outside the batch that needs it: one that no sample stands on does no harm, and a run has a few hundred.
 */
import { hashText } from "../../core/hash.ts";
import { Recent } from "../recent.ts";
import { addRound, NO_ROUND, readStep, roundsOf, type WayStep, writeStep } from "../standings.ts";
import type { Server } from "./server.ts";

interface Known {
  readonly parent: number;
  readonly step: WayStep;
  readonly rounds: number;
  readonly rating: number;
}

export class WaysThere {
  readonly #server: Server;
  readonly #keys = new Recent<string, number>(20_000);
  readonly #known = new Recent<number, Known>(20_000);

  constructor(server: Server) {
    this.#server = server;
  }

  /** Where these steps lead from a way; a promise only where one of them is not remembered. */
  follow(run: number, way: number, steps: readonly WayStep[]): number | Promise<number> {
    let at = way;
    for (const [i, step] of steps.entries()) {
      const known = this.#keys.get(nameOf(run, at, writeStep(step)));
      if (known === undefined) return this.#followOn(run, at, steps.slice(i));
      at = known;
    }
    return at;
  }

  forget(): void {
    this.#keys.clear();
    this.#known.clear();
  }

  async #followOn(run: number, way: number, steps: readonly WayStep[]): Promise<number> {
    let at = way;
    for (const step of steps) {
      const json = writeStep(step);
      const name = nameOf(run, at, json);
      const key = this.#keys.get(name) ?? (await this.#add(run, at, step, json));
      this.#keys.set(name, key, 1);
      at = key;
    }
    return at;
  }

  async #add(run: number, parent: number, step: WayStep, json: string): Promise<number> {
    const { rounds, rating } = await this.#goOn(parent, step);
    const hash = hashText(json);
    const find = "SELECT key FROM mezzo.ways WHERE run = $1 AND parent = $2 AND hash = $3";
    let [row] = await this.#server.read<{ key: number }>(find, [run, parent, hash]);
    row ??= (
      await this.#server.read<{ key: number }>(
        `INSERT INTO mezzo.ways (run, parent, hash, step, rounds, rating) VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (run, parent, hash) DO NOTHING RETURNING key`,
        [run, parent, hash, Buffer.from(json), rounds, rating],
      )
    )[0];
    // Another store has added it in between.
    row ??= (await this.#server.read<{ key: number }>(find, [run, parent, hash]))[0]!;
    this.#known.set(row.key, { parent, step, rounds, rating }, 1);
    return row.key;
  }

  async #goOn(parent: number, step: WayStep): Promise<Pick<Known, "rounds" | "rating">> {
    const before = parent === 0 ? NO_ROUND : await this.#row(parent);
    if (step.stays === undefined) return addRound(before, step);
    const steps = [step];
    for (let at = parent; at !== 0; ) {
      const row = await this.#row(at);
      steps.push(row.step);
      at = row.parent;
    }
    return roundsOf(steps.reverse());
  }

  async #row(key: number): Promise<Known> {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const [row] = await this.#server.read<{ parent: number; step: Buffer; rounds: number; rating: number }>(
      "SELECT parent, step, rounds, rating FROM mezzo.ways WHERE key = $1",
      [key],
    );
    const found = { ...row!, step: readStep(row!.step.toString()) };
    this.#known.set(key, found, 1);
    return found;
  }
}

function nameOf(run: number, parent: number, json: string): string {
  return `${run}\t${parent}\t${json}`;
}

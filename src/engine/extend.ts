/**
 * More rows for a run: rows that it does not have become samples, after those it has; no other sample is touched.
 *
 * The input is gone through twice. First every row is compared and nothing written: a row whose content is not what the
 * run has under its id stops it there, unless such rows are to be left as they were. Then what is new is added in batches,
 * each with its `run.extended` in one transaction, so that the run's count is right whenever it is killed. All but the last
 * say that more was to come: an addition that was killed is not taken for a whole one, and the same command adds the rest.
 */
import { type Clock, systemClock } from "../core/clock.ts";
import { MezzoError } from "../core/errors.ts";
import { canonicalJson } from "../core/hash.ts";
import type { NewSample } from "../core/sample.ts";
import type { Store } from "../store/store.ts";
import { thisProcess } from "./run.ts";

export interface Extended {
  readonly added: number;
  /** Rows that the run has, the same. */
  readonly known: number;
  /** Rows that the run has with another content: left as they were. */
  readonly changed: number;
}

export interface ExtendOptions {
  /** Reads the input anew from its beginning. */
  readonly rows: () => AsyncIterable<NewSample>;
  /** For messages, and kept with the event. */
  readonly input: string;
  readonly changedRows: "stop" | "keep";
  /** Tells what would be added, and adds nothing. */
  readonly dryRun?: boolean;
  readonly clock?: Clock;
}

const ROWS_AT_ONCE = 500;

/** Throws `changed-row` naming the first lines; the run must not be held by another. */
export async function extendRun(store: Store, run: string, options: ExtendOptions): Promise<Extended> {
  const { rows, input, clock = systemClock } = options;
  const holder = thisProcess(clock);
  await store.hold(run, holder);
  try {
    const compared = await compareRows(store, run, options);
    if (options.dryRun === true || compared.added === 0) return compared;
    let left = compared.added;
    let batch: NewSample[] = [];
    for await (const row of rows()) {
      if ((await store.findSample(run, row.id)) !== undefined) continue;
      batch.push(row);
      if (batch.length < Math.min(left, ROWS_AT_ONCE)) continue;
      left -= batch.length;
      const event = { type: "run.extended", at: clock.now(), samples: batch.length, input } as const;
      await store.addSamples(run, batch, [left > 0 ? { ...event, more: true } : event]);
      batch = [];
      if (left === 0) break;
    }
    return compared;
  } finally {
    await store.release(run, holder);
  }
}

/** The input of an addition that was killed before its end; undefined where there is none. */
export async function inputCutShort(store: Store, run: string): Promise<string | undefined> {
  const last = (await store.runEvents(run)).findLast((event) => event.type === "run.extended");
  return last?.more === true ? last.input : undefined;
}

async function compareRows(store: Store, run: string, { rows, input, changedRows }: ExtendOptions): Promise<Extended> {
  let [added, known, changed] = [0, 0, 0];
  const lines: string[] = [];
  for await (const row of rows()) {
    const there = await store.findSample(run, row.id);
    if (there === undefined) added += 1;
    else if (contentOf(there) === contentOf(row)) known += 1;
    else {
      changed += 1;
      if (lines.length < 3) lines.push(`line ${row.line} (${row.id})`);
    }
  }
  if (changed === 0 || changedRows === "keep") return { added, known, changed };
  const more = changed > lines.length ? `, and ${changed - lines.length} more` : "";
  throw new MezzoError(
    "changed-row",
    `${input} has rows that are in run ${run} with another content: ${lines.join(", ")}${more}`,
    {
      hint: "Give a changed row an id of its own, or leave such samples as they are with --changed-rows keep.",
      exitCode: 2,
    },
  );
}

/** The row as it came: how it fills the state is the graph's business, and may have been edited. */
function contentOf({ source }: Pick<NewSample, "source">): string {
  return canonicalJson(source);
}

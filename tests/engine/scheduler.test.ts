/** What the scheduler does when workers die: whom it blames, who goes on, and when it gives the run up. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Outcome } from "../../src/core/sample.ts";
import { type SchedulerOptions, startScheduler, type WorkerEvents } from "../../src/engine/scheduler.ts";

/** Workers that finish whatever they are handed a turn later, and die of the hostile ones. */
function play(options: {
  readonly samples: number;
  readonly hostile?: readonly number[];
  readonly inFlight?: number;
  readonly workers?: number;
  readonly giveUp?: SchedulerOptions["giveUp"];
  /** The worker of this number dies as it starts, so often. */
  readonly falseStarts?: number;
}) {
  const { samples, hostile = [], inFlight = 64, workers = 2 } = options;
  const hostiles = new Set(hostile.map((n) => `s${n}`));
  const outcomes = new Map<string, Outcome>();
  const handed: string[][] = [];
  const deaths = { count: 0 };
  let [most, falseStarts, paged] = [0, options.falseStarts ?? 0, false];

  const open = (_worker: number, events: WorkerEvents) => {
    const mine = new Set<string>();
    let dead = false;
    const die = (ready: boolean) => {
      if (dead) return;
      dead = true;
      deaths.count += 1;
      events.died("out of memory", { ready });
    };
    if (falseStarts-- > 0) void nextTurn().then(() => die(false));
    return {
      take: (batch: readonly string[]) => {
        handed.push([...batch]);
        for (const sample of batch) mine.add(sample);
        most = Math.max(most, scheduler?.inFlight ?? 0);
        void nextTurn().then(() => {
          if (batch.some((sample) => hostiles.has(sample))) return die(true);
          for (const sample of batch) {
            if (dead || !mine.delete(sample)) continue;
            expect(outcomes.has(sample)).toBe(false);
            outcomes.set(sample, "accepted");
            events.finished(sample, "accepted");
          }
        });
      },
      drain: () => undefined,
      abort: () => undefined,
      close: async () => undefined,
    };
  };
  let scheduler: ReturnType<typeof startScheduler> | undefined;
  scheduler = startScheduler({
    ...{ workers, inFlight, accepted: undefined, acceptedSoFar: 0, open },
    nextPage: async () => {
      if (paged) return [];
      paged = true;
      return Array.from({ length: samples }, (_, n) => `s${n}`);
    },
    giveUp:
      options.giveUp ??
      (async (sample) => {
        await nextTurn();
        outcomes.set(sample, "failed");
        return "failed";
      }),
  });
  return { ended: scheduler.ended, outcomes, handed, deaths, most: () => most };
}

test.each([
  ["one worker", 1, [70]],
  ["two workers", 2, [70]],
  ["two guilty in one batch", 2, [70, 71]],
  ["the very first and the very last", 2, [0, 199]],
  ["six in a row", 2, [64, 65, 66, 67, 68, 69]],
])("finds the sample that kills its workers, and every other one finishes: %s", async (_what, workers, hostile) => {
  const run = play({ samples: 200, hostile, workers });
  expect(await run.ended).toEqual({ state: "finished" });
  const failed = [...run.outcomes].filter(([, outcome]) => outcome === "failed").map(([sample]) => sample);
  expect(failed.sort()).toEqual(hostile.map((n) => `s${n}`).sort());
  expect(run.outcomes.size).toBe(200);
  expect(run.most()).toBeLessThanOrEqual(64);
  expect(run.deaths.count).toBeLessThanOrEqual(5 * hostile.length);
});

test("a sample is blamed only where it died alone", async () => {
  const run = play({ samples: 64, hostile: [10] });
  await run.ended;
  const groups = run.handed.filter((batch) => batch.includes("s10")).map((batch) => batch.length);
  expect(groups.slice(-2)).toEqual([1, 1]);
});

test("does not end while a sample is being given up", async () => {
  let told = false;
  const giveUp = async (): Promise<Outcome> => {
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    told = true;
    return "failed";
  };
  const run = play({ samples: 3, hostile: [2], giveUp });
  await run.ended;
  expect(told).toBe(true);
});

test("a worker that dies as it starts is nobody's fault", async () => {
  const run = play({ samples: 20, falseStarts: 2 });
  expect(await run.ended).toEqual({ state: "finished" });
  expect([...run.outcomes.values()].every((outcome) => outcome === "accepted")).toBe(true);
});

test("workers that never start end the run with one error, and no sample is blamed", async () => {
  const run = play({ samples: 20, falseStarts: 1000 });
  await expect(run.ended).rejects.toMatchObject({ code: "worker-dies", message: /as they started: out of memory/ });
  expect(run.outcomes.size).toBe(0);
});

test("where one sample after another brings its worker down, it is not the samples: the run stops", async () => {
  const run = play({ samples: 500, hostile: Array.from({ length: 500 }, (_, n) => n) });
  await expect(run.ended).rejects.toMatchObject({
    code: "worker-dies",
    message: /10 samples in a row could not be worked on: .* out of memory/,
  });
  expect(run.outcomes.size).toBeLessThan(15);
});

test("a sample that a person decides on is handed out again, also where that is the last thing left to do", async () => {
  const handed: string[] = [];
  const decided: string[] = [];
  const open = (_worker: number, events: WorkerEvents) => ({
    take: (batch: readonly string[]) => {
      handed.push(...batch);
      void nextTurn().then(() => {
        for (const sample of batch) {
          if (handed.filter((other) => other === sample).length === 2) events.finished(sample, "accepted");
          // Decided on before anybody has heard that it waits.
          else {
            decided.push(sample);
            events.waits(sample);
          }
        }
      });
    },
    ...{ drain: () => undefined, abort: () => undefined, close: async () => undefined },
  });
  const pages = [["a", "b"], ["c"], []];
  const scheduler = startScheduler({
    ...{ workers: 1, inFlight: 2, accepted: undefined, acceptedSoFar: 0, open, giveUp: async () => "failed" },
    nextPage: async () => pages.shift() ?? [],
    nextDecided: async () => decided.splice(0),
  });
  expect(await scheduler.ended).toEqual({ state: "finished" });
  expect(handed.toSorted()).toEqual(["a", "a", "b", "b", "c", "c"]);
});

/** What every store must do, whatever it stands on: `storeContract("SQLite", ...)`. */
import type { RunnableConfig } from "@langchain/core/runnables";
import { uuid6 } from "@langchain/langgraph-checkpoint";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CallFinished, SampleEvent } from "../../src/core/events.ts";
import { foldRun } from "../../src/core/events.ts";
import { type Store, threadOf } from "../../src/store/store.ts";
import { call, finished, HASH, longText, newSample, putCheckpoint, RUN, started, step } from "./examples.ts";

export interface StoreUnderTest {
  readonly store: Store;
  /** Another store on the same data, as another process would open it. */
  readonly again: () => Promise<Store>;
  /** Closes what was opened and removes the data. */
  readonly dispose: () => Promise<void>;
}

export function storeContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name}: a store`, () => {
    let under: StoreUnderTest;
    let store: Store;

    beforeEach(async () => {
      under = await open();
      store = under.store;
      await store.createRun({ ...RUN, run: "r" });
      await store.addSamples("r", ["a", "b", "c"].map(newSample));
    });
    afterEach(() => under.dispose());

    describe("runs", () => {
      it("keeps a run as it was created, paused and without a holder", async () => {
        const run = { run: "r", graph: "g", plan: "f00d", settings: RUN.settings, createdAt: 17, state: "paused" };
        expect(await store.findRun("r")).toEqual(run);
        expect(await store.planBody("r")).toBe(RUN.planBody);
      });

      it("refuses a second run of the same name", async () => {
        await expect(store.createRun({ ...RUN, run: "r" })).rejects.toMatchObject({ code: "run-exists" });
      });

      it("refuses a name that a thread could not hold", async () => {
        await expect(store.createRun({ ...RUN, run: "a/b" })).rejects.toMatchObject({ code: "bad-run-name" });
      });

      it("names a run that is not there", async () => {
        await expect(store.view("nobody")).rejects.toMatchObject({ code: "unknown-run" });
        expect(await store.findRun("nobody")).toBeUndefined();
      });

      it("follows the run's events in its state", async () => {
        await store.append("r", [{ type: "run.started", at: 1, plan: "f00d", samples: 3 }]);
        expect(await store.findRun("r")).toMatchObject({ state: "running" });
        await store.append("r", [{ type: "run.paused", at: 2, code: "budget", reason: "spent" }]);
        expect(await store.findRun("r")).toMatchObject({
          state: "paused",
          pausedBy: { code: "budget", reason: "spent" },
        });
        await store.append("r", [
          { type: "run.resumed", at: 3 },
          { type: "run.finished", at: 4 },
        ]);
        const run = await store.findRun("r");
        expect(run?.state).toBe("finished");
        expect(run?.pausedBy).toBeUndefined();
        expect((await store.runEvents("r")).map((event) => event.at)).toEqual([1, 2, 3, 4]);
      });

      it("deletes a run with all that is its own and nothing else", async () => {
        await store.createRun({ ...RUN, run: "other" });
        await store.addSamples("other", [newSample("a")]);
        await store.append("other", [started("a")]);
        await store.deleteRun("r");
        expect((await store.runs()).map(({ run }) => run)).toEqual(["other"]);
        expect(await store.sampleEvents("other", "a")).toEqual([started("a")]);
        await store.createRun({ ...RUN, run: "r" });
        expect(await store.samples("r", { limit: 9 })).toEqual([]);
        expect(await store.check()).toEqual([]);
      });
    });

    describe("samples", () => {
      it("pages through samples in input order", async () => {
        expect((await store.samples("r", { limit: 2 })).map(({ id, n }) => [id, n])).toEqual([
          ["a", 0],
          ["b", 1],
        ]);
        expect((await store.samples("r", { after: 1, limit: 2 })).map(({ id }) => id)).toEqual(["c"]);
      });

      it("gives a sample back as it came, long texts and odd characters included", async () => {
        const odd = {
          problem: `~\u0000\ud800 ${"é".repeat(300)}`,
          long: `${"\udc00x".repeat(200)}`,
          tilde: "~".repeat(300),
        };
        const sample = { id: "odd/1", line: 9, state: odd, source: { deep: [{ __proto__: null, odd }], n: null } };
        await store.addSamples("r", [sample]);
        const found = await store.findSample("r", "odd/1");
        expect(found).toMatchObject({ id: "odd/1", line: 9, n: 3, started: false });
        expect(found?.state).toEqual(odd);
        expect(found?.source).toEqual(JSON.parse(JSON.stringify(sample.source)));
      });

      it("names both lines of a double id, and keeps none of that call's samples", async () => {
        const adding = store.addSamples("r", [newSample("d"), { ...newSample("b"), line: 77 }]);
        await expect(adding).rejects.toMatchObject({
          code: "double-id",
          message: expect.stringMatching(/\b2\b.*\b77\b/),
        });
        expect(await store.findSample("r", "d")).toBeUndefined();
      });

      it("tells unfinished from started from finished", async () => {
        await store.append("r", [started("b"), started("c"), finished("c")]);
        const ids = async (isStarted: boolean) =>
          (await store.unfinished("r", { started: isStarted, after: -1, limit: 9 })).map(({ id }) => id);
        expect(await ids(true)).toEqual(["b"]);
        expect(await ids(false)).toEqual(["a"]);
        expect(await store.findSample("r", "c")).toMatchObject({ outcome: "accepted", reason: "fits", started: true });
        const page = await store.samples("r", { outcomes: ["accepted", "unfinished"], limit: 2 });
        expect(page.map(({ id }) => id)).toEqual(["a", "b"]);
      });

      it("reopens a finished sample", async () => {
        await store.append("r", [started("a"), finished("a")]);
        await store.append("r", [{ type: "sample.reopened", sample: "a", at: 9, was: "accepted", next: "judge" }]);
        const [sample] = await store.unfinished("r", { started: true, after: -1, limit: 9 });
        expect(sample).toMatchObject({ id: "a", started: true, goes: 1 });
        expect(sample?.reason).toBeUndefined();
        expect(sample?.outcome).toBeUndefined();
        expect((await store.view("r")).outcomes.accepted).toBe(0);
      });
    });

    describe("events", () => {
      it("gives a sample's events back in order, whole", async () => {
        const events: SampleEvent[] = [started("a"), call("a", 0), call("a", 1), step("a"), finished("a")];
        await store.append("r", events);
        expect(await store.sampleEvents("r", "a")).toEqual(events);
        expect(await store.sampleEvents("r", "b")).toEqual([]);
      });

      it("keeps fields that it does not know", async () => {
        const event = { ...started("a"), later: { x: ["y".repeat(900)] }, none: null };
        await store.append("r", [event]);
        expect(await store.sampleEvents("r", "a")).toEqual([event]);
      });

      it("refuses an event of a sample that is not there, and only that call", async () => {
        const good = store.append("r", [started("a")]);
        await expect(store.append("r", [started("nobody")])).rejects.toMatchObject({ code: "unknown-sample" });
        await good;
        expect(await store.sampleEvents("r", "a")).toHaveLength(1);
      });

      it("counts as the fold of its events does", async () => {
        const events = ["a", "b", "c"].flatMap((id) => [started(id), call(id, 0), step(id), finished(id)]);
        await Promise.all(events.map((event) => store.append("r", [event])));
        expect(await store.view("r")).toEqual(foldRun(events));
      });

      it("finds the calls of an unfinished step", async () => {
        await store.append("r", [started("a"), call("a", 0), step("a"), call("a", 1), call("a", 2)]);
        expect((await store.openCalls("r", "a")).map(({ ask }) => ask)).toEqual([1, 2]);
        await store.append("r", [step("a")]);
        expect(await store.openCalls("r", "a")).toEqual([]);
      });

      it("keeps the calls of the go before out of a reopened sample's step", async () => {
        await store.append("r", [started("a"), call("a", 0), finished("a")]);
        const reopened = { type: "sample.reopened", sample: "a", at: 9, was: "accepted", next: "judge" } as const;
        await store.append("r", [reopened, call("a", 1)]);
        expect((await store.openCalls("r", "a")).map(({ ask }) => ask)).toEqual([1]);
      });

      it("finds the replies that runs have had to a request, the oldest first", async () => {
        await store.createRun({ ...RUN, run: "other" });
        await store.addSamples("other", [newSample("a")]);
        await store.append("other", [{ ...call("a", 0), role: "critic", text: "older" }]);
        await store.append("r", [call("a", 0), { ...call("b", 0), requestHash: `${HASH.slice(0, 12)}ff` }]);
        expect((await store.findCached(HASH)).map(({ run, role, reply }) => [run, role, reply.text])).toEqual([
          ["other", "critic", "older"],
          ["r", "judge", call("a", 0).text],
        ]);
        expect(await store.findCached("feed")).toEqual([]);
      });

      it("finds the nth reply to a request", async () => {
        const again: CallFinished = { ...call("b", 0), text: "second", thinking: undefined };
        await store.append("r", [call("a", 0), again, { ...again, requestHash: `${HASH.slice(0, 12)}ff` }]);
        expect(await store.findReply("r", HASH, 0)).toMatchObject({ text: call("a", 0).text, thinking: "hm" });
        const second = { text: "second", finish: "stop", usage: again.usage, model: "qwq" };
        expect(await store.findReply("r", HASH, 1)).toEqual(second);
        expect(await store.findReply("r", HASH, 2)).toBeUndefined();
      });
    });

    describe("what people decide", () => {
      const place = { node: "judge", visit: 1 };
      const personOf = async () => (await store.findSample("r", "a"))?.person;

      it("is told of a sample until it is taken up, in its own list, its place among the samples, and the counters", async () => {
        await store.append("r", [started("a"), { type: "review.asked", sample: "a", at: 1, places: [place] }]);
        expect(await personOf()).toBe("for-person");
        expect(await store.unfinished("r", { started: true, after: -1, limit: 9 })).toEqual([]);
        expect(await store.look.find("r", "a")).toMatchObject({ outcome: null, person: "for-person", here: "judge" });
        const decided = {
          type: "review.decided",
          sample: "a",
          at: 2,
          ...place,
          decided: "edited",
          last: true,
        } as const;
        await store.append("r", [{ ...decided, text: longText("own") }]);
        expect((await store.samples("r", { outcomes: ["decided"], limit: 9 })).map(({ id }) => id)).toEqual(["a"]);
        expect(await store.view("r")).toMatchObject({ forPerson: 0, decided: 1 });
        await store.append("r", [{ type: "review.taken", sample: "a", at: 3, places: [place], open: [] }]);
        expect(await personOf()).toBeUndefined();
        expect((await store.sampleEvents("r", "a")).at(2)).toEqual({ ...decided, text: longText("own") });
        expect(await store.check()).toEqual([]);
      });

      it("is judged by what is committed: of two at once the second sees the first", async () => {
        await store.append("r", [started("a"), call("a", 0)]);
        const other = await under.again();
        const seen: string[][] = [];
        const append = (by: Store) =>
          by.appendNext("r", "a", (events) => {
            seen.push(events.map(({ type }) => type));
            return events.length > 1 ? [] : [{ type: "review.asked", sample: "a", at: 1, places: [place] }];
          });
        await Promise.all([append(store), append(other)]);
        await other.close();
        expect(seen).toEqual([["sample.started"], ["sample.started", "review.asked"]]);
      });

      it("is nothing where it is refused", async () => {
        await store.append("r", [started("a")]);
        const refused = store.appendNext("r", "a", () => {
          throw new Error("not so");
        });
        await expect(refused).rejects.toThrow("not so");
        expect(await store.sampleEvents("r", "a")).toHaveLength(1);
      });
    });

    describe("steps", () => {
      it("commits staged events with the sample's next writes, not before", async () => {
        const config = await putCheckpoint(store, "a");
        store.stage("r", "a", [step("a")]);
        expect(await store.sampleEvents("r", "a")).toEqual([]);
        await store.saver.putWrites(config, [["trace", "short"]], uuid6(1));
        expect(await store.sampleEvents("r", "a")).toEqual([step("a")]);
        expect((await store.saver.getTuple(config))?.pendingWrites).toHaveLength(1);
      });

      it("lets a step that runs again replace what its interrupted run had staged", async () => {
        const config = await putCheckpoint(store, "a");
        store.stage("r", "a", [{ ...step("a"), ms: 1 }]);
        store.stage("r", "a", [{ ...step("a"), ms: 2 }]);
        await store.saver.putWrites(config, [["trace", "short"]], uuid6(1));
        expect(await store.sampleEvents("r", "a")).toEqual([{ ...step("a"), ms: 2 }]);
      });

      it("drops what was staged when the step's writes are an error", async () => {
        const config = await putCheckpoint(store, "a");
        store.stage("r", "a", [step("a")]);
        await store.saver.putWrites(config, [["__error__", { message: "a value of the wrong type" }]], uuid6(1));
        await store.saver.putWrites(config, [["trace", "short"]], uuid6(2));
        expect(await store.sampleEvents("r", "a")).toEqual([]);
      });

      it("does not commit what was staged and never written", async () => {
        store.stage("r", "a", [step("a")]);
        await store.close();
        store = await under.again();
        expect(await store.sampleEvents("r", "a")).toEqual([]);
      });
    });

    describe("another store on the same data", () => {
      it("sees what was committed, and what waited when the first was closed", async () => {
        const waiting = store.append("r", [started("a")]);
        await store.close();
        await waiting;
        const other = await under.again();
        expect(await other.sampleEvents("r", "a")).toEqual([started("a")]);
      });

      it("takes nothing once it is closed, and says so", async () => {
        await store.close();
        await expect(store.append("r", [started("a")])).rejects.toMatchObject({ code: "store-closed" });
      });

      it("is refused a run that a living process holds, and told which", async () => {
        const holder = { pid: process.pid, host: (await import("node:os")).hostname(), since: 1_700_000_000_000 };
        await store.hold("r", holder);
        await store.hold("r", holder);
        const other = await under.again();
        await expect(other.hold("r", { ...holder, since: 1 })).rejects.toMatchObject({
          code: "run-held",
          message: expect.stringContaining(`process ${process.pid}`),
        });
        expect((await other.findRun("r"))?.holder).toEqual(holder);
        await store.release("r", holder);
        await other.hold("r", { ...holder, since: 1 });
      });
    });

    describe("upkeep", () => {
      it("forgets a finished sample's older checkpoints, or all of them", async () => {
        await fillThread(store, "a", 4);
        await store.forget("r", "a", "last");
        expect(await checkpointCount(store, "a")).toBe(4);
        await store.append("r", [started("a"), finished("a")]);
        await store.forget("r", "a", "last");
        expect(await checkpointCount(store, "a")).toBe(1);
        const newest = await store.saver.getTuple({ configurable: { thread_id: threadOf("r", "a") } });
        expect(newest?.checkpoint.channel_values).toEqual({ trace: longText("a3"), rating: "hard" });
        await store.forget("r", "a", "outcomes");
        expect(await checkpointCount(store, "a")).toBe(0);
        expect(await store.sampleEvents("r", "a")).toHaveLength(2);
      });

      it("gives room back once nothing refers to a text", async () => {
        await fillThread(store, "a", 50);
        await store.append("r", [started("a"), finished("a")]);
        await store.forget("r", "a", "outcomes");
        const { bytesBefore, bytesAfter } = await store.compact();
        expect(bytesAfter).toBeLessThan(bytesBefore);
        expect(await store.check()).toEqual([]);
        expect(await store.sampleEvents("r", "a")).toEqual([started("a"), finished("a")]);
      });

      it("does not compact or delete while a run is worked on", async () => {
        await store.hold("r", { pid: process.pid, host: (await import("node:os")).hostname(), since: 1 });
        await expect(store.compact()).rejects.toMatchObject({ code: "run-held" });
        await expect(store.deleteRun("r")).rejects.toMatchObject({ code: "run-held" });
      });
    });
  });
}

async function fillThread(store: Store, sample: string, count: number): Promise<void> {
  let config: RunnableConfig | undefined;
  for (let i = 0; i < count; i++) {
    config = await putCheckpoint(store, sample, { trace: longText(`${sample}${i}`), rating: "hard" }, config);
    await store.saver.putWrites(config, [["trace", longText(`${sample}${i + 1}`)]], uuid6(1));
  }
}

async function checkpointCount(store: Store, sample: string): Promise<number> {
  let count = 0;
  for await (const _ of store.saver.list({ configurable: { thread_id: threadOf("r", sample) } })) count++;
  return count;
}

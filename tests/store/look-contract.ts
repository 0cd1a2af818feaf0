/** What looking at many samples must find, whatever a store stands on: `lookContract("SQLite", ...)`. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SampleEvent } from "../../src/core/events.ts";
import type { NewSample, Rating } from "../../src/core/sample.ts";
import type { LookFilter, LookSort } from "../../src/store/look.ts";
import type { Store } from "../../src/store/store.ts";
import type { StoreUnderTest } from "./contract.ts";
import { call, finished, RUN, step } from "./examples.ts";

const sample = (id: string, domain?: string): NewSample => {
  return { id, line: 1, state: { problem: `Count the Apples of ${id}`, domain }, source: { id } };
};

/** a fits at once, b is condensed once, c twice and lost, d is at condense, e has only begun, f waits. */
export async function fill(store: Store, run: string): Promise<void> {
  await store.createRun({ ...RUN, run });
  const domains = { a: "math", b: "math", c: "code", d: undefined, e: "code", f: "math" };
  await store.addSamples(
    run,
    Object.entries(domains).map(([id, domain]) => sample(id, domain)),
  );
  const begun = (id: string): SampleEvent => ({
    type: "sample.started",
    sample: id,
    at: 1,
    next: "judge",
    skipped: ["collect"],
  });
  const rated = (id: string, node: string, rating: Rating, next: string): SampleEvent => {
    const verdict = { rating, reason: "so", step: 3, missing: null, surplus: null, confidence: null };
    return { ...step(id), node, label: rating, next, at: 20_000, evidence: { restsOn: ["judge"], verdict } };
  };
  const wrote = (id: string, label = "written", next = "judge"): SampleEvent => {
    return { ...step(id), node: "condense", kind: "rewrite", label, next, at: 30_000, ms: 9.75 };
  };
  const lost = { ...finished("c"), outcome: "answer-lost", reason: "lost", tokensAfter: 700 } as const;
  await store.append(run, [begun("a"), call("a", 0), rated("a", "judge", "medium", "accepted"), finished("a")]);
  await store.append(run, [begun("b"), rated("b", "judge", "hard", "condense"), wrote("b")]);
  await store.append(run, [rated("b", "judge", "medium", "accepted"), { ...finished("b"), tokensAfter: 500 }]);
  await store.append(run, [begun("c"), rated("c", "judge", "easy", "condense"), wrote("c")]);
  await store.append(run, [
    { ...rated("c", "judge", "hard", "condense"), visit: 2 } as SampleEvent,
    wrote("c", "answer-lost", "answer-lost"),
    lost,
  ]);
  await store.append(run, [begun("d"), rated("d", "judge", "hard", "condense"), begun("e")]);
}

async function idsIn(store: Store, filter: LookFilter, sort: LookSort = "input"): Promise<string> {
  const { samples } = await store.look.samples("r", filter, { sort, limit: 100 });
  return samples.map(({ id }) => id).join("");
}

export function lookContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name}: looking`, () => {
    let under: StoreUnderTest;
    let store: Store;
    const idsOf = (filter: LookFilter, sort?: LookSort) => idsIn(store, filter, sort);
    beforeEach(async () => {
      under = await open();
      store = under.store;
      await fill(store, "r");
    });
    afterEach(() => under.dispose());

    it.each<[string, LookFilter]>([
      ["ab", { outcomes: ["accepted"] }],
      ["cdef", { outcomes: ["unfinished", "answer-lost"] }],
      ["cd", { ratings: ["hard"] }],
      ["ef", { ratings: ["none"] }],
      ["bc", { roundsMin: 1 }],
      ["abdef", { roundsMax: 1 }],
      ["bc", { nodes: ["condense"] }],
      ["bcd", { edges: ["judge>condense"] }],
      ["abcde", { edges: ["start>collect"] }],
      ["c", { labels: ["condense:answer-lost"] }],
      ["d", { here: ["condense"] }],
      ["e", { here: ["judge"] }],
      ["d", { domains: [""] }],
      ["abf", { domains: ["math"] }],
      ["bc", { tokensMin: 500 }],
      ["ab", { tokensMax: 500 }],
      ["d", { text: "APPLES  d" }],
      ["b", { domains: ["math"], nodes: ["condense"], ratings: ["medium"] }],
      ["", { outcomes: ["failed"] }],
    ])("finds %s by %j", async (ids, filter) => {
      expect(await idsOf(filter)).toBe(ids);
      expect(await store.look.total("r", filter)).toBe(ids.length);
      expect((await store.look.counts("r", filter)).total).toBe(ids.length);
    });

    it("tells where a sample stands and how it came there", async () => {
      expect(await store.look.find("r", "c")).toMatchObject({
        ...{
          id: "c",
          n: 2,
          outcome: "answer-lost",
          here: null,
          ratings: ["easy", "hard"],
          rounds: 2,
          steps: 4,
          domain: "code",
        },
        ...{ tokens: { before: 900, after: 700 }, calls: 0, costUsd: 0, ms: 60, reason: "lost", goes: 0 },
        verdict: { rating: "hard", step: 3 },
      });
      expect(await store.look.find("r", "a")).toMatchObject({ calls: 1, costUsd: 0.25 });
      expect(await store.look.find("r", "d")).toMatchObject({ outcome: null, here: "condense", tokens: null });
      expect(await store.look.find("r", "nobody")).toBeUndefined();
    });

    it.each<[LookSort, string]>([
      ["input", "abcdef"],
      ["recent", "edcbaf"],
      ["tokens", "cbadef"],
      ["cost", "abcdef"],
      ["rounds", "cbadef"],
    ])("pages through all samples by %s, each once", async (sort, ids) => {
      let found = "";
      let after: string | undefined;
      do {
        const page = await store.look.samples("r", {}, { sort, after, limit: 2 });
        found += page.samples.map(({ id }) => id).join("");
        after = page.next ?? undefined;
      } while (after !== undefined);
      expect(found).toBe(ids);
    });

    it("refuses a place to go on from that it has not given", async () => {
      const ask = () => store.look.samples("r", {}, { sort: "cost", after: "1 OR 1=1:2", limit: 2 });
      await expect(ask()).rejects.toThrow(expect.objectContaining({ code: "bad-cursor" }));
    });

    it("counts what a filter lets through by node, way, rating and domain", async () => {
      const counts = await store.look.counts("r", { domains: ["math", "code"] });
      expect(counts.outcomes).toMatchObject({ accepted: 2, "answer-lost": 1, unfinished: 2, failed: 0 });
      expect(counts.ratings).toEqual({ easy: 0, medium: 2, hard: 1, none: 2 });
      expect(counts.rounds).toEqual([0, 1, 2].map((rounds, i) => ({ rounds, samples: [3, 1, 1][i] })));
      expect(counts.nodes).toEqual({ judge: 3, condense: 2 });
      expect(counts.here).toEqual({ judge: 1 });
      expect(counts.edges).toMatchObject({
        "judge>condense": 2,
        "condense>judge": 2,
        "judge>accepted": 2,
        "collect>judge": 4,
      });
      expect(counts.domains).toEqual([
        { domain: "math", samples: 3 },
        { domain: "code", samples: 2 },
      ]);
    });

    it("keeps a sample's earlier way when it is given another go", async () => {
      await store.append("r", [
        { type: "sample.reopened", sample: "c", at: 40_000, was: "answer-lost", next: "condense" },
      ]);
      expect(await store.look.find("r", "c")).toMatchObject({
        outcome: null,
        here: "condense",
        rounds: 2,
        steps: 4,
        goes: 1,
      });
      expect(await idsOf({ here: ["condense"] })).toBe("cd");
    });

    it("takes back where an edit of the graph sends a sample back from, and keeps that it has been there", async () => {
      const left = [
        { from: "judge", next: "condense", skipped: [] },
        { from: "condense", next: "judge", skipped: [] },
        { from: "judge", next: "condense", skipped: [] },
        { from: "condense", next: "answer-lost", skipped: [] },
      ];
      const was = { outcome: "answer-lost", shapedBy: [], tokensBefore: 0, tokensAfter: 0 } as const;
      const after = { node: "judge", visit: 1 };
      await store.append("r", [
        { type: "sample.rewound", sample: "c", at: 40_000, plan: 2, after, next: "expand", skipped: [], left, was },
      ]);
      expect(await store.look.find("r", "c")).toMatchObject({
        outcome: null,
        here: "expand",
        ratings: ["easy"],
        rounds: 0,
      });
      expect([
        await idsOf({ here: ["expand"] }),
        await idsOf({ edges: ["judge>condense"] }),
        await idsOf({ nodes: ["condense"] }),
      ]).toEqual([...["c", "bd", "bc"]]);
      const { edges } = await store.look.counts("r", {});
      const view = await store.view("r");
      expect(edges).toEqual(Object.fromEntries(Object.entries(view.edges).filter(([, n]) => n > 0)));
    });

    it("finds a sample at each place of a fork", async () => {
      const also = [{ next: "expand", skipped: [] }];
      await store.append("r", [{ type: "sample.started", sample: "f", at: 1, next: "condense", skipped: [], also }]);
      expect([await idsOf({ here: ["expand"] }), await idsOf({ here: ["condense"] })]).toEqual(["f", "df"]);
      expect(await idsOf({ edges: ["start>expand"] })).toBe("f");
    });

    it("sums what happened by equal stretches of time", async () => {
      const series = await store.look.series("r", 100);
      expect(series).toMatchObject({ at: [0, 10_000, 20_000, 30_000], stretchMs: 10_000, steps: [0, 0, 6, 3] });
      expect(series).toMatchObject({
        calls: [1, 0, 0, 0],
        tokensIn: [100, 0, 0, 0],
        finished: { accepted: [2, 0, 0, 0] },
      });
      expect(await store.look.series("r", 2)).toMatchObject({ at: [0, 20_000], stretchMs: 20_000, steps: [0, 9] });
    });

    it("puts the samples of two runs side by side", async () => {
      await store.createRun({ ...RUN, run: "s" });
      await store.addSamples("s", [sample("z"), sample("c"), sample("a")]);
      await store.append("s", [finished("c"), finished("a")]);
      const pairs = await store.look.pairs("r", "s", { limit: 100 });
      expect(pairs).toMatchObject({ both: 2, onlyA: 4, onlyB: 1, total: 7, next: null });
      expect(pairs.page.map(({ id }) => id).join("")).toBe("abcdefz");
      expect(pairs.sums).toMatchObject({ samples: 2, a: { tokensAfter: 1000 }, b: { tokensAfter: 600 } });
      const changed = await store.look.pairs("r", "s", { limit: 100, differ: ["outcome"] });
      expect(changed.page).toMatchObject([{ id: "c", a: { outcome: "answer-lost" }, b: { outcome: "accepted" } }]);
      const first = await store.look.pairs("r", "s", { limit: 1, differ: ["only-a", "only-b"] });
      expect(first).toMatchObject({ total: 5, page: [{ id: "b", b: null }], next: "1" });
      expect((await store.look.pairs("r", "s", { limit: 1, from: "answer-lost", after: "1" })).page).toMatchObject([
        { id: "c" },
      ]);
    });

    it("sees a run that another process has put in the place of one of the same name", async () => {
      expect(await store.look.total("r", {})).toBe(6);
      const other = await under.again();
      await other.deleteRun("r");
      await other.createRun({ ...RUN, run: "r" });
      await other.addSamples("r", [sample("a")]);
      await store.findRun("r");
      expect([await store.look.total("r", {}), (await store.look.find("r", "a"))?.outcome]).toEqual([1, null]);
      expect(await store.view("r")).toMatchObject({ samples: 0 });
    });

    it("tells of a commit by another, and of the newest event", async () => {
      const other = await under.again();
      const [version, seq] = [await other.look.version(), await other.look.seq()];
      await store.append("r", [finished("e")]);
      expect(await other.look.version()).not.toBe(version);
      expect(await other.look.seq()).toBe(seq + 1);
      expect((await other.look.find("r", "e"))?.seq).toBe(seq + 1);
    });
  });
}

/** The studio over a store on PostgreSQL answers as it does over a file. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeRun } from "../../bench/studio/made-run.ts";
import { openGraph } from "../../src/graph/open.ts";
import type { Store } from "../../src/store/store.ts";
import { queryOf, type SamplePage, type SampleView } from "../../src/studio/api.ts";
import { startPostgres, type TestPostgres } from "../postgres.ts";
import { openStudio } from "./rig.ts";

const plan = openGraph("graphs/distill.yaml", { env: {} }).plan!;

let server: TestPostgres;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());

async function fill(store: Store): Promise<void> {
  await makeRun(store, { run: "made", plan, samples: 24, seed: 1, chars: 2_000, unfinished: 4 });
  await makeRun(store, { run: "other", plan, samples: 12, seed: 2, chars: 2_000, unfinished: 1 });
}

/** Numbers in the order of commits begin elsewhere, times are those of the test, and sums are added in another order. */
const comparable = (answer: unknown) =>
  JSON.parse(
    JSON.stringify(answer, (key, value) => {
      if (["seq", "createdAt", "changedAt"].includes(key)) return 0;
      return typeof value === "number" ? Number(value.toPrecision(9)) : value;
    }),
  );

it("gives the same answer to whatever a page asks", async () => {
  const [file, there] = [await openStudio(fill), await openStudio(fill, { server: await server.newDatabase() })];
  const both = async <T>(path: string, query: Record<string, unknown> = {}) => {
    const [a, b] = [
      await file.get<T>(`/api/${path}?${queryOf(query)}`),
      await there.get<T>(`/api/${path}?${queryOf(query)}`),
    ];
    expect(comparable(b)).toEqual(comparable(a));
    return b;
  };
  const run = "made";
  await both("runs");
  await both("run", { run });
  await both("series", { run, points: 50 });
  await both("samples", { run, sort: "recent", limit: 50 });
  for (const sort of ["input", "tokens", "cost", "rounds"]) {
    const { next } = await both<SamplePage>("samples", { run, sort, limit: 7, counts: 1 });
    await both("samples", { run, sort, limit: 7, after: next });
  }
  await both("samples", { run, limit: 50, outcome: ["accepted"], rating: ["medium"], roundsMin: 1, counts: 1 });
  await both("samples", { run, limit: 50, node: ["condense"], text: "made", tokensMin: 10 });
  const { steps } = await both<SampleView>("sample", { run, sample: "made-3" });
  expect(steps.length).toBeGreaterThan(0);
  await both("call", { run, sample: "made-3", call: 0 });
  await both("elsewhere", { run, sample: "made-3" });
  await both("compare", { a: run, b: "other", limit: 50 });
  await both("compare", { a: run, b: "other", change: ["outcome", "tokens", "only-a"], limit: 5 });
});

it("hears what happens there", async () => {
  const studio = await openStudio(fill, { server: await server.newDatabase() });
  const before = await studio.store.look.version();
  await studio.store.append("made", [{ type: "run.resumed", at: 5 }]);
  expect(await studio.store.look.version()).not.toBe(before);
  const { runs } = await studio.get<{ runs: { run: string; state: string }[] }>("/api/runs");
  expect(runs.map(({ run }) => run).sort()).toEqual(["made", "other"]);
});

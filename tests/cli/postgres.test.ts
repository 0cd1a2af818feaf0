/** The command line on a PostgreSQL server: what a user does on a file does the same there, and a store moves between both. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startPostgres, type TestPostgres } from "../postgres.ts";
import { appleRows, expectedWay, makeRig } from "../rig.ts";

const COUNT = 40;
const numbers = Array.from({ length: COUNT }, (_, n) => n);
const CALLS = numbers.reduce((sum, n) => sum + expectedWay(n).calls, 0);

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.dispose());

interface Listed {
  readonly id: string;
  readonly steps: readonly { readonly node: string }[];
}

test("a run that was killed on a file is moved to a server, goes on there, is edited, and moves back", async () => {
  const rig = await makeRig();
  const server = await rig.serve({ latencyMs: 30 });
  const graph = await rig.distillAt(server.url);
  await rig.write("in.jsonl", appleRows(COUNT));
  const url = await postgres.newDatabase();
  const words: string[] = [];
  const mezzo = async (...args: string[]) => {
    const ended = await rig.mezzo(...args);
    words.push(ended.stdout, ended.stderr);
    if (ended.code !== 0) throw new Error(`mezzo ${args.join(" ")} ended with ${ended.code}:\n${ended.stderr}`);
    return ended;
  };
  const json = async <T>(...args: string[]) => JSON.parse((await mezzo(...args, "--json")).stdout) as T;

  const going = rig.start("run", graph, "--input", "in.jsonl", "--run", "r", "--in-flight", "8");
  while ((await server.counts()).requests < CALLS / 3) await new Promise((resolve) => setTimeout(resolve, 20));
  going.child.kill("SIGKILL");
  await going.ended;
  await mezzo("store", "copy", "state/mezzo.db", url);
  const resumed = await json("resume", "r", "--store", url);
  expect(resumed).toMatchObject({ samples: COUNT, outcomes: { accepted: COUNT } });
  // Calls in the air when it was killed are asked again, no others.
  const asked = (await server.counts()).requests;
  expect(asked).toBeGreaterThanOrEqual(CALLS);
  expect(asked).toBeLessThanOrEqual(CALLS + 3 * 8);
  expect(await json("status", "r", "--store", url)).toMatchObject({ state: "finished", samples: COUNT });
  const listed = await json<Listed[]>("inspect", "r", "--limit", String(COUNT), "--store", url);
  for (const n of numbers) expect(listed[n]!.steps.map(({ node }) => node)).toEqual(expectedWay(n).steps);

  const prompt = await rig.read("prompts/expand.md");
  await rig.write("prompts/expand.md", prompt.replace("You fill gaps", "You fill all gaps"));
  await json("resume", "r", "--graph", graph, "--store", url);
  const again = await json<Listed[]>("inspect", "r", "--limit", String(COUNT), "--store", url);
  for (const n of numbers) {
    const way = expectedWay(n).steps;
    const back = way.includes("expand") ? way.slice(way.indexOf("expand")) : [];
    expect(again[n]!.steps.map(({ node }) => node)).toEqual([...way, ...back]);
  }

  await mezzo("store", "copy", url, "back.db");
  for (const store of [url, "back.db"]) {
    await mezzo("store", "check", "--store", store);
    await mezzo(
      "export",
      "r",
      "--format",
      "jsonl",
      "--out",
      `${store === url ? "server" : "file"}.jsonl`,
      "--store",
      store,
    );
  }
  expect(await rig.read("server.jsonl")).toBe(await rig.read("file.jsonl"));
  await mezzo("report", "r", "--out", "r.html", "--store", url);
  await mezzo("status", "--store", "back.db");
  await mezzo("store", "delete", "r", "--yes", "--store", url);
  await mezzo("store", "compact", "--store", url);
  const secrets = [postgres.password, encodeURIComponent(postgres.password)];
  expect(secrets.filter((secret) => words.join("\n").includes(secret))).toEqual([]);
  const kept = await postgres.ask(url, "SELECT count(*)::int AS n FROM mezzo.runs");
  expect(kept).toEqual([{ n: 0 }]);
});

test("says in one line what is wrong with a server", async () => {
  const rig = await makeRig();
  const url = await postgres.newDatabase();
  const tell = async (store: string) => {
    const { code, stderr } = await rig.mezzo("status", "--store", store);
    expect(code).toBeGreaterThan(0);
    return stderr;
  };
  expect(await tell(url)).toMatch(
    /^error {2}There are no runs here: postgres:\/\/mezzo@.* has no Mezzo store yet \(no-store\)/,
  );
  expect(await tell(url.replace(/:[^:@]*@/, ":wrong@"))).toMatch(/lets nobody in .*\(store-denied\)/);
  expect(await tell("postgres://mezzo@127.0.0.1:1/none")).toMatch(/does not answer: .*\(store-away\)/);
  expect(await tell("postgres://mezzo:hidden@127.0.0.1")).toMatch(/names no database \(bad-store\)/);
  const { stderr } = await rig.mezzo("store", "backup", "copy.db", "--store", url);
  expect(stderr).toContain("has no Mezzo store yet");
});

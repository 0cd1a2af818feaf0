/** The command line as a user meets it: what it prints where, how it ends, and what it says when something is wrong. */
import { expect, test } from "vitest";
import { appleRows, appleSample, makeRig } from "../rig.ts";

test("run prints one JSON object on stdout, and words for people on stderr", async () => {
  const rig = await makeRig();
  const server = await rig.serve();
  const graph = await rig.distillAt(server.url);
  await rig.write("in.jsonl", appleRows(6));
  const { code, stdout, stderr } = await rig.mezzo("run", graph, "--input", "in.jsonl", "--run", "r", "--json");
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    run: "r",
    samples: 6,
    outcomes: { accepted: 6, exhausted: 0, "answer-lost": 0, undecided: 0, rejected: 0, failed: 0 },
    calls: (await server.counts()).requests,
    tokens: { in: expect.any(Number), out: expect.any(Number) },
    costUsd: 0,
  });
  expect(stderr).toContain("next: mezzo export r");
});

test("status gives the same figures as run, with the state and the nodes", async () => {
  const rig = await makeRig();
  const graph = await rig.distillAt((await rig.serve()).url);
  await rig.write("in.jsonl", appleRows(6));
  const ran = await rig.json<object>("run", graph, "--input", "in.jsonl", "--run", "r");
  const status = await rig.json<{ nodes: object }>("status", "r");
  expect(status).toMatchObject({ ...ran, state: "finished" });
  expect(status.nodes).toMatchObject({ judge: { visits: 6, waiting: 0 } });
  expect((await rig.json<object[]>("status")).length).toBe(1);
});

test("a run's name is made from the graph and the day where none is given, and never twice", async () => {
  const rig = await makeRig();
  const graph = await rig.distillAt((await rig.serve()).url);
  await rig.write("in.jsonl", appleRows(1));
  const names = [];
  for (let n = 0; n < 2; n++) names.push((await rig.json<{ run: string }>("run", graph, "--input", "in.jsonl")).run);
  expect(names[0]).toMatch(/^distill-\d{4}$/);
  expect(names[1]).toBe(`${names[0]}-2`);
});

test("samples come from standard input, from a CSV file and through a mapping of columns", async () => {
  const rig = await makeRig();
  const graph = await rig.distillAt((await rig.serve()).url);
  const piped = await rig.startWith({ stdin: appleRows(3) }, "run", graph, "--input", "-", "--json").ended;
  expect(JSON.parse(piped.stdout)).toMatchObject({ samples: 3, outcomes: { accepted: 3 } });
  const { problem, answer } = appleSample(3);
  await rig.write("in.csv", `id,question,gold\none,"${problem}",${answer}\n`);
  const ran = await rig.json(
    "run",
    graph,
    "--input",
    "in.csv",
    "--map",
    "problem=question",
    "--map",
    "answer=gold",
    "--run",
    "csv",
  );
  expect(ran).toMatchObject({ samples: 1, outcomes: { accepted: 1 } });
  const sample = await rig.json<{ source: object }>("inspect", "csv", "one");
  expect(sample.source).toEqual({ id: "one", question: problem, gold: answer });
});

test("--limit takes the first samples, --set changes the graph, --accepted stops at enough", async () => {
  const rig = await makeRig();
  const server = await rig.serve();
  const graph = await rig.distillAt(server.url);
  await rig.write("in.jsonl", appleRows(60));
  const limited = await rig.json<{ calls: number }>(
    "run",
    graph,
    "--input",
    "in.jsonl",
    "--limit",
    "1",
    "--set",
    "nodes.judge.votes=1",
  );
  expect(limited).toMatchObject({ samples: 1, calls: 5 });
  const enough = await rig.json<{ outcomes: { accepted: number } }>(
    ...(["run", graph, "--input", "in.jsonl", "--accepted", "5", "--in-flight", "4", "--run", "some"] as const),
  );
  expect(enough.outcomes.accepted).toBeGreaterThanOrEqual(5);
  expect(enough.outcomes.accepted).toBeLessThan(12);
  expect(await rig.json("status", "some")).toMatchObject({ state: "paused", pausedBy: { code: "enough-accepted" } });
});

test("a first Ctrl-C drains, says what it waits for, ends with 130, and the run resumes", async () => {
  const rig = await makeRig();
  const server = await rig.serve({ latencyMs: 150 });
  const graph = await rig.distillAt(server.url);
  await rig.write("in.jsonl", appleRows(60));
  const going = rig.start("run", graph, "--input", "in.jsonl", "--run", "r", "--in-flight", "8");
  while ((await server.counts()).requests < 20) await new Promise((next) => setTimeout(next, 10));
  going.child.kill("SIGINT");
  const { code, stderr } = await going.ended;
  expect(code).toBe(130);
  expect(stderr).toContain("each ends its step first");
  expect(stderr).toContain("next: mezzo resume r");
  expect(await rig.json("status", "r")).toMatchObject({ state: "paused", pausedBy: { code: "interrupted" } });
  const before = (await server.counts()).requests;
  expect(await rig.json("resume", "r")).toMatchObject({
    outcomes: { accepted: 60 },
    calls: (await server.counts()).requests,
  });
  expect((await server.counts()).requests).toBeGreaterThan(before);
  expect((await server.counts()).paidTwice).toEqual({});
});

test("a second Ctrl-C cuts the calls in the air, and the run still resumes", async () => {
  const rig = await makeRig();
  const server = await rig.serve({ latencyMs: 60_000, spread: 0 });
  const graph = await rig.distillAt(server.url);
  await rig.write("in.jsonl", appleRows(6));
  const going = rig.start("run", graph, "--input", "in.jsonl", "--run", "r");
  while ((await server.counts()).requests < 6) await new Promise((next) => setTimeout(next, 10));
  going.child.kill("SIGINT");
  await going.says("Ctrl-C again");
  going.child.kill("SIGINT");
  expect((await going.ended).code).toBe(130);
  await server.set({ latencyMs: 0 });
  expect(await rig.json("resume", "r")).toMatchObject({ outcomes: { accepted: 6 } });
});

test("a graph with mistakes does not start: they are shown with their places, and the exit code is 2", async () => {
  const rig = await makeRig();
  const graph = await rig.distillAt("http://127.0.0.1:1/v1");
  await rig.write("graphs/bad.yaml", (await rig.read("graphs/distill.yaml")).replace("then: judge", "then: judg"));
  await rig.write("in.jsonl", appleRows(1));
  const { code, stdout, stderr } = await rig.mezzo("run", graph.replace("distill", "bad"), "--input", "in.jsonl");
  expect(code).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/bad\.yaml:\d+:\d+ {2}error {2}unknown-node/);
  expect(stderr).toContain('Did you mean "judge"?');
  await expect(rig.read("state/mezzo.db")).rejects.toThrow("ENOENT");
});

test.each([
  ["a missing file", "none.jsonl", undefined, /there is no file|does not exist|no such file/i],
  ["an empty file", "in.jsonl", "", /empty|holds no/i],
  ["a broken line", "in.jsonl", `${appleRows(1)}{"problem": \n`, /line 2|:2/],
  ["two equal ids", "in.jsonl", appleRows(1) + appleRows(1), /in\.jsonl:2.*line 1/],
  ["a row without a problem", "in.jsonl", '{"id":"a"}\n', /problem/],
  ["a field of the wrong type", "in.jsonl", '{"problem":"p","trace":{"a":1}}\n', /trace/],
  ["a file that is not text", "in.jsonl", "\u0000\u0001\u0002\u0000".repeat(99), /not text|binary/i],
])(
  "%s stops before anything starts, with one clear error, and leaves no run behind",
  async (_what, file, content, words) => {
    const rig = await makeRig();
    const server = await rig.serve();
    const graph = await rig.distillAt(server.url);
    if (content !== undefined) await rig.write(file, content);
    const { code, stderr } = await rig.mezzo("run", graph, "--input", file, "--run", "r");
    expect(code).toBe(2);
    expect(stderr).toMatch(words);
    expect(stderr).not.toContain("    at ");
    expect(await rig.json("status")).toEqual([]);
    expect((await server.counts()).requests).toBe(0);
  },
);

test("a wrong key stops the run at once with one clear error that does not show the key, and leaves it resumable", async () => {
  const rig = await makeRig();
  const server = await rig.serve({ apiKey: "right" });
  const graph = await rig.distillAt(server.url, ', apiKey: "${KEY}"');
  await rig.write("in.jsonl", appleRows(40));
  const env = { KEY: "wrong-secret-key" };
  const { code, stderr } = await rig.startWith({ env }, "run", graph, "--input", "in.jsonl", "--run", "r").ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(/401/);
  expect(stderr).not.toContain("wrong-secret-key");
  expect((await server.counts()).requests).toBeLessThanOrEqual(40);
  const again = await rig.startWith({ env: { KEY: "right" } }, "resume", "r", "--json").ended;
  expect(JSON.parse(again.stdout)).toMatchObject({ outcomes: { accepted: 40 } });
  for (const file of ["state/mezzo.db", "state/mezzo.db-wal"]) {
    const bytes = await rig.read(file).catch(() => "");
    expect(bytes).not.toContain("wrong-secret-key");
  }
});

test("a budget is never exceeded: the run pauses, says so, and goes on with more", async () => {
  const rig = await makeRig();
  const price = ", price: { inUsdPerMTok: 100, outUsdPerMTok: 100 }, maxTokens: 300";
  const graph = await rig.distillAt((await rig.serve()).url, price);
  await rig.write("in.jsonl", appleRows(40));
  const paused = await rig.mezzo("run", graph, "--input", "in.jsonl", "--run", "r", "--budget-usd", "2", "--json");
  expect(paused.code).toBe(1);
  expect(paused.stderr).toContain("budget");
  const result = JSON.parse(paused.stdout) as { costUsd: number };
  expect(result.costUsd).toBeGreaterThan(0.5);
  expect(result.costUsd).toBeLessThanOrEqual(2);
  const more = await rig.json<{ costUsd: number }>("resume", "r", "--budget-usd", "1000");
  expect(more).toMatchObject({ outcomes: { accepted: 40 } });
});

test.each([
  [["run", "graphs/distill.yaml"], /--input/],
  [["fly"], /unknown command/],
  [["run", "nowhere.yaml", "--input", "in.jsonl"], /no graph file nowhere\.yaml/],
  [["status", "nobody"], /does not exist|no run/],
  [["run", "g.yaml", "--input", "x", "--in-flight", "many"], /whole number/],
])("wrong use (%j) is told in words, with exit code 2", async (args, words) => {
  const rig = await makeRig();
  const { code, stderr } = await rig.mezzo(...args);
  expect(code).toBe(2);
  expect(stderr).toMatch(words);
});

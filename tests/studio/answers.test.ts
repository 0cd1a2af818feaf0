import { describe, expect, it } from "vitest";
import { madeSample, makeRun } from "../../bench/studio/made-run.ts";
import { openGraph } from "../../src/graph/open.ts";
import type { Plan } from "../../src/graph/plan.ts";
import type { Store } from "../../src/store/store.ts";
import {
  type CallView,
  type Checked,
  type Comparison,
  type Elsewhere,
  type Preview,
  queryOf,
  type ReviewDone,
  type RunList,
  type RunPage,
  type SamplePage,
  type SampleReviews,
  type SampleView,
  type TextPiece,
  type TextRef,
} from "../../src/studio/api.ts";
import { ATTACKS, HOSTILE_IDS, HOSTILE_RUN, HUGE_CHARS, HUGE_ID, makeHostileRun } from "./hostile.ts";
import { openStudio } from "./rig.ts";

const plan: Plan = openGraph("graphs/distill.yaml", { env: {} }).plan!;
const made = (store: Store) => makeRun(store, { run: "made", plan, samples: 30, seed: 1, chars: 3_000, unfinished: 4 });
const hostile = (store: Store) => makeHostileRun(store, plan);
const at = (path: string, query: Record<string, unknown> = {}) => `/api/${path}?${queryOf(query)}`;

describe("a run", () => {
  it("is listed and found, and one nobody works on is paused", async () => {
    const studio = await openStudio(made);
    const { runs } = await studio.get<RunList>(at("runs", { q: "DIST made" }));
    expect(runs).toMatchObject([{ run: "made", state: "paused", samples: 30, finished: 26, budgetUsd: 500 }]);
    expect((await studio.get<RunList>(at("runs", { q: "other" }))).runs).toEqual([]);
  });

  it("comes with its graph to be drawn, loops marked, and ways that were taken unstated", async () => {
    const studio = await openStudio(made);
    const { drawn, view, can, holder } = await studio.get<RunPage>(at("run", { run: "made" }));
    expect(drawn.nodes.find(({ name }) => name === "verify")).toMatchObject({
      kind: "verify",
      limit: 5,
      models: ["judge"],
    });
    const edge = (from: string, to: string) => drawn.edges.find((found) => found.from === from && found.to === to);
    expect(edge("verify", "condense")).toMatchObject({ label: "hard", written: true, back: true });
    expect(edge("condense", "verify")).toMatchObject({ written: true, back: false });
    expect(Object.keys(view.edges).every((key) => edge(...(key.split(">") as [string, string])))).toBe(true);
    expect([can, holder]).toEqual([{ pause: false, resume: true, retry: expect.any(Boolean) }, null]);
  });

  it("that is not there is a clear answer", async () => {
    const studio = await openStudio(made);
    const asked = studio.get(at("run", { run: "nobody" }));
    await expect(asked).rejects.toMatchObject({
      status: 404,
      code: "no-run",
      message: expect.stringContaining("nobody"),
    });
  });
});

describe("samples", () => {
  it("come by pages, each once, with how many there are", async () => {
    const studio = await openStudio(made);
    const ids: string[] = [];
    for (let after: string | null | undefined; after !== null; ) {
      const page: SamplePage = await studio.get(at("samples", { run: "made", limit: 7, after, sort: "tokens" }));
      ids.push(...page.samples.map(({ id }) => id));
      expect(page.total).toBe(30);
      after = page.next;
    }
    expect(new Set(ids).size).toBe(30);
  });

  it("are filtered by several things at once, and counted by node and edge", async () => {
    const studio = await openStudio(made);
    const query = { run: "made", outcome: ["accepted", "exhausted"], node: ["condense"], roundsMin: 1, counts: 1 };
    const page = await studio.get<SamplePage>(at("samples", query));
    expect(page.total).toBeGreaterThan(0);
    expect(page.samples.every(({ outcome, rounds }) => outcome !== null && rounds >= 1)).toBe(true);
    expect(page.counts?.nodes.condense).toBe(page.total);
    expect(page.counts?.outcomes.unfinished).toBe(0);
  });

  it.each([
    { limit: 501 },
    { limit: "x" },
    { outcome: "good" },
    { sort: "id; DROP TABLE" },
    { nonsense: 1 },
    { after: "x" },
  ])("refuse %j", async (query) => {
    const studio = await openStudio(made);
    await expect(studio.get(at("samples", { run: "made", ...query }))).rejects.toMatchObject({ status: 400 });
  });

  it("tell their way step by step, each text once", async () => {
    const studio = await openStudio(made);
    const view = await studio.get<SampleView>(at("sample", { run: "made", sample: "made-1" }));
    expect(view.steps.map(({ no }) => no)).toEqual(view.steps.map((_, i) => i));
    for (const [i, step] of view.steps.entries()) {
      expect(step.before).toEqual(i === 0 ? null : view.steps[i - 1]!.after);
      if (step.kind === "rewrite" && i > 2) expect(step.finding?.reason).toMatch(/small model/);
    }
    const { ref, chars } = view.steps.at(-1)!.after as TextRef;
    expect(view.texts[ref]).toHaveLength(chars);
    const call = await studio.get<CallView>(
      at("call", { run: "made", sample: "made-1", call: view.steps[0]!.calls[0]!.call }),
    );
    expect(Object.values(call.texts).join()).toContain("You are asked to");
  });

  it("are found in other runs", async () => {
    const studio = await openStudio(async (store) => {
      await made(store);
      await store.createRun({ run: "other", graph: "g", plan: "p", planBody: "{}", settings: {}, at: 5 });
      await store.addSamples("other", [madeSample(3)]);
    });
    const { runs } = await studio.get<Elsewhere>(at("elsewhere", { run: "made", sample: "made-3" }));
    expect(runs).toMatchObject([{ run: "other", row: { id: "made-3", outcome: null } }]);
    const compared = await studio.get<Comparison>(at("compare", { a: "other", b: "made", change: ["outcome"] }));
    expect(compared).toMatchObject({ both: 1, onlyA: 0, onlyB: 29, samples: [{ id: "made-3" }] });
  });
});

describe("an editor", () => {
  const project = {
    "prompts/judge.md":
      "---\npurpose: judge\nvariables: [problem, trace]\nreply: verdict\n---\n{{ problem }}\n{{ trace }}\n",
  };
  const withProject = () =>
    openStudio(async (store, rig) => {
      await made(store);
      await rig.distillAt("http://127.0.0.1:1/v1");
      for (const [path, text] of Object.entries(project)) await rig.write(path, text);
    });

  it("hears of mistakes in what is not saved, at the places where validate finds them", async () => {
    const studio = await withProject();
    const text = (await studio.rig.read("graphs/distill.yaml")).replace("easy: expand,", "easy: expnd,");
    const asked = { path: "graphs/distill.yaml", texts: { "graphs/distill.yaml": text } };
    const { diagnostics, drawn } = await studio.post<Checked>("/api/check", asked);
    expect(drawn).toBeNull();
    await studio.rig.write("graphs/distill.yaml", text);
    const told = await studio.rig.mezzo("validate", "graphs/distill.yaml", "--json");
    expect({ diagnostics }).toEqual(JSON.parse(told.stdout));
    expect(diagnostics[0]).toMatchObject({ code: "unknown-node", place: { file: "graphs/distill.yaml" } });
  });

  it("gets the picture, and the prompts it may open, of a graph that is right", async () => {
    const studio = await withProject();
    const { diagnostics, drawn, prompts } = await studio.post<Checked>("/api/check", { path: "graphs/distill.yaml" });
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(drawn?.nodes.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(plan.nodes)));
    expect(prompts.map(({ name }) => name)).toEqual(Object.keys(plan.prompts));
    expect(prompts).toContainEqual({ name: "judge.md", path: "prompts/judge.md", exists: true });
  });

  it("hears of mistakes in an unsaved prompt through its graph", async () => {
    const studio = await withProject();
    const texts = { "prompts/judge.md": project["prompts/judge.md"].replace("{{ trace }}", "{{ trac }}") };
    const through = await studio.post<Checked>("/api/check", { path: "graphs/distill.yaml", texts });
    const alone = await studio.post<Checked>("/api/check", { path: "prompts/judge.md", texts });
    for (const { diagnostics } of [through, alone]) {
      const found = diagnostics.find(({ code }) => code === "prompt-undeclared");
      expect(found?.place?.file).toBe("prompts/judge.md");
    }
  });

  it("sees a prompt filled from a sample as it was before a step", async () => {
    const studio = await withProject();
    const asked = { prompt: "prompts/judge.md", run: "made", sample: "made-1" };
    const [now, then] = [
      await studio.post<Preview>("/api/preview", asked),
      await studio.post<Preview>("/api/preview", { ...asked, step: 1 }),
    ];
    const textOf = ({ messages, texts }: Preview) => {
      const { content } = messages![0]!;
      return typeof content === "string" ? content : texts[content.ref];
    };
    expect(textOf(now)).toContain("Problem 1 of code");
    expect(textOf(then)).not.toBe(textOf(now));
    await expect(studio.post("/api/preview", { ...asked, step: 99 })).rejects.toMatchObject({ status: 404 });
  });
});

describe("a hostile run", () => {
  it("is told as data, whatever its names", async () => {
    const studio = await openStudio(hostile);
    const page = await studio.get<SamplePage>(
      at("samples", { run: HOSTILE_RUN, text: "<img src=x onerror", counts: 1 }),
    );
    expect(page.samples.map(({ id }) => id)).toEqual(HOSTILE_IDS);
    for (const sample of HOSTILE_IDS) {
      const view = await studio.get<SampleView>(at("sample", { run: HOSTILE_RUN, sample }));
      expect([view.row.id, view.steps.length]).toEqual([sample, 3]);
    }
    const { headers } = await studio.ask(at("sample", { run: HOSTILE_RUN, sample: ".." }));
    expect(headers["content-type"]).toMatch(/^application\/json/);
  });

  it("sends a trace of five million characters in pieces, whole characters each", async () => {
    const studio = await openStudio(hostile);
    const { text } = await studio.ask(at("sample", { run: HOSTILE_RUN, sample: HUGE_ID }));
    expect(text.length).toBeLessThan(700_000);
    const { ref, chars } = (JSON.parse(text) as SampleView).came.trace as TextRef;
    let whole = "";
    for (let from: number | null = 0; from !== null; ) {
      const piece: TextPiece = await studio.get(at("text", { ref, from }));
      expect(piece.text.length).toBeLessThanOrEqual(131_072);
      whole += piece.text;
      from = piece.next;
    }
    expect([chars, whole.length, whole.includes(ATTACKS[0]!)]).toEqual([HUGE_CHARS, HUGE_CHARS, true]);
  });

  it.each(["x", "../../etc/passwd", "A".repeat(22), "' OR 1=1 --"])("gives no text for %j", async (ref) => {
    const studio = await openStudio(hostile);
    await expect(studio.get(at("text", { ref }))).rejects.toMatchObject({ status: 404, code: "no-text" });
  });

  it("shows no key that stands in an error", async () => {
    const studio = await openStudio(async (store) => {
      await made(store);
      const reason = "401: Incorrect API key sk-0123456789abcdefghij at https://user:pass@host/v1";
      await store.append("made", [{ type: "run.paused", at: 9, code: "no-auth", reason }]);
    });
    const { text } = await studio.ask(at("run", { run: "made" }));
    expect(text).toContain("Incorrect API key ***");
    expect(text).not.toMatch(/sk-0123|user:pass/);
  });
});

describe("a review", () => {
  /** The run with one sample more, about which a person is asked. */
  const asked = async (store: Store) => {
    await made(store);
    const sample = { ...madeSample(99), id: "asked" };
    await store.addSamples("made", [{ ...sample, line: 31, state: { ...sample.state, trace: "It is owed." } }]);
    await store.append("made", [
      { type: "sample.started", sample: "asked", at: 1, next: "judge", skipped: [] },
      { type: "review.asked", sample: "asked", at: 2, places: [{ node: "judge", visit: 1 }] },
    ]);
  };
  const about = { run: "made", sample: "asked" };

  it("shows what a person decides on, once, and takes it back until it is taken up", async () => {
    const studio = await openStudio(asked);
    const page = await studio.get<SamplePage>(at("samples", { run: "made", outcome: "for-person" }));
    expect(page.samples.map(({ id, person }) => [id, person])).toEqual([["asked", "for-person"]]);
    const { reviews } = await studio.get<SampleReviews>(at("review", about));
    expect(reviews).toMatchObject([
      { node: "judge", state: "open", text: "It is owed.", edits: false, decision: null },
    ]);

    const approve = { ...about, decided: "approved", by: " mira ", seconds: 3 };
    expect(await studio.post<ReviewDone>("/api/decide", approve)).toEqual({ ...about, node: "judge" });
    const again = studio.post("/api/decide", { ...about, decided: "rejected", reason: "no" });
    await expect(again).rejects.toMatchObject({ status: 409, code: "decided-already", message: /mira approved it/ });
    const { forPerson, decided, can } = await studio.get<RunPage>(at("run", { run: "made" }));
    expect([forPerson, decided, can.resume]).toEqual([0, 1, true]);
    await studio.post("/api/withdraw", about);
    await expect(studio.post("/api/withdraw", about)).rejects.toMatchObject({ status: 409, code: "not-decided" });
  });

  it.each([
    [{ decided: "rejected" }, 422, "no-reason"],
    [{ decided: "edited", text: "x" }, 422, "no-edits"],
    [{ decided: "approve" }, 400, "bad-request"],
    [{ decided: "approved", node: "verify" }, 409, "not-for-person"],
    [{ decided: "approved", sample: "made-1" }, 409, "not-for-person"],
    [{ decided: "approved", sample: "nobody" }, 404, "no-sample"],
  ])("refuses %j", async (decision, status, code) => {
    const studio = await openStudio(asked);
    await expect(studio.post("/api/decide", { ...about, ...decision })).rejects.toMatchObject({ status, code });
  });
});

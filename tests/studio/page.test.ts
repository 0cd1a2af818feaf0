/**
 * The page as its users meet it: a real browser, the built program, runs that go on while they look. One project and one
 * browser for all of it; the facts stand in the order of a morning's work.
 */
import { readFile, writeFile } from "node:fs/promises";
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { LocalMockServer } from "../mock-server.ts";
import { Studio, type Visit } from "./studio-rig.ts";

// How long a fact may take to appear, on a machine that does other things too; it decides nothing.
vi.setConfig({ testTimeout: 40_000 });
const PATIENCE = { timeout: 15_000 };

let studio: Studio;
let models: LocalMockServer;
let anna: Visit;

beforeAll(async () => {
  studio = await Studio.open(12);
  models = await studio.rig.serve();
  await studio.rig.distillAt(models.url, ", inFlight: 8");
  await studio.rig.mezzo("run", "graphs/distill.yaml", "--input", "samples.jsonl", "--run", "first");
  await studio.start();
  anna = await studio.visit();
}, 60_000);

afterAll(async () => {
  await studio.close();
});

const until = <T>(look: () => T | Promise<T>) => expect.poll(look, PATIENCE);
const shows = (place: Locator) => place.first().waitFor();
const textOf = async (place: Locator) => (await place.allInnerTexts()).join(" ").replace(/\s+/g, " ").trim();
const query = () => decodeURIComponent(new URL(anna.page.url()).search);
const rows = () => anna.page.locator(".sample-list tbody tr");

describe("all runs", () => {
  it("lists a run with its state and how far it is, and finds it by a word", async () => {
    await anna.go("/");
    const row = anna.page.getByRole("row", { name: /first/ });
    await shows(row);
    await until(() => textOf(row)).toMatch(/finished 12 of 12 \d+ %/);
    await anna.page.keyboard.press("/");
    await anna.page.keyboard.type("no such run");
    await shows(anna.page.getByText("No run is called that"));
    expect(query()).toBe("?q=no+such+run");
    await anna.page.keyboard.press("Escape");
    await anna.page.goBack();
  });

  it("starts a run from a graph and a file, and shows it as it goes", async () => {
    await models.set({ latencyMs: 2_500 }); // Slow enough that nobody has to hurry.
    await anna.go("/");
    await anna.page.keyboard.press("n");
    await anna.page.getByLabel("Samples", { exact: true }).selectOption("samples.jsonl");
    await anna.page.getByLabel("Name").fill("second");
    await anna.page.getByRole("button", { name: "Start", exact: true }).click();
    await anna.page.waitForURL("**/runs/second");
    await shows(anna.page.getByText("running", { exact: true }));
    await until(() => textOf(anna.page.locator('.graph-pane [data-node="judge"]'))).toMatch(/[1-9]\d* here/);
  });
});

describe("a run that goes on", () => {
  it("pauses from the page, and goes on from there", async () => {
    await anna.page.getByRole("button", { name: "Pause" }).click();
    await models.set({ latencyMs: 0 });
    await shows(anna.page.locator(".run-state.is-paused"));
    await anna.page.getByRole("button", { name: "Resume" }).click();
    await shows(anna.page.locator(".run-state.is-finished"));
    await until(() => textOf(anna.page.locator(".health .of"))).toBe("12 of 12");
  });

  it("moves no row under a reader's eyes: a bar says what has come", async () => {
    await anna.go("/runs/first?sort=recent");
    await shows(rows());
    const first = await textOf(rows().first());
    await anna.page.evaluate("window.isStillThisPage = true");
    await studio.rig.mezzo("retry", "first", "--sample", "apple-4", "--from", "judge");
    await shows(anna.page.locator(".news"));
    await until(() => textOf(rows().first())).toBe(first);
    await anna.page.locator(".news").click();
    await until(() => textOf(rows().first())).toContain("apple-4");
    expect(await anna.page.evaluate("window.isStillThisPage")).toBe(true);
  });

  it("is shown as paused when its process is killed, and resumed by a click", async () => {
    await models.set({ latencyMs: 60_000 });
    const going = studio.rig.start("run", "graphs/distill.yaml", "--input", "samples.jsonl", "--run", "killed");
    await going.says("run killed:");
    await anna.go("/runs/killed");
    await shows(anna.page.locator(".run-state.is-running"));
    going.child.kill("SIGKILL");
    await going.ended;
    await shows(anna.page.locator(".run-state.is-paused"));
    await models.set({ latencyMs: 0 });
    await anna.page.getByRole("button", { name: "Resume" }).click();
    await shows(anna.page.locator(".run-state.is-finished"));
    await until(() => textOf(anna.page.locator(".outcomes"))).toMatch(/accepted 12/);
  });
});

describe("one run", () => {
  it("narrows its samples to those of a node or an edge that is clicked, and keeps that in the URL", async () => {
    await anna.go("/runs/first");
    await shows(rows());
    expect(await rows().count()).toBe(12);
    await anna.page.locator('[data-node="expand"]').click();
    await until(() => rows().count()).toBeLessThan(12);
    const been = await rows().count();
    expect(query()).toBe("?node=expand");
    await anna.page.reload();
    await shows(rows());
    await until(() => rows().count()).toBe(been);
    await anna.page.locator('[data-edge="verify>accept"]').click();
    expect(query()).toBe("?edge=verify>accept");
    await shows(anna.page.locator('[data-edge="judge>accept"].is-dim'));
    await anna.page.goBack();
    await until(() => rows().count()).toBe(been);
    await anna.page.getByRole("button", { name: "Clear" }).click();
    await until(() => rows().count()).toBe(12);
  });

  it("filters by outcome, rounds and words, each a chip that can be taken away", async () => {
    await anna.page.keyboard.press("/");
    await anna.page.keyboard.type("apple-1");
    await until(() => rows().count()).toBe(3); // apple-1, apple-10, apple-11
    await anna.page.locator("summary", { hasText: "Rounds" }).click();
    await anna.page.getByLabel(/^1 or more/).check();
    await until(() => query()).toBe("?text=apple-1&roundsMin=1");
    await anna.page.getByRole("button", { name: /Take away: rounds/ }).click();
    await anna.page.getByRole("button", { name: /Take away: “apple-1”/ }).click();
    await until(() => rows().count()).toBe(12);
  });

  it("is walked by keys: down, open, back to the same place", async () => {
    for (const key of ["j", "j", "j"]) await anna.page.keyboard.press(key);
    await anna.page.keyboard.press("Enter");
    await anna.page.waitForURL("**/samples/apple-2?i=2");
    await anna.page.keyboard.press("j");
    await anna.page.waitForURL("**/samples/apple-3?i=3");
    await anna.page.keyboard.press("u");
    await shows(anna.page.locator(".sample-row.is-cursor", { hasText: "apple-3" }));
  });

  it("tells all its keys", async () => {
    await anna.page.keyboard.press("?");
    await shows(anna.page.getByRole("dialog"));
    const help = await textOf(anna.page.getByRole("dialog"));
    for (const words of ["j next sample", "/ search", "g to the graph", "e edit its graph"])
      expect(help).toContain(words);
    await anna.page.keyboard.press("Escape");
  });
});

describe("one sample", () => {
  it("goes step by step, each attempt beside the one before with its words marked", async () => {
    await anna.go("/runs/first/samples/apple-5");
    const steps = anna.page.locator(".way-strip li button");
    await shows(steps);
    const names = (await steps.allInnerTexts()).map((name) => name.trim());
    expect(names.filter((name) => name === "condense")).toHaveLength(2);
    const last = names.lastIndexOf("condense");
    for (let at = names.length - 1; at > last; at--) await anna.page.keyboard.press("h");
    expect(query()).toContain(`step=${last + 1}`);
    await shows(anna.page.locator("ins", { hasText: "3" }));
    await until(() => textOf(anna.page.locator("del"))).toContain("2");
    await shows(anna.page.getByText(/unchanged paragraph|as before/));
    await anna.page.keyboard.press("l");
    expect(query()).toContain(`step=${last + 2}`);
  });

  it("marks what the judge meant at its place, with its words and votes beside", async () => {
    await anna.go("/runs/first/samples/apple-5?step=3");
    await shows(anna.page.locator(".is-noted .note", { hasText: "is not there yet" }));
    await until(() => textOf(anna.page.locator(".is-noted .n"))).toBe("2");
    await anna.page.locator(".way-strip li button", { hasText: "judge" }).click();
    await until(() => textOf(anna.page.locator(".side"))).toMatch(/judge said too heavy at paragraph 2/);
    await until(() => textOf(anna.page.locator(".side .votes"))).toContain("2 of 2 agree");
  });

  it("shows each call as it was sent and received, and every field", async () => {
    await anna.page.keyboard.press("c");
    await shows(anna.page.locator(".said.is-reply"));
    await until(() => textOf(anna.page.locator(".said.is-user").first())).toContain("Lena has 15 apples");
    await until(() => textOf(anna.page.locator(".said.is-reply").first())).toContain('"rating":"hard"');
    await anna.page.keyboard.press("s");
    await shows(anna.page.locator(".state", { hasText: "Sample 5" }));
  });

  it("draws formulas and the way on the graph", async () => {
    await anna.go("/runs/first/samples/apple-5?step=6");
    await anna.page.getByRole("button", { name: "Unfold" }).click();
    await shows(anna.page.locator(".trace-row .drawn[data-drawn] .katex-html"));
    expect(await anna.page.locator(".map .node.is-on, .map .node.is-here").count()).toBeGreaterThan(2);
  });

  it("opens the same sample in another run", async () => {
    await anna.page.locator("summary", { hasText: "other run" }).click();
    await anna.page.locator(".menu a", { hasText: "second" }).first().click();
    await anna.page.waitForURL("**/runs/second/samples/apple-5");
  });
});

describe("a sample that goes back to a step", () => {
  it("runs again from there at once, and keeps what it did before", async () => {
    await anna.go("/runs/second/samples/apple-1?step=2");
    const steps = anna.page.locator(".way-strip li button");
    await shows(steps);
    const before = await steps.count();
    await anna.page.getByRole("button", { name: "Go back to here" }).click();
    await anna.page.getByRole("button", { name: "Go back", exact: true }).click();
    await until(() => steps.count()).toBe(2 * before - 1);
    expect(await anna.page.locator(".way-strip li.is-left").count()).toBe(before - 1);
  });
});

describe("two runs", () => {
  it("are laid side by side, sample by sample", async () => {
    await anna.go("/");
    await anna.page.getByLabel("Pick first for comparing").check();
    await anna.page.getByLabel("Pick second for comparing").check();
    await anna.page.keyboard.press("c");
    await anna.page.waitForURL("**/compare/**");
    await shows(anna.page.getByText("12 samples in both"));
    expect(await anna.page.locator(".pair-row").count()).toBe(13);
    await anna.page.getByRole("button", { name: "outcome", exact: true }).click();
    await shows(anna.page.getByText("No sample differs so"));
  });

  it("are gone through with the keyboard, and opened in either", async () => {
    await anna.go("/compare/first/second");
    await shows(anna.page.locator(".pair-row.is-changed, .pair-row:not(.head)"));
    for (const key of ["j", "j", "Enter"]) await anna.page.keyboard.press(key);
    await anna.page.waitForURL("**/runs/second/samples/apple-1");
  });
});

describe("the editor", () => {
  const editor = () => anna.page.locator(".text-pane .cm-content");
  /** Sets another text in the place of a line. */
  const retype = async (line: string, text: string) => {
    await editor().locator(".cm-line", { hasText: line }).first().click();
    await anna.page.keyboard.press("End");
    await anna.page.keyboard.press("Shift+Home");
    await anna.page.keyboard.insertText(text);
  };

  it("finds a mistake where it is, as one types, and lets no run start with it", async () => {
    await anna.go("/graphs/graphs%2Fdistill.yaml");
    await shows(anna.page.locator('.echo [data-node="judge"]'));
    await retype("then: long-to-short", "then: long");
    await shows(anna.page.locator(".troubles", { hasText: "does not exist" }));
    await shows(anna.page.locator(".text-pane .cm-lintRange-error"));
    expect(await anna.page.getByRole("button", { name: /^(Save and run|Run)$/ }).isDisabled()).toBe(true);
    await shows(anna.page.locator('.echo [data-node="judge"]'));
    await anna.page.keyboard.press("Control+z");
    await shows(anna.page.getByText("no mistakes"));
  });

  it("draws what is typed", async () => {
    await editor().click();
    await anna.page.keyboard.press("Control+End");
    await anna.page.keyboard.insertText(
      "\n  second-look: { kind: rate, model: judge, prompt: judge.md, writes: rating, then: accepted }",
    );
    await shows(anna.page.locator(".troubles", { hasText: 'No way leads to "second-look"' }));
    await retype("undecided: undecided", "then: { passed: accepted, undecided: second-look }");
    await shows(anna.page.locator('.echo [data-node="second-look"]'));
  });

  it("offers keys and values, and explains a key", async () => {
    await anna.page.keyboard.press("Control+End");
    await anna.page.keyboard.insertText("\n  third: { kind: r");
    await anna.page.keyboard.type("a");
    await shows(anna.page.locator(".text-pane .cm-tooltip-autocomplete", { hasText: "rate" }));
    await anna.page.keyboard.press("Escape");
    await retype("third:", "# seen");
    await shows(anna.page.getByText("no mistakes"));
    const key = editor()
      .locator("span", { hasText: /^limit$/ })
      .first();
    const explained = anna.page.locator(".text-pane .explanation", { hasText: "Most visits" });
    // A pointer that rests while the text still scrolls rests on nothing: it is moved a little until it is heard.
    await until(async () => {
      for (const x of [4, 12]) await key.hover({ position: { x, y: 5 } });
      await anna.page.waitForTimeout(400);
      return explained.count();
    }).toBe(1);
  });

  it("saves what was typed and keeps the comments", async () => {
    const before = await readFile(studio.rig.path("graphs/distill.yaml"), "utf8");
    await anna.page.keyboard.press("Control+s");
    await until(() => readFile(studio.rig.path("graphs/distill.yaml"), "utf8")).toContain("second-look");
    const after = await readFile(studio.rig.path("graphs/distill.yaml"), "utf8");
    expect(after.match(/#.*/g)).toEqual([...before.match(/#.*/g)!, "# seen"]);
  });

  it("does not write over what someone else has written meanwhile", async () => {
    const path = studio.rig.path("graphs/distill.yaml");
    await editor().click();
    await anna.page.keyboard.type("# mine\n");
    await writeFile(path, `${await readFile(path, "utf8")}# theirs\n`);
    await anna.page.keyboard.press("Control+s");
    await shows(anna.page.getByText("was changed on disk"));
    expect(await readFile(path, "utf8")).toContain("# theirs");
    await anna.page.getByRole("button", { name: "Take theirs" }).click();
    await shows(editor().getByText("# theirs"));
  });

  it("tries a node on a real sample and stores nothing", async () => {
    const { requests } = await models.counts();
    await anna.go("/graphs/graphs%2Fdistill.yaml?run=first&sample=apple-5");
    await anna.page.locator('.echo [data-node="judge"]').click();
    await until(() => anna.page.locator(".trial select").first().inputValue()).toBe("judge");
    await anna.page.getByRole("button", { name: "Try", exact: true }).click();
    await shows(anna.page.getByText(/2 calls · .* · nothing was stored/));
    await until(() => textOf(anna.page.locator(".result"))).toMatch(/judge would end as too heavy → condense/);
    expect((await models.counts()).requests).toBeGreaterThan(requests);
    const status = await studio.rig.json<{ calls: number }>("status", "first");
    await anna.page.getByRole("button", { name: "Try", exact: true }).click();
    expect(await studio.rig.json("status", "first")).toMatchObject({ calls: status.calls });
  });

  it("tells what an edit would do again, and does that and no more", async () => {
    const before = await studio.rig.json<{ calls: number }>("status", "first");
    await retype(
      "  expand: {",
      "expand: { kind: rewrite, model: teacher, prompt: expand.md, keeps: answer, writes: trace, then: verify }",
    );
    const line = anna.page.locator(".survey");
    await until(() => textOf(line)).toMatch(/touches .*expand.*: ([1-9]|1[01]) of 12 samples would go back/);
    await anna.page.getByRole("button", { name: "Save and rerun" }).click();
    await anna.page.waitForURL("**/runs/first");
    await shows(anna.page.locator(".run-state.is-finished"));
    await until(async () => (await studio.rig.json<{ calls: number }>("status", "first")).calls).toBeGreaterThan(
      before.calls,
    );
  });

  it("previews a prompt filled from a real sample", async () => {
    await anna.go("/graphs/graphs%2Fdistill.yaml");
    await anna.page.locator(".file-tabs button", { hasText: "judge.md" }).click();
    await shows(anna.page.locator(".preview .said", { hasText: "Lena has" }));
    expect(query()).toContain("prompt=prompts/judge.md");
  });
});

describe("a run that ends with an error", () => {
  it("says so on the page that it was started from", async () => {
    await models.set({ apiKey: "another one" });
    await anna.go("/?start=1");
    await anna.page.getByLabel("Name").fill("locked-out");
    await anna.page.getByRole("button", { name: "Start", exact: true }).click();
    await shows(anna.page.getByRole("alert", { name: "What went wrong" }).getByText(/401|key/));
    await anna.page.getByRole("button", { name: "I have read it" }).first().click();
    await anna.page.getByRole("alert", { name: "What went wrong" }).waitFor({ state: "detached" });
    await models.set({ apiKey: undefined });
  });

  it("gives samples that ended badly another go", async () => {
    await studio.rig.write(
      "wrong.jsonl",
      `${JSON.stringify({ id: "w", problem: "Sample 4: 1 + 1?", answer: "3", trace: "It is \\boxed{2}." })}\n`,
    );
    await studio.rig.mezzo("run", "graphs/distill.yaml", "--input", "wrong.jsonl", "--run", "wrong");
    await anna.go("/runs/wrong");
    await anna.page.getByRole("button", { name: "Retry" }).click();
    await anna.page
      .getByRole("dialog")
      .getByLabel(/rejected/)
      .check();
    await anna.page.getByRole("button", { name: "Retry 1" }).click();
    const goes = async () =>
      (await studio.rig.json<{ nodes: { judge: { visits: number } } }>("status", "wrong")).nodes.judge.visits;
    await until(goes).toBe(2);
  });
});

describe("every page", () => {
  it("is light or dark as its reader likes, and stays so", async () => {
    await anna.go("/");
    const color = () => anna.page.evaluate("getComputedStyle(document.body).backgroundColor");
    const before = await color();
    await anna.page.getByRole("button", { name: /Colours: system/ }).click();
    await anna.page.getByRole("button", { name: /Colours: light/ }).click();
    await until(color).not.toBe(before);
    await anna.page.reload();
    await shows(anna.page.getByRole("button", { name: /Colours: dark/ }));
    await until(color).not.toBe(before);
  });

  it("says when it is not live, and comes back by itself", async () => {
    await anna.go("/runs/first");
    await shows(rows());
    const { port } = studio;
    await studio.stop();
    await shows(anna.page.getByText("not live"));
    await studio.start(port);
    await anna.page.getByText("not live").waitFor({ state: "detached", timeout: 15_000 });
  });

  it("has done nothing that it should not: no error, nothing refused by its own policy, no request to anybody else", () => {
    expect(anna.faults).toEqual([]);
  });
});

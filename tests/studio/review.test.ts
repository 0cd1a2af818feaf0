/** People who review, in a real browser and beside the command line: the graph that comes with Mezzo, its own samples. */
import { cp } from "node:fs/promises";
import { join } from "node:path";
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { Studio, type Visit } from "./studio-rig.ts";

vi.setConfig({ testTimeout: 40_000 });
const PATIENCE = { timeout: 15_000 };
const ROOT = join(import.meta.dirname, "../..");

let studio: Studio;
let anna: Visit;
let ids: string[];

beforeAll(async () => {
  studio = await Studio.open(0);
  const { rig } = studio;
  for (const name of ["graphs", "prompts"]) await cp(join(ROOT, name), rig.path(name), { recursive: true });
  await rig.mezzo("run", "graphs/with-review.yaml", "--input", "graphs/samples.jsonl", "--run", "r");
  ids = (await rig.json<{ id: string }[]>("review", "r")).map(({ id }) => id);
  await studio.start();
  anna = await studio.visit();
}, 60_000);

afterAll(async () => {
  expect(anna.faults).toEqual([]);
  await studio.close();
});

const until = <T>(look: () => T | Promise<T>) => expect.poll(look, PATIENCE);
const textOf = async (place: Locator) => (await place.allInnerTexts()).join(" ").replace(/\s+/g, " ").trim();
const onDesk = ({ page }: Visit) => new URL(page.url()).searchParams.get("sample");
const progress = ({ page }: Visit) => textOf(page.locator(".health"));

it("leads from the run to the first that waits, and a reason and two keys reject it", async () => {
  await anna.go("/runs/r");
  await anna.page.getByRole("link", { name: `Review ${ids.length}` }).click();
  await anna.page.getByText("trace, as it came").waitFor();
  await anna.page.getByRole("textbox", { name: "You are" }).fill("anna");
  await anna.page.getByRole("heading", { name: "look asks" }).click();
  await anna.page.keyboard.press("r");
  await anna.page.keyboard.type("skips a step");
  await anna.page.keyboard.press("Control+Enter");
  await until(() => progress(anna)).toContain(`1 of ${ids.length} reviewed`);
  await until(() => onDesk(anna)).toBe(ids[1]);
});

it("takes the last decision back with a key, and goes on with the keyboard", async () => {
  await anna.page.locator(".queue h2").first().click();
  await anna.page.keyboard.press("z");
  await until(() => progress(anna)).toContain(`0 of ${ids.length} reviewed`);
  await until(() => onDesk(anna)).toBe(ids[0]);
  for (const [key, at] of [
    ["j", 1],
    ["j", 2],
    ["k", 1],
    ["a", 2],
  ] as const) {
    await anna.page.keyboard.press(key);
    await until(() => onDesk(anna)).toBe(ids[at]);
    await anna.page.locator(`.queue [aria-current]`, { hasText: ids[at]! }).waitFor();
  }
  expect((await studio.rig.json<{ decision: object }[]>("review", "r", ids[1]!))[0]!.decision).toMatchObject({
    decided: "approved",
    by: "anna",
    seconds: expect.any(Number),
  });
});

it("says when somebody else was quicker, whoever asks first", async () => {
  const bob = await studio.visit();
  await bob.go(`/runs/r/review?sample=${ids[2]}`);
  await bob.page.getByRole("button", { name: "Approve" }).waitFor();
  await studio.rig.mezzo("review", "r", ids[2]!, "--reject", "--reason", "no", "--by", "mira");
  for (const { page } of [anna, bob]) await page.getByText("mira rejected it").waitFor();
  await bob.page.keyboard.press("a"); // Nothing to approve any more.
  const [said] = await studio.rig.json<{ decision: { by: string } }[]>("review", "r", ids[2]!);
  expect(said!.decision.by).toBe("mira");
});

it("refuses an edit that loses the answer, takes one that keeps it, and resumes once all is decided", async () => {
  const { page } = anna;
  await anna.go(`/runs/r/review?sample=${ids[0]}`);
  await page.getByText("trace, as it came").waitFor();
  await page.keyboard.press("e");
  const field = page.getByLabel("Your trace");
  const before = await field.inputValue();
  await field.fill("It is \\boxed{1}.");
  await page.keyboard.press("Control+Enter");
  await page.getByText("loses the answer").waitFor();
  await field.fill(`To begin with, one step at a time.\n\n${before}`);
  await page.keyboard.press("Control+Enter");
  await until(() => progress(anna)).toContain(`3 of ${ids.length} reviewed`);

  const rows = ids.slice(3).map((id) => JSON.stringify({ id, decided: "approved" }));
  await studio.rig.write("decisions.jsonl", rows.join("\n"));
  await studio.rig.mezzo("review", "r", "--decisions", "decisions.jsonl");
  await anna.go("/runs/r/review");
  await page.getByText("Everything is decided").waitFor();
  await page.getByRole("button", { name: "Resume" }).first().click();
  await page.getByText("No sample waits for a person").waitFor();
  await until(() => progress(anna)).toContain(`finished ${ids.length} of ${ids.length} reviewed`);
});

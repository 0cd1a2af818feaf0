import { describe, expect, it } from "vitest";
import type { RunPage, SampleView, Started, Survey, TextRef, Tried } from "../../src/studio/api.ts";
import { type LiveStudio, startLiveStudio } from "./rig.ts";

const path = "graphs/distill.yaml";

/** Six samples, done. */
async function finishedStudio(): Promise<LiveStudio> {
  const studio = await startLiveStudio({ samples: 6, latencyMs: 0 });
  await studio.running.ended;
  return studio;
}

/** Until a run that was set going again has taken this sample back and everything has ended. Before that it says "finished", too. */
const untilDoneAgain = async (studio: LiveStudio, id: string) => {
  for (;;) {
    const wentBack = (await sampleOf(studio, id)).steps.some(({ current }) => !current);
    const { state, finished } = await studio.get<RunPage>("/api/run?run=live");
    if (wentBack && state === "finished" && finished === 6) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
const sampleOf = (studio: LiveStudio, id: string) => studio.get<SampleView>(`/api/sample?run=live&sample=${id}`);

describe("an edit that is not saved", () => {
  it("can be tried: one node on one sample, with the words that would be sent, and nothing stored", async () => {
    const studio = await finishedStudio();
    const before = await sampleOf(studio, "apple-5");
    const prompt = (await studio.rig.read("prompts/condense-marked.md")).replace(
      "# user\n",
      "# user\nBe brief, please.\n",
    );
    const texts = { "prompts/condense-marked.md": prompt };
    const tried = await studio.post<Tried>("/api/try", {
      path,
      texts,
      node: "condense",
      run: "live",
      sample: "apple-5",
    });
    expect(tried).toMatchObject({ node: "condense", label: "written", next: "verify", passedBy: null });
    const { content } = tried.calls[0]!.messages.at(-1)!;
    expect(typeof content === "string" ? content : tried.texts[content.ref]).toContain("Be brief, please.");
    expect((tried.before as TextRef | string) === tried.writes.trace).toBe(false);
    expect(await sampleOf(studio, "apple-5")).toEqual(before);
  });

  it("cannot be tried with a mistake in it, and says which", async () => {
    const studio = await finishedStudio();
    const texts = { [path]: (await studio.rig.read(path)).replace("easy: expand,", "easy: expnd,") };
    const asked = { path, texts, node: "judge", run: "live", sample: "apple-1" };
    const { status, text } = await studio.ask("/api/try", {
      ...{ method: "POST", body: JSON.stringify(asked) },
      headers: { "content-type": "application/json", "x-mezzo-token": studio.token },
    });
    expect(status).toBe(422);
    expect(JSON.parse(text)).toMatchObject({ error: { code: "bad-graph", diagnostics: [{ code: "unknown-node" }] } });
    await expect(studio.post("/api/try", { ...asked, texts: {}, node: "jdge" })).rejects.toMatchObject({
      code: "no-node",
    });
  });

  it("tells what a run would do again, changes nothing, and does it once it is saved", async () => {
    const studio = await finishedStudio();
    const prompt = (await studio.rig.read("prompts/condense.md")).replace("# user\n", "# user\nBe brief, please.\n");
    const asked = { path, texts: { "prompts/condense.md": prompt }, run: "live" };
    const survey = await studio.post<Survey>("/api/survey", asked);
    expect(survey).toMatchObject({ samples: 6, looked: 6, changes: [expect.objectContaining({ about: "prompt" })] });
    // Of the samples 0 to 5, those with an odd number that want more than they have are condensed.
    expect(survey.back).toMatchObject([{ to: "condense", samples: 2 }]);
    expect(survey.untouched).toBe(4);
    expect((await studio.get<RunPage>("/api/run?run=live")).state).toBe("finished");
    const { version } = await studio.get<{ version: string }>("/api/file?path=prompts/condense.md");
    await studio.post("/api/file", { path: "prompts/condense.md", text: prompt, version });
    await studio.post<Started>("/api/resume", { run: "live", graph: path });
    await untilDoneAgain(studio, "apple-5");
    expect((await sampleOf(studio, "apple-5")).steps.some(({ current }) => !current)).toBe(true);
    expect((await sampleOf(studio, "apple-4")).steps.every(({ current }) => current)).toBe(true);
  }, 60_000);
});

describe("going back to a step", () => {
  it("does it again with fresh seeds, and keeps what was done since readable", async () => {
    const studio = await finishedStudio();
    const before = await sampleOf(studio, "apple-5");
    const judged = before.steps.findIndex(({ node }) => node === "judge");
    await studio.post<Started>("/api/again", { run: "live", sample: "apple-5", step: judged });
    await untilDoneAgain(studio, "apple-5");
    const after = await sampleOf(studio, "apple-5");
    const nodes = before.steps.map(({ node }) => node);
    expect(after.steps.map(({ node }) => node)).toEqual([...nodes, ...nodes.slice(judged)]);
    expect(after.steps.map(({ current }) => current)).toEqual(
      after.steps.map((_, i) => i < judged || i >= nodes.length),
    );
    expect(after.row).toMatchObject({ outcome: before.row.outcome, rounds: before.row.rounds, goes: 1 });
    expect((await studio.server.counts()).paidTwice).toEqual({});
    const gone = studio.post("/api/again", { run: "live", sample: "apple-5", step: judged });
    await expect(gone).rejects.toMatchObject({ code: "no-step" });
  }, 60_000);

  it("is told from the command line in the same words", async () => {
    const studio = await finishedStudio();
    const told = await studio.rig.mezzo("retry", "live", "--sample", "apple-1", "--from", "judge");
    expect([told.code, told.stderr]).toEqual([0, expect.stringContaining("goes back to before visit 1 of judge")]);
    const unknown = await studio.rig.mezzo("retry", "live", "--sample", "apple-1", "--from", "expand");
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("no-step")]);
    expect((await studio.rig.mezzo("retry", "live", "--sample", "apple-1")).stderr).toContain("go together");
  }, 60_000);
});

import { rename } from "node:fs/promises";
import { request } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { makeRun } from "../../bench/studio/made-run.ts";
import { openGraph } from "../../src/graph/open.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import type { RunPage, Started, StudioEvent } from "../../src/studio/api.ts";
import { appleRows } from "../rig.ts";
import { finished } from "../store/examples.ts";
import { type OpenStudio, openStudio, startLiveStudio } from "./rig.ts";

const plan = openGraph("graphs/distill.yaml", { env: {} }).plan!;
const listeners: { stop(): void }[] = [];
afterEach(() => {
  for (const listener of listeners.splice(0)) listener.stop();
});

/** A page that listens. */
function listen({ port }: Pick<OpenStudio, "port">, query = "", headers: Record<string, string> = {}) {
  const heard: (StudioEvent & { id: string })[] = [];
  const waiting = new Set<() => void>();
  const sent = request({ host: "127.0.0.1", port, path: `/api/events${query}`, headers, agent: false });
  sent.on("response", (response) => {
    let text = "";
    response.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const [id = "", , data = ""] = text.slice(0, end).split("\n");
        heard.push({ id: id.slice(4), ...(JSON.parse(data.slice(6)) as StudioEvent) });
        text = text.slice(end + 2);
      }
      for (const look of waiting) look();
    });
  });
  sent.on("error", () => undefined).end();
  listeners.push({ stop: () => sent.destroy() });
  /** The first event, from now or before, of which this is true. */
  const hears = <T extends StudioEvent["type"]>(
    type: T,
    isIt: (event: Extract<StudioEvent, { type: T }>) => boolean = () => true,
  ) =>
    new Promise<Extract<StudioEvent, { type: T }> & { id: string }>((resolve) => {
      const look = () => {
        const found = heard.find((event) => event.type === type && isIt(event as never));
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found as never);
      };
      waiting.add(look);
      look();
    });
  return { heard, hears, socket: sent };
}

const made = (unfinished = 5) =>
  openStudio((store) => makeRun(store, { run: "made", plan, samples: 10, seed: 1, chars: 500, unfinished }));

describe("a page that listens", () => {
  it("hears at once how things stand, and then what changes", async () => {
    const studio = await made();
    const page = listen(studio, "?run=made");
    const first = await page.hears("run");
    expect(first).toMatchObject({ run: { run: "made", finished: 5 }, view: { samples: 10 } });
    await endSample(studio, 9);
    const next = await page.hears("run", ({ run }) => run.finished === 6);
    expect(next.seq).toBeGreaterThan(first.seq);
    await page.hears("runs", ({ runs }) => runs[0]?.finished === 6);
  });

  it("hears of no run but the one it shows", async () => {
    const studio = await made();
    const [page, other] = [listen(studio, "?run=made"), listen(studio, "?run=nobody")];
    await Promise.all([page.hears("run"), other.hears("runs"), other.hears("still")]);
    expect(other.heard.some(({ type }) => type === "run")).toBe(false);
  });

  it("is told to ask again when it comes back to another server, or late", async () => {
    const studio = await made();
    await listen(studio, "", { "last-event-id": "an-other-server-7" }).hears("resync");
    const [page, other] = [listen(studio), listen(studio)];
    const { id } = await page.hears("runs");
    page.socket.destroy();
    await endSample(studio, 9);
    await other.hears("runs", ({ runs }) => runs[0]?.finished === 6);
    await listen(studio, "", { "last-event-id": id }).hears("resync");
  });

  it("holds up nobody when it is slow, and hears the newest then", async () => {
    const studio = await made();
    const [slow, quick] = [listen(studio, "?run=made"), listen(studio, "?run=made")];
    await slow.hears("run");
    slow.socket.socket?.pause();
    for (const n of [5, 6, 7]) {
      await endSample(studio, n);
      await quick.hears("run", ({ run }) => run.finished === n + 1);
    }
    slow.socket.socket?.resume();
    await slow.hears("run", ({ run }) => run.finished === 8);
  });

  it("is told once when the store is taken away", async () => {
    const studio = await made();
    const page = listen(studio);
    await page.hears("runs");
    await rename(studio.rig.path("state/mezzo.db"), studio.rig.path("state/elsewhere.db"));
    expect((await page.hears("trouble")).message).toContain("Start the studio again");
  });

  it("hears of files that change", async () => {
    const studio = await openStudio((_store, rig) => rig.write("graphs/a.yaml", "graph: a\n"));
    const page = listen(studio);
    await page.hears("runs");
    await studio.rig.write("graphs/a.yaml", "graph: another\n");
    expect(await page.hears("file")).toMatchObject({ path: "graphs/a.yaml", version: expect.any(String) });
  });
});

describe("a run that goes on in another process", () => {
  it("is seen as it goes, paused by its death, and gone on with from the page", async () => {
    const studio = await startLiveStudio({ samples: 24, latencyMs: 300 });
    const page = listen(studio, "?run=live");
    await page.hears("run", ({ run, pace }) => run.state === "running" && run.finished > 0 && pace.callsPerSecond > 0);
    expect((await studio.get<RunPage>("/api/run?run=live")).can).toEqual({ pause: true, resume: false, retry: false });
    studio.running.child.kill("SIGKILL");
    await page.hears("run", ({ run }) => run.state === "paused");
    await studio.post<Started>("/api/resume", { run: "live" });
    await page.hears("run", ({ run }) => run.state === "finished" && run.finished === 24);
    expect(Object.keys((await studio.server.counts()).paidTwice).length).toBeLessThanOrEqual(8);
  }, 60_000);

  it("is started, paused, given more and ended from the page, and outlives the studio", async () => {
    const studio = await startLiveStudio({ samples: 3, latencyMs: 40 });
    await studio.running.ended;
    await studio.rig.write("data/more.jsonl", appleRows(12));
    const asked = {
      graph: "graphs/distill.yaml",
      input: "data/more.jsonl",
      run: "-rf $(x) ..",
      inFlight: 2,
      workers: 1,
    };
    const { run } = await studio.post<Started>("/api/start", asked);
    expect(run).toBe(asked.run);
    const page = listen(studio, `?${new URLSearchParams({ run })}`);
    await page.hears("run", ({ run: head }) => head.finished > 0);
    await expect(studio.post("/api/resume", { run })).rejects.toMatchObject({ status: 409, code: "run-held" });
    await studio.post("/api/pause", { run });
    await page.hears("run", ({ run: head }) => head.state === "paused" && head.pausedBy?.code === "interrupted");
    await studio.post("/api/resume", { run });
    await studio.close();
    const { outcomes } = await untilDone(studio, run);
    expect(outcomes.accepted).toBeGreaterThan(0);
  }, 60_000);

  it("that cannot be started says why, and one that fails later tells the page", async () => {
    const studio = await startLiveStudio({ samples: 3, latencyMs: 20 });
    await studio.running.ended;
    await studio.rig.write("data/bad.jsonl", '{"id":"a"}\n');
    const asked = { graph: "graphs/distill.yaml", input: "data/bad.jsonl" };
    await expect(studio.post("/api/start", asked)).rejects.toMatchObject({
      status: 422,
      code: "not-started",
      message: expect.stringContaining("problem"),
    });
    const page = listen(studio);
    await page.hears("runs");
    await studio.server.set({ apiKey: "another" });
    await studio.post("/api/start", { ...asked, input: "data/apples.jsonl", run: "refused" });
    const { message } = await page.hears("trouble", ({ run }) => run === "refused");
    expect(message).toContain("401");
    expect(message).not.toContain("live");
  }, 60_000);
});

/** As another process would that works on the run, and says when it begins and when it has done. */
async function endSample({ rig }: OpenStudio, n: number): Promise<void> {
  const store = openSqliteStore({ path: rig.path("state/mezzo.db") });
  await store.append("made", [{ type: "run.resumed", at: n }]);
  await store.append("made", [{ ...finished(`made-${n}`), at: n }]);
  await store.append("made", [{ type: "run.paused", at: n, code: "interrupted", reason: "Interrupted" }]);
  await store.close();
}

async function untilDone({ store }: OpenStudio, run: string) {
  for (;;) {
    const { state } = (await store.findRun(run))!;
    if (state === "finished") return store.view(run);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** graphs/asked-student.yaml to its end, with a simulated student: what it rests on is told, and reported. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { appleRows, makeRig } from "../rig.ts";

const GRAPHS = join(import.meta.dirname, "../../graphs");

interface Told {
  readonly events: readonly {
    readonly type: string;
    readonly node?: string;
    readonly role?: string;
    readonly messages?: readonly { readonly pieces: readonly unknown[] }[];
    readonly evidence?: { readonly restsOn: readonly string[]; readonly probe?: { readonly found: string } };
  }[];
}

interface Reported {
  readonly asked: { readonly samples: number };
  readonly surprisal: object;
  readonly bases: readonly { readonly figure: string; readonly basis: string }[];
}

test("each sample reaches an outcome, what the student did is evidence, and the answer was never shown to it", async () => {
  const rig = await makeRig();
  const server = await rig.serve();
  const distill = await rig.distillAt(server.url);
  for (const name of ["follow", "alone"])
    await rig.write(`prompts/${name}.md`, await readFile(join(GRAPHS, `../prompts/${name}.md`), "utf8"));
  const models = /^models:\n[\s\S]*?\n\n/m;
  const head = models.exec(await readFile(distill, "utf8"))![0].trimEnd();
  const student = "  student: { provider: simulated, medium: 0.6 }";
  const text = (await readFile(join(GRAPHS, "asked-student.yaml"), "utf8")).replace(models, `${head}\n${student}\n\n`);
  await rig.write("graphs/asked-student.yaml", text);
  await rig.write("in.jsonl", appleRows(24));

  const ran = await rig.json<{ outcomes: Record<string, number>; calls: number }>(
    ...(["run", "graphs/asked-student.yaml", "--input", "in.jsonl", "--run", "r"] as const),
  );
  const { accepted = 0, exhausted = 0, undecided = 0 } = ran.outcomes;
  expect(accepted + exhausted + undecided).toBe(24);
  expect(accepted).toBeGreaterThan(8);

  const { events } = await rig.json<Told>("inspect", "r", "apple-1");
  const followed = events.filter(({ type, node }) => type === "step.finished" && node === "follow");
  expect(followed.length).toBeGreaterThan(0);
  for (const { evidence } of followed) {
    expect(evidence?.restsOn).toEqual(["rules", "student"]);
    expect(evidence?.probe?.found).toMatch(/^(?:follows|alone|leaks|unable|unclear)$/);
  }
  const shown = events.filter(({ role }) => role === "student").map(({ messages }) => JSON.stringify(messages));
  expect(shown.length).toBeGreaterThan(3);
  expect(shown.filter((words) => /\b15\b/.test(words))).toEqual([]);
  const { stdout } = await rig.mezzo("inspect", "r", "apple-1");
  expect(stdout).toContain("rests on the student (student)");
  expect(stdout).toMatch(/to student it has \d\.\d\d nats a token, rank-surprisal \d/);

  const report = await rig.json<Reported>("report", "r", "--out", "r.html");
  expect(report).toMatchObject({ run: "r", finished: 24, outcomes: ran.outcomes, calls: ran.calls });
  expect(report.asked.samples).toBe(24);
  expect(report.surprisal).toMatchObject({ missing: 0, first: { chains: 24 }, accepted: { chains: accepted } });
  expect(report.bases.find(({ figure }) => figure.includes("too terse"))?.basis).toBe("measurement");
  const page = await rig.read("r.html");
  expect(page).toMatch(/^<!doctype html>.*<\/html>\n$/s);
  expect(page).not.toMatch(/<script|<img|<link|https?:/i);
});

/**
 * A run in which everything that comes from outside tries to break out: ids, names of runs, domains, problems, traces,
 * prompts, verdicts, reasons, replies. And files that do. Whoever shows it must show it as text, and send it nowhere.
 */
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CallFinished, Evidence, SampleEvent, StepFinished, Verdict } from "../../src/core/events.ts";
import { fingerprint } from "../../src/core/hash.ts";
import type { NewSample } from "../../src/core/sample.ts";
import type { Plan } from "../../src/graph/plan.ts";
import type { Store } from "../../src/store/store.ts";

/** Every page that shows one of these as anything but text calls `window.hacked`, or asks a host that is not ours. */
export const ATTACKS: readonly string[] = [
  "<script>window.hacked=1</script>",
  "</script><script>window.hacked=2</script>",
  '<img src=x onerror="window.hacked=3">',
  '"><svg onload=window.hacked=4>',
  "[a link](javascript:window.hacked=5)",
  "![a picture](http://elsewhere.invalid/leak.png?hacked)",
  '<a href="javascript:window.hacked=6">click</a>',
  "$\\href{javascript:window.hacked=7}{x}$ and $\\includegraphics{http://elsewhere.invalid/x.png}$",
  '$$\\htmlData{a="><script>window.hacked=8</script>"}{x}$$',
  "<iframe srcdoc='<script>parent.hacked=9</script>'></iframe>",
  "<style>@import url(http://elsewhere.invalid/x.css);</style><link rel=stylesheet href=//elsewhere.invalid/y.css>",
  "\u001b]8;;http://elsewhere.invalid\u0007\u001b[31mred\u001b[0m\u001b[2J\u0000\u0008",
  "safe\u202Egnp.exe\u202C \u2066hidden\u2069 \u200Bzero\uFEFF",
  "{{constructor.constructor('window.hacked=10')()}} ${window.hacked=11} __proto__",
  "```html\n<script>window.hacked=12</script>\n```",
  "\uD800 half a pair, and \u2028 a line separator",
];

export const HOSTILE_RUN = "<img src=x onerror=window.hacked=20>";
export const HOSTILE_IDS: readonly string[] = [
  "../../etc/passwd",
  "..",
  "%2e%2e%2f",
  "<script>window.hacked=21</script>",
  'quote" onmouseover="window.hacked=22',
  "javascript:window.hacked=23",
  "a?run=other&sample=b#c",
  "__proto__",
  "\u202Eabc",
  "x".repeat(5_000),
];
/** The sample whose trace has so many characters. */
export const HUGE_ID = HOSTILE_IDS[3]!;
export const HUGE_CHARS = 5_000_000;

/** Makes the run in a store, finished, on a plan whose names the checker would let through. */
export async function makeHostileRun(store: Store, plan: Plan): Promise<void> {
  const run = HOSTILE_RUN;
  const settings = { seed: 0, inFlight: 1, input: ATTACKS[0], graphFile: ATTACKS[2] };
  const named = { ...plan, description: ATTACKS[0], student: { name: ATTACKS[1]!, size: ATTACKS[2]! } };
  await store.createRun({
    run,
    graph: plan.graph,
    plan: plan.fingerprint,
    planBody: JSON.stringify(named),
    settings,
    at: 1,
  });
  await store.addSamples(
    run,
    HOSTILE_IDS.map((id, n) => hostileSample(id, n)),
  );
  await store.append(run, [{ type: "run.started", at: 1, plan: plan.fingerprint, samples: HOSTILE_IDS.length }]);
  for (const [n, id] of HOSTILE_IDS.entries()) await store.append(run, hostileWay(id, n));
  await store.append(run, [{ type: "run.paused", at: 99_000, code: "interrupted", reason: ATTACKS.join(" ") }]);
}

function hostileSample(id: string, n: number): NewSample {
  const problem = ATTACKS.join("\n");
  const trace = id === HUGE_ID ? hugeTrace() : `${attack(n)}\n\nThe answer is \\boxed{1}.\n\n${ATTACKS.join("\n\n")}`;
  const state = { problem, answer: attack(n), trace, domain: attack(n + 1) };
  return { id, line: n + 1, state, source: { id, [attack(n)]: attack(n + 2), __proto: "x", problem } };
}

function hostileWay(sample: string, n: number): SampleEvent[] {
  const verdict: Verdict = {
    ...{
      rating: "hard",
      reason: attack(n + 3),
      step: 1,
      missing: attack(n + 4),
      surplus: attack(n + 5),
      confidence: 1,
    },
  };
  const at = 1_000 * (n + 1);
  const call: CallFinished = {
    ...{ type: "call.finished", sample, at, node: "judge", visit: 1, ask: 0, role: "judge", model: attack(n) },
    ...{
      requestHash: fingerprint([sample, n]),
      messages: [{ role: "user", pieces: [ATTACKS.join("\n"), { numbered: attack(n) }] }],
    },
    ...{
      text: ATTACKS.join("\n"),
      thinking: attack(n + 6),
      finish: "stop",
      usage: { in: 10, out: 10 },
      costUsd: 0.001,
    },
    ...{ ms: 5, waitedMs: 0, attempts: 1 },
  };
  const judged: StepFinished = {
    ...{ type: "step.finished", sample, at, node: "judge", kind: "rate", visit: 1, label: "hard", next: "condense" },
    ...{
      skipped: [],
      writes: { rating: "hard" },
      reason: attack(n + 3),
      evidence: { restsOn: ["judge"], verdict },
      calls: 1,
      ms: 6,
    },
  };
  const condensed: StepFinished = {
    ...{ type: "step.finished", sample, at: at + 1, node: "condense", kind: "rewrite", visit: 1, label: "written" },
    ...{
      next: "verify",
      skipped: [],
      writes: { trace: `${attack(n + 7)}\n\n${ATTACKS.join("\n\n")}` },
      calls: 0,
      ms: 6,
    },
  };
  const answer = { verdict: "different", rule: attack(n), reason: attack(n + 8) } as const;
  const verified: StepFinished = {
    ...{ type: "step.finished", sample, at: at + 2, node: "verify", kind: "verify", visit: 1, label: "answer-lost" },
    ...{
      next: "answer-lost",
      skipped: [],
      writes: {},
      reason: attack(n + 8),
      evidence: { restsOn: ["rules"], answer },
      calls: 0,
      ms: 1,
    },
  };
  return [
    { type: "sample.started", sample, at, next: "judge", skipped: ["collect", "long-to-short"] },
    ...[call, judged, condensed, verified],
    {
      ...{ type: "sample.finished", sample, at: at + 2, outcome: "answer-lost", reason: attack(n + 9) },
      ...{ shapedBy: ["condense"], tokensBefore: 10, tokensAfter: 9 },
    },
  ];
}

function attack(n: number): string {
  return ATTACKS[n % ATTACKS.length]!;
}

function hugeTrace(): string {
  const part = `${ATTACKS.join("\n\n")}\n\nA step that takes a while to read, and an emoji \u{1F9EE}.\n\n`;
  return part.repeat(Math.ceil(HUGE_CHARS / part.length)).slice(0, HUGE_CHARS);
}

/** Files with hostile names and content, and links that lead out, in a project's folder. */
export async function makeHostileFiles(project: string): Promise<void> {
  await mkdir(join(project, "graphs/deep"), { recursive: true });
  await mkdir(join(project, "prompts"), { recursive: true });
  await mkdir(join(project, "outside"), { recursive: true });
  await writeFile(join(project, "outside/secret.yaml"), "graph: secret\n");
  await writeFile(join(project, "secret.md"), "secret\n");
  await writeFile(
    join(project, "graphs/<img src=x onerror=window.hacked=30>.yaml"),
    `graph: "${ATTACKS[0]}"\n# ${ATTACKS[2]}\n`,
  );
  await writeFile(
    join(project, "graphs/with-key.yaml"),
    "models:\n  a: { provider: openai, apiKey: sk-0123456789abcdefghij }\n",
  );
  await writeFile(
    join(project, "prompts/<script>window.hacked=31<.md"),
    `---\npurpose: x\n---\n${ATTACKS.join("\n")}\n`,
  );
  await symlink(join(project, "outside/secret.yaml"), join(project, "graphs/link.yaml"));
  await symlink(join(project, "outside"), join(project, "graphs/folder"));
  await symlink("/etc", join(project, "prompts/etc"));
  await symlink("/etc/passwd", join(project, "prompts/passwd.md"));
  await symlink("/etc/passwd", join(project, "graphs/input.jsonl"));
}

/** All that a step may rest on, with whatever names a graph may give. */
export function everyEvidence(name: string): Evidence {
  const tried = { right: 7, tries: 8, interval: [0.53, 0.98] } as const;
  const ladder = [{ share: 50, step: 2, tried: { right: 1, tries: 4, interval: [0.05, 0.7] } }] as const;
  return {
    restsOn: ["rules", "judge", "student", "person"],
    verdict: { rating: "easy", reason: name, step: 1, missing: name, surplus: name, confidence: 0.5 },
    votes: ["easy", "abstained"],
    voters: [
      { model: name, prompt: name },
      { model: "judge", prompt: "judge.md" },
    ],
    probe: {
      ...{ student: name, found: "unable", chain: tried, alone: tried, lastStep: tried, shuffled: tried, ladder },
      ...{ givenAway: [2], breaksAt: 2, blanks: 3, dropped: 1 },
    },
    difficulty: { from: "student", level: "rarely", student: name, alone: tried },
    review: { decided: "edited", by: name, at: 1, seconds: 61 },
    answer: { verdict: "different", rule: "tests", reason: name, tests: { passed: 1, of: 3, sandbox: name } },
    surprisal: { student: name, tokens: 10, mean: 1.5, rankSurprisal: [2, 3], steps: [1, 2.5] },
    rewrite: { steps: [2, 3, 5], whole: name, tokens: 100, aimedAt: 120 },
  };
}

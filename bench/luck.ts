/**
 * What does luck let through? Chains that the student can't follow, whatever is done to them; a judge that is wrong 14 %
 * of the time; a loop of five rounds. And what of chains that it can follow is lost to the same judge?
 *
 *   node bench/luck.ts [--samples 600]
 *
 *   naive        one verdict a round until it says medium: what "rate again until it fits" comes to
 *   distill      graphs/distill.yaml as it is: votes at first, a fresh acceptance at last
 *   student      graphs/asked-student.yaml as it is: the student is asked to follow, then a fresh acceptance
 *   sticky ...   the judge's mistakes stick to the chain: it says the same of the same chain however often it is asked.
 *                Votes are no help then; another judge is (`models: [judge, second]`), and the student is.
 *
 * Everything runs through the engine with simulated models; beside it stands what the rules of chance come to. The
 * student reaches the answer in 20 % of its tries along a chain it can't follow, in 90 % along one that it can.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NewSample } from "../src/core/sample.ts";
import { wilson } from "../src/core/statistics.ts";
import { openGraph } from "../src/graph/open.ts";
import { openMezzo } from "./engine/mezzo.ts";
import { asked, distill, naive, type Passed } from "./luck/computed.ts";

const WRONG = 0.14;
const samplesAt = process.argv.indexOf("--samples");
const COUNT = samplesAt < 0 ? 600 : Number(process.argv[samplesAt + 1]);
const ROOT = new URL("../", import.meta.url).pathname;

const NAIVE = `graph: naive
student: { name: Qwen2.5-7B-Instruct, size: 7B }
models: { judge: { provider: baseline }, rewriter: { provider: baseline } }
state:
  problem: string
  answer: string
  trace: string
  rating: { enum: [easy, medium, hard], optional: true }
start: judge
nodes:
  judge: { kind: rate, model: judge, prompt: judge.md, writes: rating, limit: 5, then: { medium: accepted, easy: expand, hard: condense } }
  expand: { kind: rewrite, model: rewriter, prompt: expand.md, keeps: answer, writes: trace, then: judge }
  condense: { kind: rewrite, model: rewriter, prompt: condense.md, keeps: answer, writes: trace, then: judge }
`;

type Fits = "can't be followed" | "can be followed";
interface Row {
  readonly name: string;
  readonly fits: Fits;
  readonly graph: "naive" | "distill" | "asked-student";
  readonly set: readonly string[];
  readonly computed?: Partial<Passed>;
}

const simulated = (more: string) => `{ provider: simulated, ${more} }`;
const judges = (more: string) => `models.judge=${simulated(more)}`;
const student = (medium: number) =>
  `models.student=${simulated(`medium: ${medium}, follows: 0.9, alone: ${medium === 0 ? 0.2 : 0.05}`)}`;
const STICKY = judges(`medium: ${WRONG}`);
const SECOND = [`models.second=${simulated(`medium: ${WRONG}, opinion: another`)}`, "nodes.accept.model=second"];

const rows: Row[] = (["can't be followed", "can be followed"] as const).flatMap((fits): Row[] => {
  const medium = fits === "can be followed" ? 1 : 0;
  const says = medium === 1 ? 1 - WRONG : WRONG;
  const judge = judges(`medium: ${medium}, wrong: ${WRONG}`);
  const along = medium === 1 ? 0.9 : 0.2;
  const bound = { passes: asked(along, says) };
  return [
    { name: "naive", fits, graph: "naive", set: [judge], computed: naive(says, 5) },
    { name: "distill", fits, graph: "distill", set: [judge], computed: distill(says) },
    { name: "student", fits, graph: "asked-student", set: [judge, student(medium)], computed: bound },
  ];
});
rows.push(
  { name: "sticky naive", fits: "can't be followed", graph: "naive", set: [STICKY], computed: naive(WRONG, 5) },
  { name: "sticky distill, one judge", fits: "can't be followed", graph: "distill", set: [STICKY] },
  {
    name: "sticky distill, another judge accepts",
    fits: "can't be followed",
    graph: "distill",
    set: [STICKY, ...SECOND],
  },
  { name: "sticky student", fits: "can't be followed", graph: "asked-student", set: [STICKY, student(0)] },
);

const folder = mkdtempSync(join(tmpdir(), "mezzo-luck-"));
mkdirSync(join(folder, "graphs"));
cpSync(join(ROOT, "prompts"), join(folder, "prompts"), { recursive: true });
writeFileSync(join(folder, "graphs/naive.yaml"), NAIVE);
for (const name of ["distill", "asked-student"]) {
  const text = readFileSync(join(ROOT, `graphs/${name}.yaml`), "utf8");
  // A second judge has to be declared before anything can be set on it.
  writeFileSync(
    join(folder, `graphs/${name}.yaml`),
    text.replace("models:\n", "models:\n  second: { provider: baseline }\n"),
  );
}

const figures = [];
for (const { name, fits, computed, ...row } of rows) {
  const { passes, calls } = await play(row);
  const interval = wilson(passes * COUNT, COUNT);
  figures.push({ name, fits, passes, interval, calls, computed });
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const within = `(${(100 * interval.low).toFixed(1)} to ${percent(interval.high)})`;
  const simulated = `${percent(passes).padStart(7)} ${within.padEnd(17)} pass, ${calls.toFixed(2).padStart(5)} calls`;
  console.error(`${fits}: ${name.padEnd(38)} ${simulated}${beside(computed)}`);
}
rmSync(folder, { recursive: true });
console.log(JSON.stringify({ bench: "luck", samples: COUNT, wrong: WRONG, figures }));

function beside(computed: Row["computed"]): string {
  if (computed?.passes === undefined) return "";
  const passes = `${(100 * computed.passes).toFixed(1)} %`;
  return `   computed ${passes}${computed.calls === undefined ? " at most" : `, ${computed.calls.toFixed(2)} calls`}`;
}

async function play({ graph, set }: Pick<Row, "graph" | "set">): Promise<Passed> {
  const writer = `models.rewriter=${simulated("replyTokens: 120")}`;
  const file = join(folder, `graphs/${graph}.yaml`);
  const { plan, diagnostics } = openGraph(file, { env: {}, set: [writer, ...set] });
  if (plan === undefined) throw new Error(JSON.stringify(diagnostics));
  const bench = await openMezzo(plan, { inFlight: 64, workers: 2, samples: chains });
  const view = await bench.run(COUNT, { after: 0, then: () => undefined });
  await bench.close();
  return { passes: view.outcomes.accepted / COUNT, calls: view.calls / COUNT };
}

async function* chains(count: number): AsyncGenerator<NewSample> {
  for (let n = 0; n < count; n++) {
    const [a, b] = [100 + n, 17 + (n % 40)];
    const problem = `Stock ${n}: a store has ${a} lamps, sells ${b} of them and buys twice as many new ones. How many lamps has it then?`;
    const trace = `It starts with ${a} lamps.\n\nAfter the sale ${a} - ${b} = ${a - b} lamps are left.\n\nTwice ${b} are bought, ${2 * b} lamps.\n\nSo there are ${a - b} + ${2 * b} = ${a + b} lamps.\n\nThe answer is \\boxed{${a + b}}.`;
    const state = { problem, answer: String(a + b), trace };
    yield { id: `stock-${n}`, state, source: state, line: n + 1 };
  }
}

/**
 * What does the engine cost? The same work, side by side in one sitting: bare HTTP (wire), bare LangGraph (graph),
 * LangGraph with ChatOpenAI and the official saver (byHand), and Mezzo with everything on, by 1 and by 2 workers.
 * CPU is user + system of all threads of the contestant's own process, over warm samples, divided by the calls made.
 *
 *   node bench/engine.ts [--samples 2000] [--in-flight 64] [--rounds 3] [wire graph byHand mezzo mezzo2]
 */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { callsOf } from "./engine/story.ts";

interface Measured {
  readonly cpuMsPerCall: number;
  readonly callsPerSecond: number;
}

/** Samples before the measuring starts. */
const WARM = 400;

const args = process.argv.slice(2);
const numberFlag = (name: string, fallback: number) => {
  const at = args.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(args.splice(at, 2)[1]);
};

if (process.send !== undefined) {
  await contest(args[0]!, { url: args[1]!, count: Number(args[2]), inFlight: Number(args[3]) });
  process.exit(0);
}

const count = numberFlag("samples", 2000);
const inFlight = numberFlag("in-flight", 64);
const rounds = numberFlag("rounds", 3);
const names = args.length > 0 ? args : ["wire", "graph", "byHand", "mezzo", "mezzo2"];
const server = spawn(process.execPath, [new URL("./engine/server.ts", import.meta.url).pathname], {
  stdio: ["ignore", "pipe", "inherit"],
});
const [port] = (await once(server.stdout, "data")) as [Buffer];
const url = `http://127.0.0.1:${String(port).trim()}/v1`;
const all = new Map<string, Measured[]>(names.map((name) => [name, []]));
for (let round = 0; round < rounds; round++) {
  for (const name of names) all.get(name)!.push(await measure(name));
}
server.kill();
const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const figures = Object.fromEntries(
  names.map((name) => [
    name,
    {
      cpuMsPerCall: Number(median(all.get(name)!.map((m) => m.cpuMsPerCall)).toFixed(3)),
      callsPerSecond: Math.round(median(all.get(name)!.map((m) => m.callsPerSecond))),
    },
  ]),
);
console.log(JSON.stringify({ bench: "engine", samples: count, inFlight, rounds, figures }));
for (const [name, { cpuMsPerCall, callsPerSecond }] of Object.entries(figures)) {
  const ratios = ["graph", "byHand"]
    .filter((other) => other !== name && figures[other] !== undefined)
    .map((other) => `${(cpuMsPerCall / figures[other]!.cpuMsPerCall).toFixed(2)} x ${other}`);
  console.error(
    `${name.padEnd(7)} ${cpuMsPerCall.toFixed(2)} ms CPU a call, ${callsPerSecond} calls/s  ${ratios.join(", ")}`,
  );
}

async function measure(name: string): Promise<Measured> {
  const child: ChildProcess = fork(new URL(import.meta.url), [name, url, String(count), String(inFlight)]);
  const died = once(child, "exit").then(([code]) => {
    throw new Error(`${name} ended with ${code}`);
  });
  const [message] = (await Promise.race([once(child, "message"), died])) as [Measured];
  died.catch(() => undefined);
  child.kill();
  return message;
}

/** In a child process: warms up, then measures. */
async function contest(name: string, options: { url: string; count: number; inFlight: number }): Promise<void> {
  const { url, count, inFlight } = options;
  let cpu = process.cpuUsage();
  let began = performance.now();
  let calls = 0;
  const begin = () => {
    cpu = process.cpuUsage();
    began = performance.now();
  };
  if (name.startsWith("mezzo")) {
    const { openMezzo, planAt } = await import("./engine/mezzo.ts");
    const bench = await openMezzo(planAt(url), { inFlight, workers: name === "mezzo2" ? 2 : 1 });
    let before = 0;
    const warm = (soFar: number) => {
      before = soFar;
      begin();
    };
    const view = await bench.run(WARM + count, { after: WARM, then: warm });
    if (view.outcomes.accepted !== WARM + count) throw new Error(`only ${view.outcomes.accepted} accepted`);
    calls = view.calls - before;
  } else {
    const contestant = (await import("./engine/contestants.ts"))[name as "wire" | "graph" | "byHand"];
    await contestant({ url, from: 0, count: WARM, inFlight });
    begin();
    await contestant({ url, from: WARM, count, inFlight });
    for (let n = WARM; n < WARM + count; n++) calls += callsOf(n);
  }
  const { user, system } = process.cpuUsage(cpu);
  const ms = performance.now() - began;
  process.send!({
    cpuMsPerCall: (user + system) / 1000 / calls,
    callsPerSecond: (1000 * calls) / ms,
  } satisfies Measured);
}

/** `mezzo doctor`: what this machine has, and with a graph whether its endpoints answer. A line each, with what to do. */
import { existsSync } from "node:fs";
import { availableParallelism, freemem, totalmem } from "node:os";
import { MezzoError, messageOf } from "../../core/errors.ts";
import { VERSION } from "../../core/version.ts";
import type { Plan } from "../../graph/plan.ts";
import { type Probe, probeEndpoint, probeReply } from "../../models/probe.ts";
import { findSandbox } from "../../nodes/code/index.ts";
import { placeOf, sqliteVersion } from "../../store/place.ts";
import { isServer, maskPassword } from "../../store/where.ts";
import type { ExitCode } from "../failure.ts";
import type { Io } from "../io.ts";
import { bytes, networkWarning, plural, table } from "../words.ts";
import { planOf } from "./graph-file.ts";
import { withStore } from "./with-store.ts";

export interface DoctorFlags {
  readonly set: readonly string[];
  readonly ask?: boolean;
  readonly store: string;
  readonly json?: boolean;
}

interface Finding extends Probe {
  readonly about: string;
}

export async function doctor(io: Io, graph: string | undefined, flags: DoctorFlags): Promise<ExitCode> {
  const findings: Finding[] = [
    node(),
    sqlite(),
    await storeAt(io, flags.store),
    ...(isServer(flags.store) ? [] : [disk(flags.store)]),
    memory(),
    await sandbox(),
  ];
  if (graph !== undefined) findings.push(...(await endpoints(io, planOf(io, graph, flags.set), flags)));
  if (flags.json) io.out(JSON.stringify(findings, null, 2));
  else for (const line of tellFindings(io, findings)) io.out(line);
  return findings.some(({ verdict }) => verdict === "bad") ? 1 : 0;
}

function tellFindings(io: Io, findings: readonly Finding[]): string[] {
  const marks = { ok: io.paint.good("ok"), warn: io.paint.heavy("look"), bad: io.paint.bad("bad") };
  return table(
    findings.map(({ about, verdict, said, hint }) => [
      marks[verdict],
      about,
      hint === undefined || verdict === "ok" ? said : `${said.replace(/\.$/, "")}. ${hint}`,
    ]),
  );
}

function node(): Finding {
  return { about: "mezzo", verdict: "ok", said: `${VERSION} on Node ${process.versions.node}, ${process.platform}` };
}

function sqlite(): Finding {
  return { about: "sqlite", verdict: "ok", said: sqliteVersion() };
}

async function storeAt(io: Io, path: string): Promise<Finding> {
  const about = "store";
  if (isServer(path)) return serverAt(io, path);
  const { trouble, network } = placeOf(path);
  if (trouble instanceof MezzoError) return { about, verdict: "bad", said: trouble.message, hint: trouble.hint };
  if (trouble !== undefined) return { about, verdict: "bad", said: messageOf(trouble) };
  if (network !== undefined) return { about, verdict: "warn", ...networkWarning(path, network) };
  if (!existsSync(path)) return { about, verdict: "ok", said: `${path} is not there yet, and can be made` };
  try {
    const runs = await withStore(io, path, (store) => store.runs());
    return { about, verdict: "ok", said: `${path} can be written to; ${plural(runs.length, "run")}` };
  } catch (thrown) {
    if (!(thrown instanceof MezzoError)) throw thrown;
    return { about, verdict: "bad", said: thrown.message, hint: thrown.hint };
  }
}

async function serverAt(io: Io, address: string): Promise<Finding> {
  const about = "store";
  try {
    const runs = await withStore(io, address, (store) => store.runs());
    return { about, verdict: "ok", said: `${maskPassword(address)} answers; ${plural(runs.length, "run")}` };
  } catch (thrown) {
    if (!(thrown instanceof MezzoError)) throw thrown;
    const isEmpty = thrown.code === "no-store";
    if (isEmpty) return { about, verdict: "ok", said: `${maskPassword(address)} answers; it has no Mezzo store yet` };
    return { about, verdict: "bad", said: thrown.message, hint: thrown.hint };
  }
}

const LITTLE_DISK = 1e9;
const LITTLE_MEMORY = 5e8;

function disk(path: string): Finding {
  const { freeBytes } = placeOf(path);
  const little = freeBytes < LITTLE_DISK;
  const hint = "A run of 100,000 long traces takes some gigabytes; --keep outcomes needs less.";
  return { about: "disk", verdict: little ? "warn" : "ok", said: `${bytes(freeBytes)} free for the store`, hint };
}

function memory(): Finding {
  const bound = process.constrainedMemory();
  const total = bound > 0 && bound < totalmem() ? bound : totalmem();
  const free = Math.min(freemem(), total);
  const said = `${plural(availableParallelism(), "core")}, ${bytes(free)} of ${bytes(total)} memory free`;
  const hint = "Each worker takes about 110 MB, and samples under way their texts: --workers, --in-flight.";
  return { about: "machine", verdict: free < LITTLE_MEMORY ? "warn" : "ok", said, hint };
}

/** Opens one to see that it holds. */
async function sandbox(): Promise<Finding> {
  const [python, javascript] = [await findSandbox("python"), await findSandbox("javascript")];
  const scripts = "missing" in javascript ? "JavaScript in QuickJS" : `JavaScript in ${javascript.name}`;
  if ("missing" in python) {
    const hint = `Without a sandbox no program is run: problems whose answer is a Python program end undecided (${scripts}).`;
    return { about: "sandbox", verdict: "warn", said: python.missing, hint };
  }
  return { about: "sandbox", verdict: "ok", said: `holds: Python in ${python.name}, ${scripts}` };
}

/** Roles that share address, key and model are asked about once. */
async function endpoints(io: Io, plan: Plan, { ask }: DoctorFlags): Promise<Finding[]> {
  const findings: Finding[] = [];
  const groups = new Map<string, { roles: string[]; probe: () => Promise<Probe>; reply: () => Promise<Probe> }>();
  for (const [role, spec] of Object.entries(plan.models)) {
    if (spec.provider !== "openai") {
      findings.push({ about: role, verdict: "ok", said: `${spec.provider}: nobody to ask` });
      continue;
    }
    const key = JSON.stringify([spec.baseUrl, spec.apiKey, spec.model]);
    const options = { env: io.env };
    const group = groups.get(key) ?? {
      roles: [],
      probe: () => probeEndpoint(spec, options),
      reply: () => probeReply(spec, options),
    };
    groups.set(key, group);
    group.roles.push(role);
  }
  const asked = [...groups.values()].map(async ({ roles, probe, reply }): Promise<Finding[]> => {
    const about = roles.join(", ");
    const first = { about, ...(await probe()) };
    return ask === true && first.verdict !== "bad" ? [first, { about, ...(await reply()) }] : [first];
  });
  return [...findings, ...(await Promise.all(asked)).flat()];
}

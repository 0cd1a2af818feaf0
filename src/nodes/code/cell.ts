/**
 * A cell: one process (Python or Node) that can reach nothing. bubblewrap gives it namespaces of its own (no network, no process but
 * its own), a file system of a few libraries to read and a small tmpfs to write, and no environment. A filter of system
 * calls takes away what the namespaces leave: processes of its own, sockets, memory outside its limit, further
 * namespaces. One process with bounded memory is then all there is to stop, and killing bubblewrap stops it.
 *
 * Invariant: nothing runs unless all of this is there. `findSandbox` tries a cell before it says that there are any.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import type { Duplex, Readable } from "node:stream";
import { promisify } from "node:util";
import type { CodeLanguage } from "../../core/code-tests.ts";
import { messageOf } from "../../core/errors.ts";
import { type FilteredMachine, isFiltered, systemCallFilter } from "./system-calls.ts";

export interface Sandbox {
  readonly language: CodeLanguage;
  /** For people: "bubblewrap, Python 3.11.7". */
  readonly name: string;
  readonly machine: FilteredMachine;
  readonly interpreter: Interpreter;
}

/** A program that runs programs: where it lies, what it needs to see, how it is started. */
export interface Interpreter {
  readonly file: string;
  /** Folders of its own to read, beside the system's libraries. */
  readonly folders: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly options: readonly string[];
  /** The sources in a form that starts faster, once. */
  readonly prepare: (sources: readonly string[]) => Promise<readonly string[]>;
  /** A source that says "held" where all that is needed is there. */
  readonly trial: string;
}

export interface NoSandbox {
  /** What is missing, and what to do. */
  readonly missing: string;
}

export interface Cell {
  readonly stdin: Duplex;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Descriptor 3 of the process, both ways. */
  readonly channel: Duplex;
  /** Resolves when the process is gone, however it went. */
  readonly gone: Promise<void>;
  kill(): void;
}

export interface CellOptions {
  readonly source: string;
  /** The tests' cell stays, and may fork for each check; a program's ends with its check. */
  readonly role: "program" | "referee";
  /** Seconds of processor time, all threads together: the kernel ends a program that passes it. */
  readonly cpuSeconds?: number;
}

const TMPFS_BYTES = 32 * 1024 * 1024;
/** Memory that a process may write to, threads and all; the referee unpacks what a program gives. */
const MOST_DATA_KB = { program: 1024 * 1024, referee: 2 * 1024 * 1024 } as const;
const TRIAL_MS = 20_000;
const WHERE_PYTHON_IS =
  "import sys, os; print(os.path.realpath(sys.executable)); print(sys.base_prefix); print(sys.version.split()[0])";

/** Looks for bubblewrap and what runs the language, and opens a cell to see that it holds. */
export async function findSandbox(language: CodeLanguage = "python"): Promise<Sandbox | NoSandbox> {
  const { arch, platform } = process;
  if (platform !== "linux") return { missing: `bubblewrap is there on Linux only, and this is ${platform}` };
  if (!isFiltered(arch)) return { missing: `programs are run on x64 and arm64 only, and this is ${arch}` };
  const found = language === "python" ? await findPython() : { ...node(), version: process.versions.node };
  if (found === undefined) return { missing: "there is no python3 on the PATH: install Python 3" };
  const { version, ...interpreter } = found;
  const name = `bubblewrap, ${language === "python" ? "Python" : "Node"} ${version}`;
  const sandbox: Sandbox = { language, name, machine: arch, interpreter };
  const trouble = await tryOut(sandbox);
  return trouble === undefined ? sandbox : { missing: trouble };
}

async function findPython(): Promise<(Interpreter & { readonly version: string }) | undefined> {
  const run = promisify(execFile);
  const found = await run("python3", ["-I", "-c", WHERE_PYTHON_IS], { timeout: TRIAL_MS }).catch(() => undefined);
  if (found === undefined) return undefined;
  const [file = "", home = "", version = ""] = found.stdout.trim().split("\n");
  return {
    ...{ file, version, folders: [`${home}/lib`], options: ["-s", "-S", "-B", "-c"] },
    environment: { PYTHONHOME: home, PYTHONHASHSEED: "0", PYTHONUTF8: "1" },
    prepare: (sources) => compiled(file, sources),
    trial: "import ast, resource; print('held')",
  };
}

const COMPILE = [
  "import sys, marshal",
  'for text in sys.stdin.buffer.read().decode().split("\\0"): print(marshal.dumps(compile(text, "<cell>", "exec")).hex())',
].join("\n");

/** By the Python that runs them; compiling is a tenth of what a check costs. As they are where it won't. */
async function compiled(python: string, sources: readonly string[]): Promise<readonly string[]> {
  const running = promisify(execFile)(python, ["-I", "-S", "-c", COMPILE], { timeout: TRIAL_MS });
  running.child.stdin?.on("error", () => undefined); // It ended early, which the next line tells.
  running.child.stdin?.end(sources.join("\0"));
  const printed = await running.catch(() => undefined);
  const codes = printed?.stdout.trim().split("\n") ?? [];
  if (codes.length !== sources.length) return sources;
  return codes.map((code) => `exec(__import__("marshal").loads(bytes.fromhex("${code}")))`);
}

/** The Node that runs Mezzo. Its heap is bounded here, what lies outside of it by the limit of the process. */
function node(): Interpreter {
  const prepare = async (sources: readonly string[]) => sources;
  const options = ["--max-old-space-size=384", "--stack-size=3900", "--no-warnings", "-e"];
  return { file: process.execPath, folders: [], environment: {}, options, prepare, trial: "console.log('held')" };
}

async function tryOut(sandbox: Sandbox): Promise<string | undefined> {
  const run = promisify(execFile);
  const there = await run("bwrap", ["--version"], { timeout: TRIAL_MS }).catch(() => undefined);
  if (there === undefined) return "there is no bwrap on the PATH: install the package bubblewrap";
  let cell: Cell;
  try {
    cell = openCell(sandbox, { source: sandbox.interpreter.trial, role: "program" });
  } catch (thrown) {
    return `bwrap could not be started: ${messageOf(thrown)}`;
  }
  const limit = setTimeout(cell.kill, TRIAL_MS);
  let [said, complained] = ["", ""];
  cell.stdout.on("data", (piece) => (said += piece));
  cell.stderr.on("data", (piece) => (complained += piece));
  await cell.gone;
  clearTimeout(limit);
  if (said.trim() === "held") return undefined;
  const line = complained.trim().split("\n").at(-1) || "it ended without a word";
  return `bwrap is installed and can't open a sandbox here (${line.slice(0, 200)}): allow unprivileged user namespaces`;
}

export function openCell(sandbox: Sandbox, { source, role, cpuSeconds }: CellOptions): Cell {
  const { file, options } = sandbox.interpreter;
  const inside = [...wallsOf(sandbox.interpreter), file, ...options, source];
  // A shell sets the limits and becomes bubblewrap: they hold before anything of the program is there, and it can't lift them.
  const child = spawn("/bin/sh", ["-c", limitsFor(role, cpuSeconds), "bwrap", ...inside], {
    stdio: ["pipe", "pipe", "pipe", "pipe", "pipe"],
    detached: true,
  });
  const [stdin, stdout, stderr, channel, filter] = child.stdio as unknown as [Duplex, Duplex, Duplex, Duplex, Duplex];
  // A process that ends early breaks its pipes; what became of it is told by `gone`.
  for (const stream of [stdin, stdout, stderr, channel, filter]) stream.on("error", () => stream.destroy());
  const mayFork = role === "referee" && sandbox.language === "python";
  filter.end(systemCallFilter(sandbox.machine, mayFork));
  const gone = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", () => resolve());
  });
  return { stdin, stdout, stderr, channel, gone, kill: () => killGroup(child) };
}

function limitsFor(role: CellOptions["role"], cpuSeconds: number | undefined): string {
  const cpu = cpuSeconds === undefined ? "" : `ulimit -t ${cpuSeconds}; `;
  return `ulimit -c 0; ulimit -d ${MOST_DATA_KB[role]}; ${cpu}exec "$0" "$@"`;
}

/** bubblewrap and whatever it started: its first process in the namespace dies with it, and the kernel ends the rest. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL"); // It has no group of its own yet, or none any more.
  }
}

function wallsOf({ file, folders, environment }: Interpreter): string[] {
  const libraries = ["/lib", "/lib64", "/usr/lib", "/usr/lib64", ...folders];
  return [
    ...["--unshare-all", "--die-with-parent", "--new-session", "--clearenv"],
    ...["--uid", "65534", "--gid", "65534", "--hostname", "cell", "--cap-drop", "ALL"],
    ...libraries.flatMap((path) => ["--ro-bind-try", path, path]),
    ...["--ro-bind", file, file],
    ...["null", "zero", "urandom"].flatMap((name) => ["--dev-bind", `/dev/${name}`, `/dev/${name}`]),
    ...["--size", String(TMPFS_BYTES), "--tmpfs", "/tmp", "--remount-ro", "/", "--chdir", "/tmp"],
    ...Object.entries(environment).flatMap(([name, value]) => ["--setenv", name, value]),
    ...["--seccomp", "4", "--"],
  ];
}

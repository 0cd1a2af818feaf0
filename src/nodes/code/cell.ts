/**
 * A cell: one Python process that can reach nothing. bubblewrap gives it namespaces of its own (no network, no process but
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
  /** The package that a program's complaints say is not there. */
  missingIn(complaint: string): string | undefined;
  /** The interpreter, and where its library lies. */
  readonly python: string;
  readonly home: string;
  readonly version: string;
  readonly machine: FilteredMachine;
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
  /** The tests' cell stays and forks for each check; a program's may not. */
  readonly forks: boolean;
}

const TMPFS_BYTES = 32 * 1024 * 1024;
const TRIAL_MS = 20_000;
const WHERE_PYTHON_IS =
  "import sys, os; print(os.path.realpath(sys.executable)); print(sys.base_prefix); print(sys.version.split()[0])";

/** Looks for bubblewrap and Python, and opens a cell to see that it holds. */
export async function findSandbox(language: CodeLanguage = "python"): Promise<Sandbox | NoSandbox> {
  if (language !== "python") return { missing: "only Python programs are run" };
  const { arch, platform } = process;
  if (platform !== "linux") return { missing: `programs are run on Linux only (bubblewrap), and this is ${platform}` };
  if (!isFiltered(arch)) return { missing: `programs are run on x64 and arm64 only, and this is ${arch}` };
  const run = promisify(execFile);
  const found = await run("python3", ["-I", "-c", WHERE_PYTHON_IS], { timeout: TRIAL_MS }).catch(() => undefined);
  if (found === undefined) return { missing: "there is no python3 on the PATH: install Python 3" };
  const [python = "", home = "", version = ""] = found.stdout.trim().split("\n");
  const sandbox: Sandbox = {
    ...{ language, name: `bubblewrap, Python ${version}`, python, home, version, machine: arch },
    missingIn: (complaint) => /^ModuleNotFoundError: No module named '([\w.]+)'/m.exec(complaint)?.[1],
  };
  const trouble = await tryOut(sandbox);
  return trouble === undefined ? sandbox : { missing: trouble };
}

async function tryOut(sandbox: Sandbox): Promise<string | undefined> {
  const run = promisify(execFile);
  const there = await run("bwrap", ["--version"], { timeout: TRIAL_MS }).catch(() => undefined);
  if (there === undefined) return "there is no bwrap on the PATH: install the package bubblewrap";
  let cell: Cell;
  try {
    cell = openCell(sandbox, { source: "import json, ast, resource; print('held')", forks: false });
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

export function openCell(sandbox: Sandbox, { source, forks }: CellOptions): Cell {
  const child = spawn("bwrap", [...wallsOf(sandbox), sandbox.python, "-s", "-S", "-B", "-c", source], {
    stdio: ["pipe", "pipe", "pipe", "pipe", "pipe"],
    detached: true,
  });
  const [stdin, stdout, stderr, channel, filter] = child.stdio as unknown as [Duplex, Duplex, Duplex, Duplex, Duplex];
  // A process that ends early breaks its pipes; what became of it is told by `gone`.
  for (const stream of [stdin, stdout, stderr, channel, filter]) stream.on("error", () => stream.destroy());
  filter.end(systemCallFilter(sandbox.machine, forks));
  const gone = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", () => resolve());
  });
  return { stdin, stdout, stderr, channel, gone, kill: () => killGroup(child) };
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

function wallsOf({ python, home }: Sandbox): string[] {
  const libraries = ["/lib", "/lib64", "/usr/lib", "/usr/lib64", `${home}/lib`];
  return [
    ...["--unshare-all", "--die-with-parent", "--new-session", "--clearenv"],
    ...["--uid", "65534", "--gid", "65534", "--hostname", "cell", "--cap-drop", "ALL"],
    ...libraries.flatMap((path) => ["--ro-bind-try", path, path]),
    ...["--ro-bind", python, python],
    ...["null", "zero", "urandom"].flatMap((name) => ["--dev-bind", `/dev/${name}`, `/dev/${name}`]),
    ...["--size", String(TMPFS_BYTES), "--tmpfs", "/tmp", "--remount-ro", "/", "--chdir", "/tmp"],
    ...["--setenv", "PYTHONHOME", home, "--setenv", "PYTHONHASHSEED", "0", "--setenv", "PYTHONUTF8", "1"],
    ...["--seccomp", "4", "--"],
  ];
}

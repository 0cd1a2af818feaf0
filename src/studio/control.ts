/**
 * Starting, pausing and going on with runs. A run that is started here is a process of its own, the same command line as a
 * person would type: it lives on when the studio ends, and its work never blocks a page.
 *
 *   start ──▶ spawn `mezzo run ...` ──▶ the run is in the store, held by that process, its input read ──▶ answered 202
 *                                   └─▶ the process has ended with an error ────────────────────────▶ answered 422
 *   (answered)  and it ends with an error later ──▶ `trouble`, told to every page
 *
 * What the process says goes into a file that has no name any more: nothing is left behind, and a pipe would break when
 * the studio ends.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import { MezzoError } from "../core/errors.ts";
import { requireRun } from "../engine/run.ts";
import { pauseTogether } from "../engine/together.ts";
import { maskSecrets } from "../graph/secrets.ts";
import type { Store } from "../store/store.ts";
import { isServer } from "../store/where.ts";
import type { AgainRequest, PauseRun, ResumeRun, RetryRun, Started, StartRun } from "./api.ts";
import type { Files } from "./files.ts";
import { momentsOf, requireSample } from "./samples.ts";

export interface Trouble {
  readonly run: string | null;
  readonly message: string;
}

export interface ControlParts {
  readonly store: Store;
  readonly storePath: string;
  /** What the runs that are started from here are given: a server's password may be in it. */
  readonly env: () => Readonly<Record<string, string | undefined>>;
  readonly files: Files;
  readonly clock: Clock;
  /** The program and its first arguments. */
  readonly command: readonly [string, ...string[]];
  readonly onTrouble: (trouble: Trouble) => void;
}

const POLL_MS = 50;
/** Mistakes in a usual input are found in this time. A larger one is read on after the answer. */
const INPUT_MS = 4_000;
const PATIENCE_MS = 20_000;
const LAST_WORDS = 4_000;

export class Control {
  readonly #parts: ControlParts;

  constructor(parts: ControlParts) {
    this.#parts = parts;
  }

  async start(asked: StartRun): Promise<Started> {
    const { files, store } = this.#parts;
    const graph = files.nameOf(files.locate(asked.graph));
    if (files.versionOf(asked.graph) === undefined) throw new MezzoError("no-file", `There is no file ${asked.graph}.`);
    const input = files.nameOf(files.input(asked.input));
    if (asked.run !== undefined && (await store.findRun(asked.run)) !== undefined) {
      throw new MezzoError("run-exists", `There is already a run "${asked.run}" in this store.`);
    }
    const map = Object.entries(asked.map ?? {}).map(([field, column]) => `--map=${field}=${column}`);
    return this.#launch(
      ["run", ...this.#flags(asked), ...map, ...flag("run", asked.run), ...flag("limit", asked.limit)],
      [`--input=${input}`, "--", graph],
      asked.run,
    );
  }

  async resume(asked: ResumeRun): Promise<Started> {
    await this.#requireFree(asked.run);
    const { files } = this.#parts;
    if (asked.graph !== undefined && files.versionOf(asked.graph) === undefined)
      throw new MezzoError("no-file", `There is no file ${asked.graph}.`);
    const graph = asked.graph === undefined ? undefined : files.nameOf(files.locate(asked.graph));
    return this.#launch(["resume", ...this.#flags(asked), ...flag("graph", graph)], ["--", asked.run], asked.run);
  }

  /** Back to before a step of one sample. */
  async again({ run, sample, step: no }: AgainRequest): Promise<Started> {
    await this.#requireFree(run);
    const { store } = this.#parts;
    const moment = momentsOf(await requireSample(store, run, sample), await store.sampleEvents(run, sample))[no];
    if (moment === undefined) throw new MezzoError("no-sample", `Sample "${sample}" has no step ${no}.`);
    if (!moment.isCurrent) {
      const message = `Step ${no + 1} is no longer on the way that led to where the sample is.`;
      throw new MezzoError("no-step", message, { hint: "Choose one of its later steps." });
    }
    const { node, visit } = moment.step;
    const which = [`--sample=${sample}`, `--from=${node}:${visit}`];
    return this.#launch(["retry", ...this.#flags({}), ...which], ["--", run], run);
  }

  async retry({ run, outcomes = ["failed"] }: RetryRun): Promise<Started> {
    await this.#requireFree(run);
    return this.#launch(["retry", ...this.#flags({}), `--outcome=${outcomes.join(",")}`], ["--", run], run);
  }

  /** Like Ctrl-C where it was started: the first drains, the second aborts. A shared run drains wherever it is worked on. */
  async pause({ run }: PauseRun): Promise<Started> {
    const { store } = this.#parts;
    const record = await requireRun(store, run);
    if (store.sharing !== undefined) {
      await pauseTogether(store, record);
      return { run };
    }
    const { holder } = record;
    if (holder === undefined) throw new MezzoError("not-running", `Nobody works on run "${run}".`);
    if (holder.host !== hostname() || holder.pid === process.pid) {
      const message = `Run "${run}" is worked on by process ${holder.pid} on ${holder.host}; it can only be paused there.`;
      throw new MezzoError("run-elsewhere", message);
    }
    try {
      process.kill(holder.pid, "SIGINT");
    } catch (cause) {
      throw new MezzoError("not-running", `Process ${holder.pid} can't be reached.`, { cause });
    }
    return { run };
  }

  #flags({ inFlight, accepted, budgetUsd, ...more }: Partial<StartRun>): string[] {
    return [
      `--store=${this.#parts.storePath}`,
      ...flag("in-flight", inFlight),
      ...flag("workers", more.workers),
      ...flag("accepted", accepted),
      ...flag("budget-usd", budgetUsd),
    ];
  }

  async #requireFree(run: string): Promise<void> {
    const { holder } = await requireRun(this.#parts.store, run);
    if (holder !== undefined) {
      throw new MezzoError("run-held", `Run "${run}" is being worked on by process ${holder.pid} on ${holder.host}.`);
    }
  }

  async #launch(flags: readonly string[], rest: readonly string[], run: string | undefined): Promise<Started> {
    const { command, files, clock, onTrouble, storePath, env } = this.#parts;
    const words = openNameless();
    const [program, ...first] = command;
    const child = spawn(program, [...first, ...flags, ...rest], {
      cwd: files.project,
      detached: true,
      ...(isServer(storePath) ? { env: { ...env() } } : {}),
      stdio: ["ignore", "ignore", words],
    });
    let isAnswered = false;
    let name = run ?? null;
    const ended = endOf(child).then((code) => {
      const message = code === 0 ? undefined : lastWords(words, code);
      closeSync(words);
      // An interrupt is no error: somebody asked for it.
      if (isAnswered && message !== undefined && code !== 130) onTrouble({ run: name, message });
      return { message };
    });
    child.unref();
    const began = clock.elapsed();
    while (clock.elapsed() - began < PATIENCE_MS) {
      const found = await this.#heldBy(child.pid, run);
      if (found !== undefined && (clock.elapsed() - began > INPUT_MS || (await this.#isFilled(found)))) {
        [isAnswered, name] = [true, found];
        return { run: found };
      }
      const end = await Promise.race([ended, clock.sleep(POLL_MS)]);
      if (end === undefined) continue;
      if (end.message !== undefined) throw new MezzoError("not-started", end.message);
      return { run: run ?? (await this.#newest()) };
    }
    isAnswered = true;
    return { run: run ?? (await this.#newest()) };
  }

  async #heldBy(pid: number | undefined, run: string | undefined): Promise<string | undefined> {
    const runs = await this.#parts.store.runs();
    return runs.find((record) => record.holder?.pid === pid && (run === undefined || record.run === run))?.run;
  }

  async #isFilled(run: string): Promise<boolean> {
    return (await this.#parts.store.findRun(run)) !== undefined && (await this.#parts.store.view(run)).samples > 0;
  }

  async #newest(): Promise<string> {
    return (await this.#parts.store.runs()).at(-1)?.run ?? "";
  }
}

function flag(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`--${name}=${value}`];
}

function endOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.on("error", () => resolve(1));
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

function openNameless(): number {
  const folder = mkdtempSync(join(tmpdir(), "mezzo-studio-"));
  try {
    return openSync(join(folder, "said"), "w+");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The end of what a process has said, without its progress. */
function lastWords(file: number, code: number): string {
  const { size } = fstatSync(file);
  const buffer = Buffer.alloc(Math.min(size, LAST_WORDS));
  readSync(file, buffer, 0, buffer.length, size - buffer.length);
  const words = maskSecrets(buffer.toString("utf8")).trim();
  return words === "" ? `It ended with exit code ${code}.` : words;
}

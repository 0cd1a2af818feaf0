/** `mezzo store`: looks after the file that runs are kept in. */
import { existsSync, statSync } from "node:fs";
import { MezzoError } from "../../core/errors.ts";
import { requireRun } from "../../engine/run.ts";
import { isServer, readPlace } from "../../store/where.ts";
import type { ExitCode } from "../failure.ts";
import type { Io } from "../io.ts";
import { nextCommand } from "../next.ts";
import { bytes, plural } from "../words.ts";
import { withStore } from "./with-store.ts";

export interface StoreFlags {
  readonly store: string;
  readonly json?: boolean;
}

/** Reads all of it; exit code 1 if anything is wrong. */
export async function checkStore(io: Io, flags: StoreFlags): Promise<ExitCode> {
  return withStore(io, flags.store, async (store) => {
    const problems = await store.check();
    if (flags.json) io.out(JSON.stringify({ store: flags.store, problems }));
    else for (const problem of problems) io.out(problem);
    if (problems.length === 0) {
      io.say(
        `${io.paint.good("ok")}  ${flags.store}: ${isServer(flags.store) ? "" : "pages, "}texts, counters and outcomes are as they should be`,
      );
      return 0 as const;
    }
    io.say(`${io.paint.bad("damaged")}  ${flags.store}: ${plural(problems.length, "problem")}`);
    io.say(
      "  Keep the file, put a backup in its place or begin a new one (--store), and export what can still be read.",
    );
    return 1 as const;
  });
}

export async function compactStore(io: Io, flags: StoreFlags): Promise<ExitCode> {
  return withStore(io, flags.store, async (store) => {
    const { bytesBefore, bytesAfter } = await store.compact();
    if (flags.json) io.out(JSON.stringify({ store: flags.store, bytesBefore, bytesAfter }));
    io.say(`${flags.store}: ${bytes(bytesBefore)} before, ${bytes(bytesAfter)} now`);
    return 0 as const;
  });
}

export async function deleteRun(io: Io, run: string, flags: StoreFlags & { yes?: boolean }): Promise<ExitCode> {
  return withStore(io, flags.store, async (store) => {
    await requireRun(store, run);
    const { samples, calls } = await store.view(run);
    const what = `run ${run}: ${plural(samples, "sample")}, ${plural(calls, "call")}`;
    if (flags.yes !== true) {
      const hint = `Export what you want to keep, then: ${nextCommand(io, `store delete ${run} --yes`, flags.store)}`;
      throw new MezzoError("not-sure", `This deletes ${what}, for good`, { hint, exitCode: 2 });
    }
    await store.deleteRun(run);
    if (flags.json) io.out(JSON.stringify({ store: flags.store, deleted: run, samples, calls }));
    io.say(`deleted ${what}. ${isServer(flags.store) ? "The tables keep their" : "The file keeps its"} size.`);
    io.say(`next: ${nextCommand(io, "store compact", flags.store)}  gives the room back`);
    return 0 as const;
  });
}

/** Everything of one store into a new or empty one, somewhere else; runs that are not at their end go on there. */
export async function copyStoreTo(io: Io, from: string, to: string, flags: { json?: boolean }): Promise<ExitCode> {
  const [source, target] = [readPlace(from, io.env), readPlace(to, io.env)];
  if (source.kind === "file" && !existsSync(source.path)) {
    throw new MezzoError("no-store", `There are no runs here: ${source.path} does not exist`, { exitCode: 2 });
  }
  const { runs } = await withStore(io, from, async (store) => ({ runs: await store.runs() }));
  for (const { run, holder } of runs) {
    if (holder === undefined) continue;
    io.say(
      `run ${run} is being worked on by process ${holder.pid} on ${holder.host}: what it does from now on is not copied`,
    );
  }
  const { copyStore } = await import("../../store/copy/copy.ts");
  const { rows, hash } = await copyStore(source, target, (table, count) => {
    if (count > 0) io.say(io.paint.faint(`  ${table}: ${plural(count, "row")}, compared`));
  });
  if (flags.json) io.out(JSON.stringify({ from: source.shown, to: target.shown, runs: runs.length, rows, hash }));
  io.say(
    `copied ${source.shown} to ${target.shown}: ${plural(runs.length, "run")}, ${plural(rows, "row")}, all as they were.`,
  );
  io.say(`next: ${nextCommand(io, "status", target.shown)}`);
  return 0;
}

export async function backupStore(io: Io, to: string, flags: StoreFlags): Promise<ExitCode> {
  if (existsSync(to)) {
    const hint = "Backups are never written over one another; name a new file.";
    throw new MezzoError("file-exists", `${to} is there already`, { hint, exitCode: 2 });
  }
  return withStore(io, flags.store, async (store) => {
    await store.backup(to);
    const size = statSync(to).size;
    if (flags.json) io.out(JSON.stringify({ store: flags.store, backup: to, bytes: size }));
    io.say(`backed up ${flags.store} to ${to}, ${bytes(size)}. It is a whole store: --store ${to} opens it.`);
    return 0 as const;
  });
}

/**
 * Is the process that holds a run still there? On this host we can see it: the pid answers, it is no zombie, and it was
 * born when the holder was (pids are used again). Of another host we know nothing and take it for alive.
 */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import type { Holder } from "./store.ts";

/** When a process started, in clock ticks since boot; undefined where there is no /proc, or no such process. */
export function birthOf(pid: number): string | undefined {
  return statOf(pid)?.birth;
}

export function isAlive(holder: Holder, birth: string | undefined): boolean {
  if (holder.host !== hostname()) return true;
  if (!answers(holder.pid)) return false;
  const stat = statOf(holder.pid);
  if (!stat) return true;
  return stat.state !== "Z" && stat.state !== "X" && (birth === undefined || birth === stat.birth);
}

function answers(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function statOf(pid: number): { readonly state: string; readonly birth: string } | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return undefined;
  }
  // The second field is the program's name in brackets and may hold anything; what follows are plain words.
  const words = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { state: words[0] ?? "", birth: words[19] ?? "" };
}

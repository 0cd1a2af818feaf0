/** What this process has started and that still runs, however deep: sandboxes are told by their first word. */
import { execFileSync } from "node:child_process";

export function processesOfMine(): string[] {
  const rows = execFileSync("ps", ["-A", "-o", "pid=,ppid=,stat=,comm="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/) as [string, string, string, string]);
  const mine = new Set([String(process.pid)]);
  for (let grew = true; grew; ) {
    const before = mine.size;
    for (const [pid, parent] of rows) if (mine.has(parent)) mine.add(pid);
    grew = mine.size > before;
  }
  const own = String(process.pid);
  return rows
    .filter(([pid, , stat, name]) => pid !== own && mine.has(pid) && !stat.startsWith("Z") && name !== "ps")
    .map(([, , , name]) => name)
    .filter((name) => /bwrap|python|^sh$|node/.test(name));
}

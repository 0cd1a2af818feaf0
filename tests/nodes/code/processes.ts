/** What this process has started and that still runs, however deep: sandboxes are told by their names. */
import { execFileSync } from "node:child_process";

interface Row {
  readonly pid: number;
  readonly parent: number;
  readonly stat: string;
  readonly name: string;
}

function rowsNow(): Row[] {
  const text = execFileSync("ps", ["-A", "-o", "pid=,ppid=,stat=,comm="], { encoding: "utf8" });
  return text
    .trim()
    .split("\n")
    .map((line) => {
      const [pid, parent, stat = "", name = ""] = line.trim().split(/\s+/);
      return { pid: Number(pid), parent: Number(parent), stat, name };
    });
}

function mineOf(rows: readonly Row[]): Row[] {
  const mine = new Set([process.pid]);
  for (let before = 0; before < mine.size; ) {
    before = mine.size;
    for (const { pid, parent } of rows) if (mine.has(parent)) mine.add(pid);
  }
  return rows.filter(({ pid, stat }) => pid !== process.pid && mine.has(pid) && !stat.startsWith("Z"));
}

export function processesOfMine(): string[] {
  return mineOf(rowsNow())
    .map(({ name }) => name)
    .filter((name) => /^(?:bwrap|python|sh$|node)/.test(name));
}

/** Process ids of the cells under this process, as long as they run. */
export function cellsNow(): number[] {
  const rows = rowsNow();
  const known = new Set(mineOf(rows).map(({ pid }) => pid));
  for (const pid of seen) known.add(pid);
  const cells = rows.filter(
    ({ pid, stat, name }) => known.has(pid) && !stat.startsWith("Z") && /^(?:bwrap|python)/.test(name),
  );
  for (const { pid } of cells) seen.add(pid);
  return cells.map(({ pid }) => pid);
}

/** Whoever was a cell once: an orphan is nobody's child any more. */
const seen = new Set<number>();

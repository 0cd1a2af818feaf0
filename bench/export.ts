/**
 * 100,000 samples to Parquet and to JSON Lines: seconds, and the most memory on the way.
 * Run: node bench/export.ts [samples]
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportRows } from "../src/data/export.ts";
import type { FinishedSample } from "../src/data/finished.ts";

const SAMPLES = Number(process.argv[2] ?? 100_000);
const SENTENCE =
  "We multiply both sides by the same number and carry the remainder over to the next column of the sum. ";

const samples: AsyncIterable<FinishedSample> = {
  async *[Symbol.asyncIterator]() {
    for (let n = 0; n < SAMPLES; n++) {
      const trace = `${Array.from({ length: 20 }, (_, step) => `Step ${step + 1}: ${n * step} and ${SENTENCE}`).join("\n\n")}\n\nThe answer is \\boxed{${n}}.`;
      yield {
        ...{ id: `s${n}`, outcome: "accepted", reason: "rated medium", source: { n }, run: "r", plan: "f00d" },
        ...{ state: { problem: `What is ${n}?`, trace, answer: String(n) }, steps: [], ratings: [], attempts: [] },
        ...{ models: [], tokens: { before: 900, after: 600 } },
      };
    }
  },
};

const folder = mkdtempSync(join(tmpdir(), "mezzo-export-"));
let most = 0;
const watch = setInterval(() => {
  most = Math.max(most, process.memoryUsage().rss);
}, 100);
try {
  for (const file of ["rows.parquet", "rows.jsonl"]) {
    most = 0;
    const began = performance.now();
    const out = join(folder, file);
    const { written } = await exportRows(samples, { format: "messages", out });
    const seconds = Number(((performance.now() - began) / 1000).toFixed(1));
    const megabytes = Math.round(statSync(out).size / 1e6);
    console.log(JSON.stringify({ file, written, seconds, megabytes, mostMemoryMb: Math.round(most / 1e6) }));
    console.log(
      `${file}: ${written} rows in ${seconds} s, ${megabytes} MB on disk, ${Math.round(most / 1e6)} MB of memory at most`,
    );
  }
} finally {
  clearInterval(watch);
  rmSync(folder, { recursive: true });
}

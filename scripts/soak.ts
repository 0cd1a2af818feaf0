/**
 * The long kill test: 100 kills of a run of 500 samples. Takes some minutes; prints one line of figures.
 *
 *   npm run soak
 *   npm run soak -- --kills 20 --samples 200 --seed 5      another size, or the draws of an earlier one
 *   npm run soak -- --cluster                              4 workers on one PostgreSQL, which is restarted too: 40 disturbances
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const count = { type: "string" } as const;
const { values } = parseArgs({
  options: { kills: count, samples: count, seed: count, cluster: { type: "boolean", default: false } },
});
const { cluster, ...form } = values;
const env: Record<string, string | undefined> = { ...process.env, MEZZO_SOAK: "long" };
for (const [name, value] of Object.entries(form)) env[`MEZZO_SOAK_${name.toUpperCase()}`] = value;
const root = fileURLToPath(new URL("..", import.meta.url));
const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));
const file = cluster ? "tests/engine/cluster.test.ts" : "tests/engine/soak.test.ts";
const args = [vitest, "run", file, "--disable-console-intercept"];
const { status } = spawnSync(process.execPath, args, { cwd: root, env, stdio: "inherit" });
process.exitCode = status ?? 1;

/** The places where JavaScript is run, as far as this machine has them. */
import { type CodeRunner, createCodeRunner, findSandbox, type RunnerOptions } from "../../../src/nodes/code/index.ts";

const inCells = !("missing" in (await findSandbox("javascript")));
if (!inCells)
  console.warn("\n!!! SKIPPED: no bubblewrap here; whether JavaScript is contained in Node is not known.\n");

export const JAVASCRIPT: readonly (readonly [name: string, open: (options?: RunnerOptions) => CodeRunner])[] = [
  ...(inCells ? ([["Node in bubblewrap", (options = {}) => createCodeRunner(options)]] as const) : []),
  ["QuickJS", (options = {}) => createCodeRunner({ ...options, sandbox: async () => ({ missing: "none" }) })],
];

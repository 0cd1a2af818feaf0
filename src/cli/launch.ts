#!/usr/bin/env node
/**
 * The program's first file. Nothing is imported before the check: on a Node that can't run Mezzo, whatever came after
 * would fail with an error that says nothing.
 */
const NEEDED = 24;

/**
 * Left to itself V8 lets a heap grow to four times what lived at its last great collection: most of a worker's memory would
 * be garbage that nobody has looked for. So costs a few per cent of CPU (bench/million.ts, bench/engine.ts). And this
 * thread, which only reads rows and hands them out, keeps the room for new objects that it began with; workers are given
 * theirs (engine/threads.ts).
 */
const FRUGAL = ["--heap-growing-percent=50", "--semi-space-growth-factor=1", "--min-semi-space-size=8"];

const major = Number(process.versions.node.split(".")[0]);

if (major < NEEDED) {
  process.stderr.write(
    `mezzo needs Node ${NEEDED} or later; this is Node ${process.versions.node}.\n` +
      `  Install it, or put it beside your project: npm install --save-dev node@${NEEDED}, then npx mezzo ...\n`,
  );
  process.exitCode = 2;
} else {
  const [{ enableCompileCache }, { setFlagsFromString }] = await Promise.all([
    import("node:module"),
    import("node:v8"),
  ]);
  // Before anything is compiled: code that was cached under other flags is compiled anew.
  for (const flag of FRUGAL) setFlagsFromString(flag);
  enableCompileCache();
  const [{ main }, { systemIo }] = await Promise.all([import("./main.ts"), import("./io.ts")]);
  // A reader that goes away (`mezzo inspect R | head`) ends the output, not with an error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  process.exitCode = await main(process.argv.slice(2), systemIo());
}

#!/usr/bin/env node
/**
 * The program's first file. Nothing is imported before the check: on a Node that can't run Mezzo, whatever came after
 * would fail with an error that says nothing.
 */
const NEEDED = 24;
const major = Number(process.versions.node.split(".")[0]);

if (major < NEEDED) {
  process.stderr.write(
    `mezzo needs Node ${NEEDED} or later; this is Node ${process.versions.node}.\n` +
      `  Install it, or put it beside your project: npm install --save-dev node@${NEEDED}, then npx mezzo ...\n`,
  );
  process.exitCode = 2;
} else {
  const { enableCompileCache } = await import("node:module");
  enableCompileCache();
  const [{ main }, { systemIo }] = await Promise.all([import("./main.ts"), import("./io.ts")]);
  // A reader that goes away (`mezzo inspect R | head`) ends the output, not with an error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  process.exitCode = await main(process.argv.slice(2), systemIo());
}

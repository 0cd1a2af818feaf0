/** Runs the built program's command line and says on standard error which of dist's source files it has loaded. */
import { existsSync, readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

const loaded = new Set<string>();
registerHooks({
  load: (url, context, next) => {
    if (url.startsWith("file:")) loaded.add(fileURLToPath(url));
    return next(url, context);
  },
});
const [, , program = "", ...args] = process.argv;
process.argv = [process.execPath, program, ...args];
process.on("exit", () => {
  const maps = [...loaded].map((file) => `${file}.map`).filter((file) => existsSync(file));
  const sources = maps.flatMap((file) => (JSON.parse(readFileSync(file, "utf8")) as { sources: string[] }).sources);
  process.stderr.write(`\nloaded ${JSON.stringify([...sources, ...loaded])}\n`);
});
await import(pathToFileURL(program).href);

/**
 * Builds dist/: one bundle a thread, flat, with source maps. Bundled because loading LangGraph and the OpenAI client
 * file by file takes over a second and 200 MB in every worker (docs/performance.md). Native modules stay outside.
 */
import { chmodSync, readFileSync, rmSync } from "node:fs";
import { build } from "esbuild";

const root = new URL("..", import.meta.url);
const { version } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as { version: string };
const path = (name: string) => new URL(name, root).pathname;

rmSync(path("dist"), { recursive: true, force: true });
await build({
  entryPoints: {
    launch: path("src/cli/launch.ts"),
    worker: path("src/engine/worker.ts"),
    "symbolic-worker": path("src/nodes/answers/symbolic-worker.ts"),
    index: path("src/index.ts"),
  },
  outdir: path("dist"),
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node24",
  chunkNames: "chunk-[hash]",
  sourcemap: true,
  sourcesContent: false,
  external: ["better-sqlite3"],
  define: { MEZZO_VERSION: JSON.stringify(version) },
  // Bundled CommonJS modules call require; an ES module has none of its own.
  banner: {
    js: 'import { createRequire as mezzoRequire } from "node:module"; const require = mezzoRequire(import.meta.url);',
  },
  logLevel: "warning",
});
chmodSync(path("dist/launch.js"), 0o755);

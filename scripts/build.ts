/**
 * Builds dist/: one bundle a thread, flat, with source maps. Bundled because loading LangGraph and the OpenAI client
 * file by file takes over a second and 200 MB in every worker. Left outside: better-sqlite3 (native), gpt-tokenizer
 * (loaded only where a token count is asked for) and zod's types; they are the package's only dependencies.
 */
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { buildPage } from "./build-page.ts";
import { bundledLicences } from "./licences.ts";

const root = new URL("..", import.meta.url);
const { version } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as { version: string };
const path = (name: string) => fileURLToPath(new URL(name, root));

const { metafile, outputFiles } = await build({
  absWorkingDir: path("."),
  entryPoints: {
    launch: path("src/cli/launch.ts"),
    worker: path("src/engine/worker.ts"),
    "quickjs-worker": path("src/nodes/code/quickjs-worker.ts"),
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
  metafile: true,
  write: false, // A mistake in the source leaves the last good build where it is.
  external: ["better-sqlite3", "pg-native"],
  define: { MEZZO_VERSION: JSON.stringify(version) },
  // Bundled CommonJS modules call require; an ES module has none of its own.
  banner: {
    js: 'import { createRequire as mezzoRequire } from "node:module"; const require = mezzoRequire(import.meta.url);',
  },
  logLevel: "warning",
});
mkdirSync(path("dist"), { recursive: true });
for (const name of readdirSync(path("dist"))) {
  // The page has its own way of knowing whether it is out of date.
  if (!name.startsWith("studio")) rmSync(path(`dist/${name}`), { recursive: true, force: true });
}
for (const file of outputFiles) writeFileSync(file.path, file.contents);
copyFileSync(
  createRequire(import.meta.url).resolve("@jitl/quickjs-wasmfile-release-sync/wasm"),
  path("dist/quickjs.wasm"),
);
chmodSync(path("dist/launch.js"), 0o755);
const inputs = [...Object.keys(metafile.inputs), ...(await buildPage())];
writeFileSync(path("dist/THIRD_PARTY_LICENSES.txt"), bundledLicences(path("."), inputs));

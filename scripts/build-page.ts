/**
 * Builds the studio's page (src/studio/app) into dist/studio: static files that the studio's server hands out.
 *
 * The bundler takes seconds where the rest of the build takes a tenth, and most builds (each `npm test` makes one) have
 * an unchanged page. So dist/studio.json keeps a fingerprint of everything that the page is made of; where it is the
 * same, the page stays as it is. It also keeps which packages are inside, for their licences.
 */
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const page = `${root}src/studio/app`;
const out = `${root}dist/studio`;
const record = `${root}dist/studio.json`;

interface PageRecord {
  readonly fingerprint: string;
  /** Files of packages that are in the bundle, relative to the root. */
  readonly inputs: readonly string[];
}

/** Builds the page if anything in it changed. Resolves with the bundled files, for `bundledLicences`. */
export async function buildPage(): Promise<readonly string[]> {
  const fingerprint = fingerprintOf();
  const last = existsSync(record) ? (JSON.parse(readFileSync(record, "utf8")) as PageRecord) : undefined;
  if (last?.fingerprint === fingerprint && existsSync(`${out}/index.html`)) return last.inputs;
  const inputs = await bundle();
  writeFileSync(record, JSON.stringify({ fingerprint, inputs } satisfies PageRecord));
  return inputs;
}

/** Our own sources that the page may import, and the lock file, which names the exact content of every package. */
function fingerprintOf(): string {
  const hash = createHash("sha256");
  const files = globSync(["src/studio/app/**/*.*", "src/studio/api*.ts", "src/core/*.ts"], { cwd: root });
  for (const file of [...files.sort(), "package-lock.json", "scripts/build-page.ts"]) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(`${root}${file}`))
      .update("\0");
  }
  return hash.digest("hex");
}

/** KaTeX offers each of its fonts three times; every browser that knows the rest of the page takes the first. */
const onlyWoff2 = {
  name: "only-woff2",
  enforce: "pre" as const,
  transform(code: string, id: string) {
    if (!id.includes("katex") || !/\.css($|\?)/.test(id)) return undefined;
    return code.replace(/,\s*url\([^)]*\)\s*format\("?(?:woff|truetype)"?\)/g, "");
  },
};

async function bundle(): Promise<string[]> {
  const { build } = await import("vite");
  // The page is bundled as it is shipped, also by the tests: their NODE_ENV would bring in React's development half.
  const { NODE_ENV } = process.env;
  process.env.NODE_ENV = "production";
  const fresh = `${out}.part`;
  rmSync(fresh, { recursive: true, force: true });
  const built = await build({
    root: page,
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    plugins: [onlyWoff2],
    build: {
      outDir: fresh,
      emptyOutDir: true,
      target: "es2023",
      assetsInlineLimit: 0, // A strict content security policy allows no `data:` fonts or pictures.
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 1_200,
      rolldownOptions: {
        output: { comments: { legal: false } }, // Licences stand in THIRD_PARTY_LICENSES.txt.
        checks: { moduleLevelDirective: false, pluginTimings: false, bundlerTimings: false }, // "use client" means nothing here.
      },
    },
  });
  if (NODE_ENV === undefined) delete process.env.NODE_ENV;
  else process.env.NODE_ENV = NODE_ENV;
  mkdirSync(`${root}dist`, { recursive: true });
  rmSync(out, { recursive: true, force: true });
  renameSync(fresh, out);
  const outputs = [built].flat().flatMap((result) => ("output" in result ? result.output : []));
  const modules = outputs.flatMap((piece) => (piece.type === "chunk" ? piece.moduleIds : []));
  return [...new Set(modules.map((id) => relative(root, id.replace(/^\0/, "").split("?")[0]!)))]
    .filter((id) => id.includes("node_modules/"))
    .sort();
}

/** The licences of the packages that a bundle contains: whoever passes the bundle on must pass them on too. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const LICENCE_FILE = /^(licen[cs]e|copying|notice)(\b|[-._])/i;

/** `inputs` are the bundle's source files, relative to `root`. Throws where a package states no licence at all. */
export function bundledLicences(root: string, inputs: readonly string[]): string {
  const folders = new Set(inputs.map(packageFolder).filter((folder) => folder !== undefined));
  const notices = [...folders].sort().map((folder) => noticeOf(join(root, folder)));
  const heading = "Mezzo's program files contain code of these packages, each under its own licence.\n";
  return `${[heading, ...new Set(notices)].join(`\n${"-".repeat(80)}\n\n`)}\n`;
}

/** `node_modules/a/node_modules/@b/c/dist/d.js` -> `node_modules/a/node_modules/@b/c`; undefined for our own files. */
function packageFolder(file: string): string | undefined {
  return /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];
}

function noticeOf(folder: string): string {
  const { name, version, license, homepage, repository } = JSON.parse(
    readFileSync(join(folder, "package.json"), "utf8"),
  ) as Readonly<Record<string, unknown>>;
  const texts = readdirSync(folder)
    .filter((file) => LICENCE_FILE.test(file))
    .sort()
    .map((file) => readFileSync(join(folder, file), "utf8").trim());
  if (texts.length === 0 && typeof license !== "string") throw new Error(`${name} ${version} states no licence`);
  const source =
    homepage ?? (typeof repository === "string" ? repository : (repository as { url?: string })?.url) ?? "";
  return [`${name} ${version} (${license ?? "licence below"})\n${source}`, ...texts].join("\n\n").trim();
}

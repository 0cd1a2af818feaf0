/**
 * A folder that is there whole or not at all, and nobody's work lost under it.
 *
 *   nothing at F               F.part is filled ─▶ manifest.json last ─▶ F.part is renamed F
 *   F is an earlier hand-off,  the same; then F ─▶ F.part-<inode>, F.part ─▶ F, and the earlier one is removed
 *   every file as it was
 *   anything else at F         refused: a trained student, an edited config, somebody's own files
 *
 * "As it was" is read off the manifest, which has every file's hash. A kill leaves F as it was, or (between the two renames)
 * under its other name. F.part is marked as ours from its first moment: one that a kill left is taken away by the next
 * export, and one without the mark is somebody's, and stays. Two exports at once: the one whose F.part was replaced stops.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { MezzoError, messageOf } from "../../core/errors.ts";

export const MANIFEST = "manifest.json";
const MARK = ".unfinished-export";

/** Fills a new folder by `fill`, which returns the manifest's content, and puts it at `out`. Throws MezzoError where it can't. */
export async function writeFolder(
  target: string,
  fill: (part: string) => Promise<Readonly<Record<string, unknown>>>,
): Promise<Readonly<Record<string, unknown>>> {
  const out = resolve(target); // A slash at the end would put F.part into F.
  await refuseToOverwrite(out);
  const part = `${out}.part`;
  if ((await isThere(part)) && !(await isThere(join(part, MARK)))) throw taken(part, "no export made it");
  let ours: number | undefined;
  const isOurs = async () => ours !== undefined && (await stat(part).catch(() => undefined))?.ino === ours;
  try {
    await rm(part, { recursive: true, force: true });
    await mkdir(dirname(part), { recursive: true });
    await mkdir(part);
    await writeFile(join(part, MARK), "");
    ours = (await stat(part)).ino;
    const content = await fill(part);
    await rm(join(part, MARK), { force: true });
    const manifest = { ...content, contents: await hashesIn(part) };
    await writeFile(join(part, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { flush: true });
    if (!(await isOurs())) throw raced(part);
    await refuseToOverwrite(out);
    const earlier = `${part}-${ours}`;
    const isReplaced = await isThere(out);
    if (isReplaced) await rename(out, earlier);
    await rename(part, out);
    ours = undefined; // It is at its place, and no longer here to be lost.
    if (isReplaced) await rm(earlier, { recursive: true, force: true });
    return manifest;
  } catch (cause) {
    const wasOurs = await isOurs();
    if (wasOurs) await rm(part, { recursive: true, force: true });
    if (cause instanceof MezzoError) throw cause;
    if (ours !== undefined && !wasOurs) throw raced(part);
    const { code, syscall } = cause as NodeJS.ErrnoException;
    if (code === undefined || syscall === undefined) throw cause;
    throw new MezzoError("export-refused", `${out} can't be written: ${messageOf(cause)}`, { cause });
  }
}

/** A text of the folder; scripts can be started. */
export async function putFile(folder: string, name: string, text: string): Promise<void> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text, { flush: true });
  if (name.endsWith(".sh")) await chmod(path, 0o755);
}

async function refuseToOverwrite(out: string): Promise<void> {
  const there = await stat(out).catch(() => undefined);
  if (there === undefined) return;
  if (!there.isDirectory()) throw taken(out, "it is a file, and a hand-off is a folder");
  const found = (await hashesIn(out).catch(() => undefined)) ?? {};
  const names = Object.keys(found);
  if (names.length === 0) return;
  const known = await readContents(out);
  if (known === undefined) throw taken(out, `it holds other files (${firstOf(names)})`);
  const foreign = names.filter((name) => name !== MANIFEST && known[name] === undefined);
  if (foreign.length > 0) throw taken(out, `it holds more than the export that made it wrote (${firstOf(foreign)})`);
  const edited = names.filter((name) => name !== MANIFEST && known[name] !== found[name]);
  if (edited.length > 0) throw taken(out, `files in it were changed since (${firstOf(edited)})`);
}

function taken(out: string, why: string): MezzoError {
  return new MezzoError("handoff-taken", `${out} is not written over: ${why}`, {
    hint: "Name another --out, or move that away.",
    exitCode: 2,
  });
}

function raced(part: string): MezzoError {
  return new MezzoError("export-raced", `another export is writing ${part}`, {
    hint: "Wait for it, or choose another --out.",
  });
}

function firstOf(names: readonly string[]): string {
  return names.length > 3 ? `${names.slice(0, 3).join(", ")}, ...` : names.join(", ");
}

async function readContents(out: string): Promise<Readonly<Record<string, string>> | undefined> {
  try {
    const { contents } = JSON.parse(await readFile(join(out, MANIFEST), "utf8")) as {
      contents?: Record<string, string>;
    };
    return typeof contents === "object" && contents !== null ? contents : undefined;
  } catch {
    return undefined; // No manifest, or none of ours: then the folder is somebody else's.
  }
}

/** Every file under a folder by its name there, with its SHA-256 in hex. */
async function hashesIn(folder: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const hashes: [string, string][] = [];
  for (const entry of entries) {
    if (entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length + 1).replaceAll("\\", "/");
    hashes.push([name, entry.isFile() ? await sha256Of(path) : "not a file"]);
  }
  return Object.fromEntries(hashes.sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

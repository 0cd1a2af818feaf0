/** `mezzo fmt`: graph files tidied in place; with `--check`, whether they are. */
import { readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { MezzoError, messageOf } from "../../core/errors.ts";
import { formatYaml } from "../../graph/format.ts";
import { YamlFile } from "../../graph/load.ts";
import { maskSecrets } from "../../graph/secrets.ts";
import { type ExitCode, showDiagnostics } from "../failure.ts";
import type { Io } from "../io.ts";
import { plural } from "../words.ts";

export function fmt(io: Io, files: readonly string[], flags: { check?: boolean }): ExitCode {
  let [changed, broken] = [0, 0];
  for (const file of files) {
    const text = read(file);
    const { diagnostics } = new YamlFile(file, text);
    if (diagnostics.length > 0) {
      showDiagnostics(io, diagnostics, new Map([[file, maskSecrets(text)]]));
      broken += 1;
      continue;
    }
    const formatted = formatYaml(text);
    if (formatted === text) continue;
    changed += 1;
    if (flags.check !== true) write(file, formatted);
    io.out(file);
  }
  if (changed === 0 && broken === 0)
    io.say(`${plural(files.length, "file")} ${files.length === 1 ? "is" : "are"} tidy`);
  else if (flags.check && changed > 0) io.say(`${plural(changed, "file")} to tidy: \`mezzo fmt\` does it`);
  return broken > 0 || (flags.check === true && changed > 0) ? 1 : 0;
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new MezzoError("unreadable-graph", `${file} can't be read: ${messageOf(cause)}`, { cause, exitCode: 2 });
  }
}

/** Never half written: a whole file takes the old one's place, and a link goes on leading to it. */
function write(file: string, text: string): void {
  const path = realpathSync(file);
  const part = `${path}.part`;
  try {
    writeFileSync(part, text, { mode: statSync(path).mode });
    renameSync(part, path);
  } catch (cause) {
    rmSync(part, { force: true });
    throw new MezzoError("unwritable-graph", `${file} can't be written: ${messageOf(cause)}`, { cause, exitCode: 2 });
  }
}

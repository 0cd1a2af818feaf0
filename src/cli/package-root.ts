/** Where Mezzo's own graphs, prompts and samples lie: beside its package.json, in the repository and when installed. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error("Internal error: Mezzo's package.json is not where it was installed");
    folder = parent;
  }
  return folder;
}

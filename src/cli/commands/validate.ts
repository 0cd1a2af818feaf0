/** `mezzo validate`: every mistake in graphs and their prompts, at once. */
import { sortDiagnostics } from "../../core/diagnostic-text.ts";
import type { Diagnostic } from "../../core/errors.ts";
import { openGraph } from "../../graph/open.ts";
import type { ExitCode } from "../failure.ts";
import { showDiagnostics } from "../failure.ts";
import type { Io } from "../io.ts";
import { plural } from "../words.ts";

export function validate(
  io: Io,
  graphs: readonly string[],
  flags: { set: readonly string[]; json?: boolean },
): ExitCode {
  const all: Diagnostic[] = [];
  const texts = new Map<string, string>();
  for (const graph of graphs) {
    const opened = openGraph(graph, { env: io.env, set: flags.set });
    all.push(...opened.diagnostics);
    for (const [file, text] of opened.texts) texts.set(file, text);
    if (opened.plan !== undefined && flags.json !== true) {
      const { nodes, models, prompts, fingerprint } = opened.plan;
      const parts = [plural(Object.keys(nodes).length, "node"), plural(Object.keys(models).length, "model")];
      parts.push(plural(Object.keys(prompts).length, "prompt"));
      io.say(
        `${io.paint.good("ok")}  ${graph}  ${io.paint.faint(`${parts.join(", ")}; plan ${fingerprint.slice(0, 12)}`)}`,
      );
    }
  }
  if (flags.json) io.out(JSON.stringify({ diagnostics: sortDiagnostics(all) }, null, 2));
  else showDiagnostics(io, all, texts);
  return all.some((diagnostic) => diagnostic.severity === "error") ? 1 : 0;
}

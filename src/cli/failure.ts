/** How a command ends when it can't do what it was asked: one clear error, and the exit code of the contract. */
import { formatDiagnostics } from "../core/diagnostic-text.ts";
import { type Diagnostic, MezzoError, messageOf } from "../core/errors.ts";
import type { Io } from "./io.ts";
import { plural } from "./words.ts";

/** Exit codes: 0 done, 1 the work failed, 2 could not start, 130 interrupted. */
export type ExitCode = 0 | 1 | 2 | 130;

/** Says what went wrong and gives the exit code for it. */
export function explain(io: Io, thrown: unknown): ExitCode {
  if (thrown instanceof MezzoError) {
    // A message may go on with an excerpt: the code belongs behind its first line.
    const [first, ...excerpt] = thrown.message.split("\n");
    io.say([`${io.paint.bad("error")}  ${first} ${io.paint.faint(`(${thrown.code})`)}`, ...excerpt].join("\n"));
    if (thrown.hint !== undefined) io.say(`  ${thrown.hint}`);
    return thrown.exitCode;
  }
  io.say(`${io.paint.bad("Internal error:")} ${messageOf(thrown)}`);
  if (thrown instanceof Error && thrown.stack !== undefined) io.say(io.paint.faint(thrown.stack));
  io.say("This is a mistake in Mezzo, not in your files. What is stored is safe; `mezzo resume` goes on.");
  return 1;
}

/** Shows diagnostics and their number; nothing where there are none. */
export function showDiagnostics(io: Io, diagnostics: readonly Diagnostic[], texts: ReadonlyMap<string, string>): void {
  if (diagnostics.length === 0) return;
  io.say(formatDiagnostics(diagnostics, texts));
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "error").length;
  const warnings = diagnostics.length - errors;
  const parts = [errors > 0 ? plural(errors, "error") : "", warnings > 0 ? plural(warnings, "warning") : ""];
  io.say(`\n${parts.filter((part) => part !== "").join(", ")}`);
}

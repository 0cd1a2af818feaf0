/**
 * The three kinds of trouble, and only these:
 *
 *   the user's file is wrong     -> Diagnostic   collected, shown together, never thrown
 *   a sample did not make it     -> Outcome      data: an event, counted, exportable (sample.ts)
 *   we cannot go on              -> MezzoError   caught once, in cli/main.ts or at the HTTP edge
 */

/** A place in a file the user wrote. Lines and columns count from 1; `length` is in characters. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

export interface Diagnostic {
  /** Kebab-case and permanent: `unknown-node`. */
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly message: string;
  /** What to do about it, when we can tell. */
  readonly hint?: string;
  readonly place?: Place;
  /** Another place that belongs to the story ("first declared here"). */
  readonly related?: { readonly message: string; readonly place: Place };
}

/**
 * We cannot go on, and the message says why in words a user can act on.
 *
 * `exitCode` follows the command line's contract: 2 could not start (usage, configuration, a bad graph), 1 the work
 * failed.
 */
export class MezzoError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitCode: 1 | 2;
  readonly diagnostics: readonly Diagnostic[];

  constructor(
    code: string,
    message: string,
    options: { hint?: string; cause?: unknown; exitCode?: 1 | 2; diagnostics?: readonly Diagnostic[] } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = "MezzoError";
    this.code = code;
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? 1;
    this.diagnostics = options.diagnostics ?? [];
  }
}

/** Ends a `switch` over a union: a new member then fails to compile here. */
export function unreachable(value: never): never {
  throw new Error(`Internal error: unexpected ${JSON.stringify(value)}`);
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

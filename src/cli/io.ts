/**
 * What a command may touch of the world: everything of `console`, `process.env` and signals goes through here, so that
 * a test runs a command exactly as the terminal does. Human words go to stderr, data to stdout.
 */
import { readFileSync } from "node:fs";
import { parseEnv, styleText } from "node:util";
import { MezzoError, messageOf } from "../core/errors.ts";

export interface Io {
  /** Data, to stdout, with a line end. */
  out(line: string): void;
  /** Words for people, to stderr, with a line end. */
  say(line: string): void;
  readonly stdin: NodeJS.ReadableStream;
  readonly stderr: NodeJS.WriteStream;
  /** The environment, with the working folder's .env file beneath it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Is stderr a terminal that a person looks at? */
  readonly isTerminal: boolean;
  readonly paint: Paint;
  /** How this person calls the program: whoever came through npm or npx has no `mezzo` on the PATH. */
  readonly program: "mezzo" | "npx mezzo";
  /** Calls back on Ctrl-C or SIGTERM until the returned function is called. */
  onInterrupt(callback: () => void): () => void;
}

/** Colours by meaning; plain text where nobody sees them. The same everywhere: fits green, terse blue, heavy amber. */
export interface Paint {
  good(text: string): string;
  bad(text: string): string;
  terse(text: string): string;
  heavy(text: string): string;
  faint(text: string): string;
  strong(text: string): string;
}

export function systemIo(): Io {
  let env: Io["env"] | undefined;
  const isTerminal = process.stderr.isTTY === true && process.env.TERM !== "dumb";
  const coloured = isTerminal && process.env.NO_COLOR === undefined;
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    say: (line) => void process.stderr.write(`${line}\n`),
    stdin: process.stdin,
    stderr: process.stderr,
    // Read when it is first asked for, inside a command: an unreadable .env is then an error like any other.
    get env() {
      env ??= { ...readDotEnv(), ...process.env };
      return env;
    },
    isTerminal,
    paint: createPaint(coloured),
    program: process.env.npm_command === undefined ? "mezzo" : "npx mezzo",
    onInterrupt: (callback) => {
      process.on("SIGINT", callback);
      process.on("SIGTERM", callback);
      return () => {
        process.off("SIGINT", callback);
        process.off("SIGTERM", callback);
      };
    },
  };
}

export function createPaint(coloured: boolean): Paint {
  const ink = (style: Parameters<typeof styleText>[0]) => (text: string) =>
    coloured ? styleText(style, text, { validateStream: false }) : text;
  return {
    good: ink("green"),
    bad: ink("red"),
    terse: ink("blue"),
    heavy: ink("yellow"),
    faint: ink("dim"),
    strong: ink("bold"),
  };
}

function readDotEnv(): Record<string, string | undefined> {
  let text: string;
  try {
    text = readFileSync(".env", "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new MezzoError("unreadable-env", `The .env file can't be read: ${messageOf(cause)}`, { cause, exitCode: 2 });
  }
  return parseEnv(text);
}

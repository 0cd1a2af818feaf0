/** `mezzo init`: a starter folder that runs without a key. Files that are already there stay as they are. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { MezzoError, messageOf } from "../../core/errors.ts";
import type { ExitCode } from "../failure.ts";
import type { Io } from "../io.ts";
import { packageRoot } from "../package-root.ts";

const ENV_EXAMPLE = `# Copy to .env and fill in. Graph files name these as \${NAME}; the values stay here.
TEACHER_BASE_URL=
TEACHER_API_KEY=
REWRITER_BASE_URL=
REWRITER_API_KEY=
JUDGE_BASE_URL=
JUDGE_API_KEY=
`;

const GIT_IGNORE = "state/\n.env\n";

export async function init(io: Io, dir: string): Promise<ExitCode> {
  const written: string[] = [];
  const kept: string[] = [];
  const put = (name: string, write: (path: string) => void) => {
    const path = join(dir, name);
    if (existsSync(path)) return void kept.push(name);
    mkdirSync(dirname(path), { recursive: true });
    write(path);
    written.push(name);
  };
  try {
    for (const file of bundledFiles()) put(file, (path) => copyFileSync(join(packageRoot(), file), path));
    put(".env.example", (path) => writeFileSync(path, ENV_EXAMPLE));
    put(".gitignore", (path) => writeFileSync(path, GIT_IGNORE));
  } catch (cause) {
    throw new MezzoError("init-failed", `The folder ${dir} can't be filled: ${messageOf(cause)}`, {
      cause,
      exitCode: 2,
    });
  }
  for (const name of written) io.say(`${io.paint.good("made")}  ${join(dir, name)}`);
  for (const name of kept) io.say(`${io.paint.faint("kept")}  ${join(dir, name)} (it was there)`);
  for (const line of whatNext(io, dir)) io.say(line);
  return 0;
}

function whatNext(io: Io, dir: string): string[] {
  const mezzo = io.program;
  return [
    "",
    "It runs as it is, without a key: rules play the teacher, the rewriter and the judge.",
    ...(resolve(dir) === process.cwd() ? [] : [`  cd ${dir}`]),
    `  ${mezzo} run graphs/distill.yaml --input graphs/samples.jsonl`,
    "",
    "For real models: in graphs/distill.yaml, under `models:`, take the commented line below each model instead of",
    "the baseline's; copy .env.example to .env and put addresses and keys there. The words that models are asked",
    `with are in prompts/. \`${mezzo} validate graphs/distill.yaml\` checks it all.`,
  ];
}

/** Graphs, the schema for editors, samples and prompts, as paths from the package's root. */
function bundledFiles(): string[] {
  return ["graphs", "prompts"].flatMap((folder) =>
    readdirSync(join(packageRoot(), folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(folder, relative(join(packageRoot(), folder), entry.parentPath), entry.name))
      .sort(),
  );
}

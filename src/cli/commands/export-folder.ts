/** `mezzo export --for`: a run's samples as a folder that a trainer trains from with one command. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { MezzoError } from "../../core/errors.ts";
import type { FinishedSample } from "../../data/finished.ts";
import {
  type HandoffOptions,
  type HandoffSummary,
  type MethodSummary,
  writeHandoff,
} from "../../data/handoff/handoff.ts";
import { resolveStudent, type Student } from "../../data/handoff/students.ts";
import type { Method, TrainerName } from "../../data/handoff/trainer.ts";
import { type ManifestFacts, manifestOf } from "../../data/manifest.ts";
import type { ExitCode } from "../failure.ts";
import type { Io } from "../io.ts";
import { packageRoot } from "../package-root.ts";
import { count, plural } from "../words.ts";
import { leftOutWords } from "./left-out.ts";

export interface HandoffFlags {
  readonly for?: TrainerName;
  readonly student?: string;
  readonly methods?: readonly Method[];
  readonly cutoff?: number;
}

interface AllFlags extends HandoffFlags {
  readonly format?: string;
  readonly out: string;
  readonly thinking?: string;
  readonly lossWeights?: string;
  readonly json?: boolean;
}

/** What belongs to a folder is refused for a file, and the other way round. */
export function refuseHandoffFlags(flags: AllFlags): void {
  const usage = (message: string, hint: string) => new MezzoError("usage", message, { hint, exitCode: 2 });
  if (flags.for === undefined) {
    const alone = (["student", "methods", "cutoff"] as const).find((name) => flags[name] !== undefined);
    if (alone !== undefined) throw usage(`--${alone} belongs to --for`, "Add --for trl, llamafactory or swift.");
    return;
  }
  if (flags.format !== undefined) {
    throw usage(
      `--for ${flags.for} brings the form of its rows, and --format ${flags.format} names another`,
      "Leave one of them out.",
    );
  }
  if (flags.out === "-" || /\.(?:jsonl|ndjson|json|parquet|gz)$/i.test(flags.out)) {
    throw usage(`--for ${flags.for} writes a folder, and --out ${flags.out} is none`, "Name a folder.");
  }
  if (flags.lossWeights !== undefined && (flags.for !== "swift" || flags.lossWeights !== "turns")) {
    throw usage(
      `--loss-weights ${flags.lossWeights} with --for ${flags.for}: of the trainers' own programs only ms-swift weighs, and it takes turns`,
      "Take --for swift --loss-weights turns, or export the rows alone with --format.",
    );
  }
  if (flags.thinking === "field") {
    throw usage(
      "--thinking field: Qwen2.5's chat template leaves the field out, and the chain would not be learned",
      "Take --thinking tags, or plain.",
    );
  }
}

export async function handOff(
  io: Io,
  samples: AsyncIterable<FinishedSample>,
  { flags, facts, options }: { flags: AllFlags; facts: ManifestFacts; options: Omit<HandoffOptions, NotShared> },
): Promise<ExitCode> {
  const student = resolveStudent(flags.student, facts.student);
  refuseCutoff(flags.cutoff, student);
  const { benchmarks, where = [], ...filters } = facts.selection;
  const summary = await writeHandoff(samples, {
    ...options,
    trainer: flags.for!,
    student,
    methods: flags.methods ?? ["sft"],
    cutoff: flags.cutoff,
    run: {
      ...{ run: facts.run, graph: facts.graph, plan: facts.plan, madeBy: `mezzo ${facts.version}` },
      ...{ outcomes: facts.outcomes, thinking: facts.thinking },
      models: Object.entries(facts.models).map(([name, { provider, model, licence }]) => {
        return `${name}: ${model ?? provider}${licence === undefined ? "" : ` (${licence})`}`;
      }),
      filters: [
        ...where.map(({ text }) => `where: ${text}`),
        ...Object.entries(filters).map(([name, value]) => `${name}: ${String(value)}`),
        ...(facts.originals === undefined ? [] : [`originals: ${facts.originals}`]),
        ...(benchmarks === undefined ? [] : [`decontaminate: ${facts.benchmarks.map(({ file }) => file).join(", ")}`]),
      ],
    },
    asset: (name) => readFile(join(packageRoot(), "trainers", name), "utf8"),
    describe: (written) => manifestOf(written, facts),
  });
  tell(io, summary);
  if (flags.json) io.out(JSON.stringify(summary));
  return 0;
}

function refuseCutoff(cutoff: number | undefined, { id, contextTokens }: Student): void {
  if (cutoff === undefined || (cutoff > 0 && cutoff <= contextTokens)) return;
  const message = `--cutoff ${cutoff}: a number from 1 to ${contextTokens} is expected, which ${id} reads at once`;
  throw new MezzoError("usage", message, { hint: "Left out, it is what the rows need.", exitCode: 2 });
}

type NotShared = "trainer" | "student" | "methods" | "cutoff" | "run" | "asset" | "describe";

function tell(io: Io, summary: HandoffSummary): void {
  for (const each of summary.methods) {
    for (const left of each.leftOut) io.say(`${each.method}: ${leftOutWords(left)}`);
    tellLengths(io, each);
  }
  io.say(`wrote ${summary.out} for ${summary.student}: cd ${summary.out} && bash train.sh`);
}

function tellLengths(io: Io, { method, rows, validation, tokens, cutoff, ...rest }: MethodSummary): void {
  const held = validation === 0 ? "" : ` and ${count(validation)} for validation`;
  io.say(
    `${method}: ${plural(rows, "row")}${held}, ${count(tokens.median)} tokens in the middle, ${count(tokens.longest)} at most; cutoff ${count(cutoff)}`,
  );
  if (rest.longerThanCutoff > 0) {
    io.say(
      io.paint.heavy(
        `${method}: ${plural(rest.longerThanCutoff, "row")} longer than the cutoff: a chain that is cut has no answer. --max-tokens leaves them out, --cutoff moves it.`,
      ),
    );
  }
  if (rest.withControlTokens > 0) {
    io.say(
      io.paint.heavy(
        `${method}: ${plural(rest.withControlTokens, "row")} with a control token of the chat (<|im_end|> and the like) in the text: the turn ends there.`,
      ),
    );
  }
}

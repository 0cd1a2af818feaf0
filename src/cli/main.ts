/** The command line: commands and their flags. Heavy parts are loaded by the command that needs them, when it runs. */
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { isOutcome, OUTCOMES, type Outcome } from "../core/sample.ts";
import { VERSION } from "../core/version.ts";
import { BENCHMARK_NAMES } from "../data/benchmarks/names.ts";
import { METHODS, type Method, TRAINERS } from "../data/handoff/trainer.ts";
import { ANSWER_FORMS, type AnswerForm } from "../nodes/answers/forms.ts";
import { type ExitCode, explain } from "./failure.ts";
import type { Io } from "./io.ts";
import { DEFAULT_STORE } from "./next.ts";
import { withoutPassword } from "./password.ts";

/** Runs one command line (without `node` and the program's name) and gives its exit code. Never throws. */
export async function main(argv: readonly string[], system: Io): Promise<ExitCode> {
  let code: ExitCode = 0;
  const { words, io } = withoutPassword(argv, system);
  const program = createProgram(io, (ended) => {
    code = ended;
  });
  try {
    await program.parseAsync([...words], { from: "user" });
    return code;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    return explain(io, thrown);
  }
}

function createProgram(io: Io, end: (code: ExitCode) => void): Command {
  const program = new Command("mezzo")
    .description("Rewrites chains of thought until a small model can follow them.")
    .version(VERSION, "-V, --version", "show the version")
    // A command and its subcommands may have flags of one name: each takes what stands behind its own name.
    .enablePositionalOptions()
    .exitOverride()
    .showHelpAfterError("(mezzo <command> --help shows what a command takes)")
    .configureOutput({ writeOut: (text) => io.out(text.trimEnd()), writeErr: (text) => io.say(text.trimEnd()) });
  const store = () =>
    new Option("--store <place>", "where runs are kept: a file, or postgres://user@host/database").default(
      DEFAULT_STORE,
    );
  const set = () =>
    new Option("--set <path=value>", "change a field of the graph, such as nodes.judge.votes=5")
      .argParser(collect)
      .default([]);
  const json = () => new Option("--json", "data for programs instead of words for people");

  const map = () =>
    new Option("--map <field=column>", "fill a state field from a column, such as trace=reasoning")
      .argParser(collect)
      .default([]);
  const badRows = () =>
    new Option("--bad-rows <what>", "what to do about a row that can't be used")
      .choices(["stop", "skip"])
      .default("stop");

  const keep = () =>
    new Option("--keep <what>", "checkpoints that stay of a finished sample: all, the last, none (outcomes)").choices([
      "all",
      "last",
      "outcomes",
    ]);

  const cache = () =>
    new Option("--cache", "take replies that a run in this store has had to the very same request, seed included");

  program
    .command("init")
    .description("make a starter folder that runs without a key")
    .argument("[dir]", "the folder", ".")
    .action(async (dir) => end(await (await import("./commands/init.ts")).init(io, dir)));

  program
    .command("validate")
    .description("check graph files and their prompts: every mistake at once")
    .argument("<file...>", "graph files, or prompts by themselves (.md)")
    .option("--watch", "again whenever one of the files that have a part in it is saved")
    .addOption(set())
    .addOption(json())
    .action(async (files, flags) => end(await (await import("./commands/validate.ts")).validate(io, files, flags)));

  program
    .command("fmt")
    .description("tidy graph files in place: spaces and blank lines; comments, order and quotes stay")
    .argument("<graph...>", "graph files")
    .option("--check", "change nothing, and end with 1 if there is something to tidy")
    .action(async (graphs, flags) => end((await import("./commands/fmt.ts")).fmt(io, graphs, flags)));

  program
    .command("graph")
    .description("draw a graph; with a run, its counts on it")
    .argument("<graph>", "a graph file")
    .addOption(
      new Option("--format <format>", "how to draw it").choices(["mermaid", "dot", "svg", "json"]).default("mermaid"),
    )
    .option("--run <run>", "put the counts of this run on the picture")
    .addOption(set())
    .addOption(store())
    .action(async (graph, flags) => end(await (await import("./commands/graph.ts")).graph(io, graph, flags)));

  program
    .command("schema")
    .description("print the JSON Schema of graph files, for editors; with a graph, its own kinds in it")
    .argument("[graph]", "a graph file")
    .option("--part", "of files that graphs include")
    .action(async (graph, flags) => end((await import("./commands/schema.ts")).schema(io, graph, flags)));

  program
    .command("diff")
    .description("tell what is different between two graphs, and what a rerun would touch")
    .argument("<before>", "a graph file")
    .argument("<after>", "a graph file")
    .addOption(json())
    .action(async (before, after, flags) => end((await import("./commands/diff.ts")).diff(io, before, after, flags)));

  program
    .command("try")
    .description("run one node on one sample, and show prompt, reply and what would be written; nothing is stored")
    .argument("<graph>", "a graph file")
    .argument("<node>", "one of its nodes")
    .option("--input <file>", "samples; the first one is tried, or that of --id")
    .option("--run <run>", "take the sample from this run, as it was before the node's last visit")
    .option("--id <id>", "the sample's id")
    .addOption(map())
    .addOption(set())
    .addOption(store())
    .addOption(json())
    .action(async (graph, node, flags) =>
      end(await (await import("./commands/try.ts")).tryOne(io, graph, node, flags)),
    );

  program
    .command("run")
    .description("run a graph over a file of samples")
    .argument("<graph>", "a graph file")
    .requiredOption("--input <file>", "JSONL, JSON, CSV (also gzipped) or Parquet; - for standard input")
    .option("--run <name>", "a name for the run; one is made if none is given")
    .addOption(map())
    .option("--limit <n>", "take only the first n samples", wholeNumber)
    .addOption(badRows())
    .option("--in-flight <n>", "most samples under way at once", wholeNumber, 64)
    .option("--workers <n>", "threads; as many as the machine's cores by default", wholeNumber)
    .option("--budget-usd <x>", "most money to spend; the run pauses there", money)
    .option("--accepted <n>", "stop when this many samples are accepted", wholeNumber)
    .option("--seed <n>", "draw from this seed; 0, or with --replay that run's, by default", wholeNumber)
    .option("--replay <run>", "answer from the calls of an earlier run instead of asking models over the network")
    .addOption(keep())
    .addOption(cache())
    .addOption(set())
    .addOption(store())
    .addOption(json())
    .action(async (graph, flags) => end(await (await import("./commands/run.ts")).run(io, graph, flags)));

  const goingOn = (command: Command) =>
    command
      .argument("<run>", "the run's name")
      .option("--in-flight <n>", "most samples under way at once", wholeNumber)
      .option("--workers <n>", "threads", wholeNumber)
      .option("--budget-usd <x>", "most money to spend in all", money)
      .option("--accepted <n>", "stop when this many samples are accepted", wholeNumber)
      .addOption(keep())
      .addOption(cache())
      .addOption(store())
      .addOption(json());

  goingOn(program.command("resume"))
    .description("go on with a run where it stopped; with an edited graph, from where the edit reaches each sample")
    .option("--graph <file>", "the graph as it is now: only what the edit touches is run again")
    .option("--input <file>", "add the rows of this file that the run does not have yet")
    .addOption(map())
    .addOption(badRows())
    .addOption(
      new Option("--changed-rows <what>", "what to do about rows that the run has with another content")
        .choices(["stop", "keep"])
        .default("stop"),
    )
    .option("--dry-run", "tell what --graph and --input would do, and change nothing")
    .addOption(set())
    .action(async (run, flags) => end(await (await import("./commands/resume.ts")).resume(io, run, flags)));

  goingOn(program.command("retry"))
    .description("give samples that ended another go: from the node that ended them, with fresh seeds")
    .addOption(
      new Option("--outcome <outcomes>", "samples that ended so, such as failed,undecided")
        .argParser(outcomes)
        .default(["failed"], "failed"),
    )
    .option("--sample <id>", "one sample, with --from: also one that was accepted")
    .option("--from <node>", "the node that it goes back to before its last visit of; node:2 for another visit")
    .action(async (run, flags) => end(await (await import("./commands/retry.ts")).retry(io, run, flags)));

  program
    .command("pause")
    .description("stop a run, wherever it is worked on; resume goes on")
    .argument("<run>", "the run's name")
    .addOption(store())
    .action(async (run, flags) => end(await (await import("./commands/pause.ts")).pause(io, run, flags)));

  program
    .command("work")
    .description("one more worker on the runs of a store that many machines reach; waits for runs until Ctrl-C")
    .option("--run <run>", "only this run")
    .option("--in-flight <n>", "most samples under way here at once", wholeNumber, 64)
    .option("--workers <n>", "threads; as many as the machine's cores by default", wholeNumber)
    .option("--name <name>", "what the others call it; the machine's name and the process's number by default")
    .option("--until-idle", "end when no run has anything left to do, instead of waiting")
    .requiredOption("--store <url>", "the PostgreSQL that runs are kept in: postgres://user@host/database")
    .action(async (flags) => end(await (await import("./commands/work.ts")).work(io, flags)));

  program
    .command("status")
    .description("list the runs, or show one: samples by node and outcome, calls, tokens, cost")
    .argument("[run]", "a run's name")
    .addOption(store())
    .addOption(json())
    .action(async (run, flags) => end(await (await import("./commands/status.ts")).status(io, run, flags)));

  program
    .command("inspect")
    .description("list a run's samples, or tell one sample's way")
    .argument("<run>", "the run's name")
    .argument("[sample]", "a sample's id")
    .option("--outcome <outcomes>", "only samples that ended so, such as rejected,undecided", outcomes)
    .option("--limit <n>", "at most so many samples in the list", wholeNumber, 50)
    .option("--full", "whole texts")
    .option("--calls", "prompts and replies of every call")
    .addOption(store())
    .addOption(json())
    .action(async (run, sample, flags) =>
      end(await (await import("./commands/inspect.ts")).inspect(io, run, sample, flags)),
    );

  program
    .command("review")
    .description("samples that wait for a person: list them, look at one, decide; the run goes on at its next resume")
    .argument("<run>")
    .argument("[sample]", "the id of one that waits")
    .option("--approve", "it goes on as it is")
    .option("--reject", "it ends as rejected, or where the graph leads; needs --reason")
    .option("--trace <file>", "it goes on with this text instead; - for standard input")
    .option("--reason <text>", "why, for whoever looks at it later")
    .option("--undo", "take a decision back that the run has not taken up yet")
    .option(
      "--decisions <file>",
      "many at once, a JSON object a line: {id, decided, reason, trace, by}; - for standard input",
    )
    .option("--by <name>", "who decides; your login name by default")
    .option("--node <node>", "which node asks, where several do")
    .addOption(new Option("--limit <n>", "at most so many in the list: 50, with --json all").argParser(wholeNumber))
    .addOption(store())
    .addOption(json())
    .action(async (run, sample, flags) =>
      end(await (await import("./commands/review.ts")).review(io, run, sample, flags)),
    );

  program
    .command("report")
    .description("write one page: composition, lengths, rounds, evidence, agreement, cost")
    .argument("<run>", "the run's name")
    .option("--out <file>", "the page, such as report.html; - for standard output")
    .addOption(store())
    .addOption(json())
    .action(async (run, flags) => end(await (await import("./commands/report.ts")).report(io, run, flags)));

  program
    .command("export")
    .description("write training files from a run's accepted samples")
    .argument("<run>", "the run's name")
    .addOption(
      new Option("--format <format>", "the form of a row; messages by default").choices([
        "messages",
        "sharegpt",
        "alpaca",
        "jsonl",
        "dpo",
        "cogpo",
        "omnithought",
      ]),
    )
    .addOption(
      new Option(
        "--for <trainer>",
        "instead of a file, a folder that this trainer trains from with one command",
      ).choices([...TRAINERS]),
    )
    .option("--student <size|name>", "with --for: the Qwen2.5 model to train, such as 7B; the graph's by default")
    .option("--methods <names>", `with --for: ${METHODS.join(", ")}, trained in this order; sft by default`, methods)
    .option(
      "--cutoff <tokens>",
      "with --for: the longest sequence to train on; what the rows need by default",
      wholeNumber,
    )
    .requiredOption(
      "--out <file>",
      "where to: .jsonl, .parquet, gzipped if it ends in .gz; - for standard output; with --for or --stages, a folder",
    )
    .option("--stages", "instead of a file, a folder: verified chains, pairs, scored trajectories with their verifiers")
    .option("--apart", "with --stages: each problem in one stage only")
    .option("--outcome <outcomes>", "samples that ended so instead of accepted ones", outcomes)
    .addOption(
      new Option("--thinking <form>", "the chain before the answer: as it is, in <think> tags, in a field of its own")
        .choices(["plain", "tags", "field"])
        .default("plain"),
    )
    .option(
      "--originals <share>",
      "share of rows that are a long original beside its fitted chain, marked by mode",
      share,
    )
    .addOption(
      new Option(
        "--loss-weights <form>",
        "what answer and chain weigh: as a column of spans, or as turns for ms-swift",
      ).choices(["spans", "turns"]),
    )
    .addOption(
      new Option(
        "--where <condition>",
        "only samples for which this holds, such as 'rv <= 5 && cd == 4'; may come again",
      ).argParser(collect),
    )
    .option("--rv-cd <size>", "only what the second method keeps for a student of this size, such as 7B")
    .option("--min-tokens <n>", "leave out shorter replies", wholeNumber)
    .option("--max-tokens <n>", "leave out longer replies", wholeNumber)
    .option("--near-duplicates <share>", "leave out rows that share so much of an earlier one, such as 0.8", share)
    .option("--most-per-problem <n>", "at most so many chains of one problem, the best", wholeNumber)
    .option("--best <n>", "at most so many samples, the best", wholeNumber)
    .option("--rank-by <field>", "what is best: a number in the state, instead of how far its judges agreed")
    .option("--split <share>", "so much of the problems into a validation file beside it", share)
    .option("--decontaminate <files...>", "leave out problems that stand in these benchmark files")
    .addOption(store())
    .addOption(json())
    .action(async (run, flags) => end(await (await import("./commands/export.ts")).exportRun(io, run, flags)));

  program
    .command("grade")
    .description("say of each response whether its final answer is the accepted one, or its program passes its tests")
    .requiredOption(
      "--input <file>",
      "rows {id, gold, pred} (and problem, where options are letters) or {id, tests, pred}: JSONL, JSON, CSV (also gzipped) or Parquet; - for standard input",
    )
    .option("--out <file>", "where the verdicts go, a JSON object a line; - for standard output", "-")
    .addOption(
      new Option("--map <field=column>", "take id, gold or pred from another column, such as gold=answer")
        .argParser(collect)
        .default([]),
    )
    .addOption(
      new Option("--only <forms>", `count only answers in these forms: ${ANSWER_FORMS.join(", ")}`).argParser(forms),
    )
    .addOption(
      new Option("--bad-rows <what>", "what to do about a row that can't be used")
        .choices(["stop", "skip"])
        .default("stop"),
    )
    .addOption(json())
    .action(async (flags) => end(await (await import("./commands/grade.ts")).grade(io, flags)));

  program
    .command("import")
    .description("bring jobs and data of another toolkit over: a graph, prompts and rows, its known defects told")
    .addArgument(new Argument("<toolkit>", "where they come from").choices(["easydistill"]))
    .argument("<file>", "a job file (JSON or YAML), or data alone (JSON list, JSONL)")
    .option("--out <folder>", "where to; a folder with the job's name if none is given")
    .option("--input <file>", "the job's data, where it is not where the job says")
    .addOption(badRows())
    .addOption(json())
    .action(async (_toolkit, file, flags) =>
      end(await (await import("./commands/import.ts")).importJob(io, file, flags)),
    );

  program
    .command("studio")
    .description("open the page: runs, samples, graphs and prompts in a browser")
    .addOption(new Option("--port <n>", "the port; 0 takes any that is free").argParser(port).default(4477))
    .option("--host <address>", "let other machines in, by this address; needs --token", "127.0.0.1")
    .option("--token <secret>", "what everybody who opens it must have")
    .addOption(store())
    .action(async (flags) => end(await (await import("./commands/studio.ts")).studio(io, flags)));
  const evaluation = () => import("./commands/eval.ts");
  const plot = () => new Option("--plot <file>", "draw accuracy against tokens (SVG), beside published figures");
  const evaluating = program
    .command("eval")
    .enablePositionalOptions()
    .description("measure a model on a benchmark: accuracy with intervals, and tokens")
    .argument("<graph>", "a graph with a node of kind solve, such as graphs/evaluate.yaml")
    .addOption(
      new Option("--benchmark <name>", "whose problems these are: how they are asked and graded").choices(
        BENCHMARK_NAMES,
      ),
    )
    .option("--input <file>", "the benchmark's own file, which you bring: JSONL, JSON, CSV or Parquet")
    .option("--model <name>", "the model, as its server knows it")
    .option("--base-url <url>", "its server, up to and including /v1")
    .option("--api-key <NAME>", "the environment variable that holds its key")
    .option("--samples <n>", "how often each problem is asked; as the field does it by default", wholeNumber)
    .option("--temperature <t>", "sampling temperature; as the field does it by default", decimal)
    .option("--max-tokens <n>", "most tokens of a reply, thinking included", wholeNumber)
    .option("--limit <n>", "only the first n problems", wholeNumber)
    .option("--run <name>", "a name for the run; one is made if none is given")
    .option("--seed <n>", "draw from this seed", wholeNumber)
    .option("--in-flight <n>", "most samples under way at once", wholeNumber, 64)
    .option("--workers <n>", "threads; as many as the machine's cores by default", wholeNumber)
    .option("--budget-usd <x>", "most money to spend; the run pauses there", money)
    .addOption(plot())
    .addOption(set())
    .addOption(store())
    .addOption(json())
    .action(async (graph, flags) => end(await (await evaluation()).evaluateModel(io, graph, flags)));

  evaluating
    .command("show")
    .description("the figures of an evaluation that was run")
    .argument("<run>", "the run's name")
    .addOption(plot())
    .addOption(store())
    .addOption(json())
    .action(async (run, flags) => end(await (await evaluation()).showEvaluation(io, run, flags)));

  evaluating
    .command("compare")
    .description("two evaluations, problem by problem: is one better beyond chance?")
    .argument("<a>", "a run")
    .argument("<b>", "another run over the same benchmark")
    .option("--out <file>", "one self-contained page of both, such as before-and-after.html; - for standard output")
    .addOption(plot())
    .addOption(store())
    .addOption(json())
    .action(async (a, b, flags) => end(await (await evaluation()).compareRuns(io, a, b, flags)));

  const care = program.command("store").description("look after where runs are kept");
  const load = () => import("./commands/store.ts");

  care
    .command("check")
    .description("read all of it, and say what is wrong with it")
    .addOption(store())
    .addOption(json())
    .action(async (flags) => end(await (await load()).checkStore(io, flags)));

  care
    .command("compact")
    .description("remove texts that no run needs any more, and give the room back")
    .addOption(store())
    .addOption(json())
    .action(async (flags) => end(await (await load()).compactStore(io, flags)));

  care
    .command("delete")
    .description("delete a run with everything that is its own")
    .argument("<run>", "the run's name")
    .option("--yes", "really")
    .addOption(store())
    .addOption(json())
    .action(async (run, flags) => end(await (await load()).deleteRun(io, run, flags)));

  care
    .command("copy")
    .description("everything into a new file or an empty database: from a file to PostgreSQL, or back")
    .argument("<from>", "a file, or postgres://user@host/database")
    .argument("<to>", "the same; nothing may be there yet")
    .addOption(json())
    .action(async (from, to, flags) => end(await (await load()).copyStoreTo(io, from, to, flags)));

  care
    .command("backup")
    .description("copy the whole store, while it is in use")
    .argument("<file>", "the copy; never written over one that is there")
    .addOption(store())
    .addOption(json())
    .action(async (file, flags) => end(await (await load()).backupStore(io, file, flags)));

  program
    .command("doctor")
    .description("tell what this machine has, and whether a graph's endpoints answer")
    .argument("[graph]", "a graph file")
    .option("--ask", "ask each model for one short reply, which may cost a little")
    .addOption(set())
    .addOption(store())
    .addOption(json())
    .action(async (graph, flags) => end(await (await import("./commands/doctor.ts")).doctor(io, graph, flags)));

  program
    .command("demo")
    .description("run graphs/distill.yaml on the bundled samples and show what came out")
    .addOption(store())
    .action(async (flags) => end(await (await import("./commands/demo.ts")).demo(io, flags)));

  return program;
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new InvalidArgumentError("A whole number is expected.");
  return value;
}

function decimal(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0) {
    throw new InvalidArgumentError("A number of 0 or more is expected.");
  }
  return value;
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value > 0 && value < 1)) {
    throw new InvalidArgumentError("A share between 0 and 1 is expected, such as 0.2.");
  }
  return value;
}

function port(text: string): number {
  const value = wholeNumber(text);
  if (value > 65_535) throw new InvalidArgumentError("A port is expected, 0 to 65535.");
  return value;
}

function money(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0) {
    throw new InvalidArgumentError("An amount in US dollars is expected, such as 2.50.");
  }
  return value;
}

function forms(text: string): readonly AnswerForm[] {
  const words = text.split(",").map((word) => word.trim());
  const wrong = words.find((word) => !(ANSWER_FORMS as readonly string[]).includes(word));
  if (wrong !== undefined)
    throw new InvalidArgumentError(`"${wrong}" is no form; they are ${ANSWER_FORMS.join(", ")}.`);
  return words as AnswerForm[];
}

function methods(text: string): readonly Method[] {
  const words = new Set(text.split(",").map((word) => word.trim()));
  const wrong = [...words].find((word) => !(METHODS as readonly string[]).includes(word));
  if (wrong !== undefined) throw new InvalidArgumentError(`"${wrong}" is no method; they are ${METHODS.join(", ")}.`);
  return METHODS.filter((method) => words.has(method));
}

function outcomes(text: string): readonly Outcome[] {
  const words = text.split(",").map((word) => word.trim());
  const wrong = words.find((word) => !isOutcome(word));
  if (wrong !== undefined) throw new InvalidArgumentError(`"${wrong}" is no outcome; they are ${OUTCOMES.join(", ")}.`);
  return words.filter(isOutcome);
}

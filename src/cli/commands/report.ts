/** `mezzo report`: one page that tells what a run came to and how well that is founded; or the same as data. */
import { MezzoError } from "../../core/errors.ts";
import type { StepFinished } from "../../core/events.ts";
import { isOutcome, OUTCOMES } from "../../core/sample.ts";
import { estimateTokens } from "../../core/tokens.ts";
import { VERSION } from "../../core/version.ts";
import { writeOutput } from "../../data/output.ts";
import { basesOf } from "../../data/report/bases.ts";
import { type RunFacts, reportPage } from "../../data/report/page.ts";
import { type ReportedSample, ReportFold } from "../../data/report/report.ts";
import { stateAfter, wayOf } from "../../engine/history.ts";
import { requireRun } from "../../engine/run.ts";
import { decidersOf, describeDeciders } from "../../graph/deciders.ts";
import { describeStudent, type Plan } from "../../graph/plan.ts";
import type { Store, StoredSample } from "../../store/store.ts";
import type { ExitCode } from "../failure.ts";
import type { Io } from "../io.ts";
import { bytes, count, plural } from "../words.ts";
import { withStore } from "./with-store.ts";

export interface ReportFlags {
  readonly out?: string;
  readonly store: string;
  readonly json?: boolean;
}

const PAGE = 100;

export async function report(io: Io, run: string, flags: ReportFlags): Promise<ExitCode> {
  if (flags.out === undefined && !flags.json) {
    const hint = `For example: ${io.program} report ${run} --out ${run}.html`;
    throw new MezzoError("usage", "Where should the report go? Name a file with --out, or take --json", {
      hint,
      exitCode: 2,
    });
  }
  if (flags.out === "-" && flags.json)
    throw new MezzoError("usage", "The page and the data can't both go to standard output", {
      hint: "Name a file with --out, or leave one of --out and --json away.",
      exitCode: 2,
    });
  return withStore(io, flags.store, async (store) => {
    await requireRun(store, run);
    const fold = new ReportFold();
    let after = -1;
    for (;;) {
      const page = await store.samples(run, { outcomes: OUTCOMES, after, limit: PAGE });
      if (page.length === 0) break;
      for (const sample of page) fold.add(await reported(store, run, sample));
      after = page.at(-1)!.n;
    }
    const [facts, figures] = [await factsOf(store, run), fold.result()];
    if (flags.json) io.out(JSON.stringify({ ...facts, ...figures, bases: basesOf(figures) }, null, 2));
    if (flags.out !== undefined) {
      async function* page() {
        yield reportPage(facts, figures);
      }
      const written = await writeOutput(page(), { out: flags.out });
      if (flags.out !== "-")
        io.say(`wrote the report of ${plural(figures.finished, "sample")} to ${flags.out}, ${bytes(written.bytes)}`);
    }
    if (figures.finished === 0) io.say(`no sample of run ${run} has an outcome yet: there is nothing to report`);
    else if (facts.samples > figures.finished)
      io.say(
        `${count(facts.samples - figures.finished)} samples have no outcome yet and are not in it${facts.forPerson > 0 ? `; ${plural(facts.forPerson, "waits", "wait")} for a person` : ""}`,
      );
    return 0 as const;
  });
}

async function reported(store: Store, run: string, sample: StoredSample): Promise<ReportedSample> {
  const events = await store.sampleEvents(run, sample.id, { calls: false });
  const steps = wayOf(events).map(({ step }): StepFinished => step);
  const finished = events.findLast((event) => event.type === "sample.finished");
  const domain = stateAfter(sample, events).domain ?? sample.source.domain;
  return {
    outcome: sample.outcome ?? "failed",
    reason: sample.reason ?? "",
    domain: typeof domain === "string" && domain.trim() !== "" ? domain.trim().slice(0, 60) : undefined,
    shapedBy: finished?.shapedBy ?? [],
    steps,
    tokensBefore: finished?.tokensBefore || tokensOf(sample.state.trace),
    tokensAfter: finished?.tokensAfter ?? 0,
  };
}

function tokensOf(trace: unknown): number {
  return typeof trace === "string" ? estimateTokens(trace) : 0;
}

async function factsOf(store: Store, run: string): Promise<RunFacts> {
  const record = await requireRun(store, run);
  const plan = JSON.parse(await store.planBody(run)) as Plan;
  const view = await store.view(run);
  const known = Object.entries(plan.nodes).map(([node, { kind, params }]) => {
    const { model, models } = params as { model?: string; models?: readonly string[] };
    const seen = view.nodes[node];
    return {
      node,
      kind,
      models: models ?? (model === undefined ? [] : [model]),
      visits: seen?.visits ?? 0,
      calls: seen?.calls ?? 0,
      tokens: { in: seen?.tokens.in ?? 0, out: seen?.tokens.out ?? 0 },
      costUsd: seen?.costUsd ?? 0,
    };
  });
  const { input } = record.settings as { input?: string };
  return {
    run,
    graph: plan.graph,
    description: plan.description,
    plan: record.plan,
    student: describeStudent(plan.student),
    decided: describeDeciders(decidersOf(plan)),
    input,
    at: new Date(),
    version: VERSION,
    samples: view.samples,
    forPerson: view.forPerson,
    calls: view.calls,
    tokens: { in: view.tokens.in, out: view.tokens.out },
    costUsd: view.costUsd,
    nodes: known.filter(({ node }) => !isOutcome(node)),
  };
}

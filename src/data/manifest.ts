/**
 * What a training file is made of, in a file beside it: `NAME.manifest.json`. Enough to say a year later where every row
 * came from and what was left out by which rule, and to notice that the file is not the one it was written for.
 */
import { MezzoError, messageOf } from "../core/errors.ts";
import type { ExportSummary } from "./export.ts";
import type { LossWeights } from "./loss-weights.ts";
import { writeOutput } from "./output.ts";
import type { ReadBenchmark } from "./read-benchmarks.ts";
import type { Selection } from "./selection/choose.ts";
import type { Thinking } from "./writers/writer.ts";

export interface ManifestFacts {
  readonly version: string;
  readonly at: Date;
  readonly run: string;
  readonly graph: string;
  /** The plan's fingerprint. */
  readonly plan: string;
  readonly student: { readonly name: string; readonly size?: string };
  /** The graph's models by their names there, with their licences where the graph states them. */
  readonly models: Readonly<
    Record<string, { readonly provider: string; readonly model?: string; readonly licence?: string }>
  >;
  readonly input: unknown;
  readonly outcomes: readonly string[];
  readonly thinking: Thinking;
  readonly originals?: number;
  readonly lossWeights?: LossWeights;
  readonly selection: Selection;
  readonly benchmarks: readonly ReadBenchmark[];
}

export function manifestOf(summary: ExportSummary, facts: ManifestFacts): Record<string, unknown> {
  const { benchmarks: _index, where, ...others } = facts.selection;
  const filters = where === undefined ? others : { where: where.map(({ text }) => text), ...others };
  return {
    format: summary.format,
    madeBy: `mezzo ${facts.version}`,
    at: facts.at.toISOString(),
    run: facts.run,
    graph: facts.graph,
    plan: facts.plan,
    student: facts.student,
    models: facts.models,
    input: facts.input,
    outcomes: facts.outcomes,
    thinking: facts.thinking,
    originals: facts.originals ?? null,
    lossWeights: weightsOf(facts.lossWeights),
    filters,
    files: summary.files,
    rows: summary.written,
    leftOut: summary.leftOut,
    benchmarks: facts.benchmarks,
    // Each by name: a count alone can't be checked.
    contaminated: summary.matches ?? [],
  };
}

function weightsOf(weights: LossWeights | undefined) {
  if (weights === undefined) return null;
  const { form, answer, chain, efficiency, share } = weights;
  return { form, answer, chain, efficiency, share: share ?? null };
}

/** Writes it beside the file; throws MezzoError where that fails, since rows without their manifest are half an export. */
export async function writeManifest(out: string, manifest: Record<string, unknown>): Promise<string> {
  const file = `${out}.manifest.json`;
  async function* text() {
    yield `${JSON.stringify(manifest, null, 2)}\n`;
  }
  try {
    await writeOutput(text(), { out: file });
  } catch (cause) {
    if (cause instanceof MezzoError) throw cause;
    throw new MezzoError("export-refused", `${file} can't be written: ${messageOf(cause)}`, { cause });
  }
  return file;
}

/** What an editor asks about texts that are not saved yet: what is wrong, how it is drawn, what a prompt comes to. */
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { sortDiagnostics } from "../core/diagnostic-text.ts";
import { type Diagnostic, MezzoError, type Place } from "../core/errors.ts";
import { joinPieces, renderPrompt } from "../core/prompt.ts";
import { stateAfter } from "../engine/history.ts";
import { promptValues } from "../engine/prompt-values.ts";
import { drawGraph } from "../graph/drawing.ts";
import { openGraph } from "../graph/open.ts";
import type { Plan } from "../graph/plan.ts";
import { readPrompt } from "../graph/prompt-file.ts";
import type { Environment } from "../graph/variables.ts";
import type { Store } from "../store/store.ts";
import type { Checked, CheckRequest, Preview, PreviewRequest } from "./api.ts";
import { type Files, MOST_CHARS } from "./files.ts";
import type { Runs } from "./runs.ts";
import { momentsOf, requireSample } from "./samples.ts";
import type { AnswerTexts } from "./texts.ts";

export interface CheckParts {
  readonly store: Store;
  readonly files: Files;
  readonly runs: Runs;
  readonly texts: AnswerTexts;
  readonly env: () => Environment;
}

export class Checks {
  readonly #parts: CheckParts;

  constructor(parts: CheckParts) {
    this.#parts = parts;
  }

  check({ path, texts }: Required<CheckRequest>): Checked {
    const { files } = this.#parts;
    if (path.endsWith(".md")) {
      const { diagnostics } = readPrompt(path, this.#reader(texts)(files.locate(path)).replaceAll("\r\n", "\n"));
      return { diagnostics: sortDiagnostics(diagnostics), drawn: null, plan: null, prompts: [] };
    }
    const { plan, diagnostics } = this.open(path, texts);
    return {
      diagnostics,
      drawn: plan === undefined ? null : drawGraph(plan),
      plan: plan?.fingerprint ?? null,
      prompts: Object.keys(plan?.prompts ?? {}).map((name) => this.#promptOf(files.locate(path), name, texts)),
    };
  }

  /** A graph as an editor holds it; the plan is there exactly when nothing is wrong. */
  open(path: string, texts: Readonly<Record<string, string>>): { plan?: Plan; diagnostics: readonly Diagnostic[] } {
    const { files, env } = this.#parts;
    const { plan, diagnostics } = openGraph(files.locate(path), { env: env(), read: this.#reader(texts) });
    return { plan, diagnostics: sortDiagnostics(diagnostics.map((diagnostic) => this.#named(diagnostic))) };
  }

  async preview({ prompt, texts, run, sample: id, step }: PreviewRequest): Promise<Preview> {
    const { store, runs, files } = this.#parts;
    const sample = await requireSample(store, run, id);
    const events = await store.sampleEvents(run, id);
    const moments = momentsOf(sample, events);
    const moment = step === undefined ? undefined : moments[step];
    if (step !== undefined && moment === undefined)
      throw new MezzoError("no-sample", `Sample "${id}" has no step ${step}.`);
    const text = this.#reader(texts ?? {})(files.locate(prompt)).replaceAll("\r\n", "\n");
    const bag = this.#parts.texts.bag();
    const { prompt: read, diagnostics } = readPrompt(prompt, text);
    if (read === undefined) return { diagnostics: sortDiagnostics(diagnostics), messages: null, texts: {} };
    const plan = await runs.planOf(run);
    const state = moment?.before ?? stateAfter(sample, events);
    const last = moments.findLast(({ isCurrent, step: { evidence } }) => isCurrent && evidence?.verdict !== undefined);
    const values = promptValues(plan, state, moment === undefined ? last?.step.evidence?.verdict : moment.finding);
    const unknown = read.variables.filter((name) => name !== "steps" && values[name] === undefined);
    if (unknown.length > 0) {
      const message = `Run "${run}" has no ${unknown.join(", ")} in its state: the prompt can't be filled from it.`;
      throw new MezzoError("no-value", message, { hint: "Choose a sample of a run of this graph." });
    }
    const messages = joinPieces(renderPrompt(read, values)).map(({ role, content }) => ({
      role,
      content: bag.put(content),
    }));
    return { diagnostics: sortDiagnostics(diagnostics), messages, texts: bag.texts };
  }

  /** Reads as the checker does, with what the editor holds in place of what is saved; never outside the project. */
  #reader(texts: Readonly<Record<string, string>>) {
    const { files } = this.#parts;
    const unsaved = new Map<string, string>();
    for (const [path, text] of Object.entries(texts)) {
      if (text.length > MOST_CHARS) throw new MezzoError("too-large", `${path} is too long to be a graph or a prompt.`);
      unsaved.set(files.locate(path), text);
    }
    return (path: string): string => {
      const text = unsaved.get(path);
      if (text !== undefined) return text;
      // A name in the graph may lead anywhere; what is read is held to what may be opened.
      const name = files.nameOf(path);
      const real = files.locate(name);
      return unsaved.get(real) ?? readFileSync(real, "utf8");
    };
  }

  #named(diagnostic: Diagnostic): Diagnostic {
    const rename = (place: Place): Place => ({ ...place, file: this.#parts.files.nameOf(resolve(place.file)) });
    const { place, related } = diagnostic;
    return {
      ...diagnostic,
      ...(place === undefined ? {} : { place: rename(place) }),
      ...(related === undefined ? {} : { related: { ...related, place: rename(related.place) } }),
    };
  }

  #promptOf(graph: string, name: string, texts: Readonly<Record<string, string>>): Checked["prompts"][number] {
    const { files } = this.#parts;
    const folder = dirname(graph);
    const places = [join(folder, "..", "prompts", name), join(folder, "prompts", name), join(folder, name)];
    const paths = places.map((place) => files.nameOf(place)).filter((path) => /^(prompts|graphs)\//.test(path));
    const there = paths.find((path) => texts[path] !== undefined || files.versionOf(path) !== undefined);
    return { name, path: there ?? paths[0] ?? `prompts/${name}`, exists: there !== undefined };
  }
}

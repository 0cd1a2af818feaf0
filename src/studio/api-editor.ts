/** What the studio's editor and its server say to each other: part of api.ts, which says how. */
import * as z from "zod";
import type { Finish, Message, Usage } from "../core/chat.ts";
import type { Diagnostic } from "../core/errors.ts";
import type { Evidence } from "../core/events.ts";
import type { DrawnGraph, MaybeText, ShownState } from "./api.ts";

export interface FileHead {
  /** From the project's folder, with slashes: `graphs/distill.yaml`. */
  readonly path: string;
  readonly bytes: number;
  readonly changedAt: number;
}

export interface FileList {
  readonly graphs: readonly FileHead[];
  readonly prompts: readonly FileHead[];
  /** Files that a run can be started with. */
  readonly inputs: readonly FileHead[];
}

export interface FileText extends FileHead {
  readonly text: string;
  /** Names the content. */
  readonly version: string;
  /** Why it can't be saved from here: there is a key written in it, which is shown masked. */
  readonly locked: string | null;
}

export const saveFileSchema = z.strictObject({
  path: z.string().max(1_000),
  text: z.string(),
  version: z.string().nullable().describe("Of the text that was edited; null for a new file."),
});
export type SaveFile = z.input<typeof saveFileSchema>;

/** Files as they would be if they were saved, by path: what an editor holds. */
const unsaved = z.record(z.string().max(1_000), z.string());

export const checkSchema = z.strictObject({
  path: z.string().max(1_000).describe("A graph, or a prompt."),
  texts: unsaved.default({}),
});
export type CheckRequest = z.input<typeof checkSchema>;

export interface Checked {
  /** In the graph and in the prompts it names, as `mezzo validate` finds them; places name files by their path. */
  readonly diagnostics: readonly Diagnostic[];
  /** null where it has errors: keep the picture that is there. */
  readonly drawn: DrawnGraph | null;
  readonly plan: string | null;
  /** Prompt files that the graph names, as paths to open; where there is none yet, where it would be looked for. */
  readonly prompts: readonly { readonly name: string; readonly path: string; readonly exists: boolean }[];
}

export const previewSchema = z.strictObject({
  prompt: z.string().max(1_000).describe("The prompt's path."),
  texts: unsaved.default({}),
  run: z.string(),
  sample: z.string(),
  step: z.number().int().min(0).optional().describe("As it was before this step; else as it is now."),
});
export type PreviewRequest = z.input<typeof previewSchema>;

export interface Preview {
  readonly diagnostics: readonly Diagnostic[];
  /** null where the prompt has errors. */
  readonly messages: readonly { readonly role: Message["role"]; readonly content: MaybeText }[] | null;
  readonly texts: Readonly<Record<string, string>>;
}

export const trySchema = z.strictObject({
  path: z.string().max(1_000).describe("The graph."),
  texts: unsaved.default({}),
  node: z.string(),
  run: z.string(),
  sample: z.string().describe("As it was before its last visit of the node; else as it is now."),
});
export type TryRequest = z.input<typeof trySchema>;

/** What a step came to that nobody stored. A graph with mistakes is a Failure `bad-graph` with its diagnostics. */
export interface Tried {
  readonly node: string;
  readonly kind: string;
  readonly visit: number;
  readonly label: string;
  readonly next: string;
  readonly skipped: readonly string[];
  readonly reason: string | null;
  readonly evidence: Evidence | null;
  /** The node's `when`, where it is false: a run would pass the sample by. */
  readonly passedBy: string | null;
  readonly before: MaybeText | null;
  readonly writes: ShownState;
  readonly calls: readonly TriedCall[];
  readonly ms: number;
  readonly costUsd: number;
  readonly texts: Readonly<Record<string, string>>;
}

export interface TriedCall {
  readonly role: string;
  readonly model: string;
  readonly messages: readonly { readonly role: Message["role"]; readonly content: MaybeText }[];
  readonly text: MaybeText;
  readonly thinking: MaybeText | null;
  readonly finish: Finish;
  readonly usage: Usage;
  readonly costUsd: number;
  readonly ms: number;
}

export const surveySchema = z.strictObject({
  path: z.string().max(1_000),
  texts: unsaved.default({}),
  run: z.string(),
});
export type SurveyRequest = z.input<typeof surveySchema>;

/** What `mezzo resume --graph` would do with an edited graph. */
export interface Survey {
  readonly changes: readonly { readonly about: string; readonly name: string; readonly words: string }[];
  readonly samples: number;
  /** Samples that were looked at: all of a small run, some hundreds of a large one. The other numbers are for all. */
  readonly looked: number;
  readonly notStarted: number;
  readonly untouched: number;
  /** Samples that would go on at a node, or be at an outcome at once; most first. */
  readonly back: readonly { readonly to: string; readonly samples: number; readonly calls: number }[];
  readonly calls: number;
  readonly costUsd: number;
}

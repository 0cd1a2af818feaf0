/** A temporary folder and the shortest way from file content to samples, or to the error it gives. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import type { MezzoError } from "../../src/core/errors.ts";
import type { NewSample } from "../../src/core/sample.ts";
import type { FinishedSample } from "../../src/data/finished.ts";
import { type FieldSpec, type ReadOptions, type RowProblem, readSamples } from "../../src/data/read.ts";

const text = { type: "string", optional: true } as const;

export const FIELDS: Readonly<Record<string, FieldSpec>> = {
  problem: { type: "string", optional: false },
  answer: text,
  trace: text,
  domain: { ...text, enum: ["math", "code", "science"] },
};

export function useFolder(): {
  readonly path: (name: string) => string;
  write(name: string, content: string | Uint8Array): Promise<string>;
} {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mezzo-data-"));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const path = (name: string) => join(folder, name);
  return {
    path,
    async write(name, content) {
      await writeFile(path(name), content);
      return path(name);
    },
  };
}

export async function readAll(path: string, options: Partial<ReadOptions> & { stdin?: NodeJS.ReadableStream } = {}) {
  const samples: NewSample[] = [];
  const skipped: RowProblem[] = [];
  const { stdin, ...rest } = options;
  const reading = readSamples(
    { path, stdin },
    { map: {}, fields: FIELDS, badRows: "stop", onSkipped: (problem) => skipped.push(problem), ...rest },
  );
  for await (const sample of reading) samples.push(sample);
  return { samples, skipped, ids: samples.map((sample) => sample.id) };
}

/** The error that reading gives; fails when it gives none. */
export async function errorOf(work: Promise<unknown>): Promise<MezzoError> {
  const result = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (result === undefined) throw new Error("it was expected to fail, and did not");
  return result as MezzoError;
}

/** An accepted sample, with whatever a test cares about. */
export function finished(parts: Partial<FinishedSample> = {}): FinishedSample {
  return {
    id: "s1",
    outcome: "accepted",
    reason: "rated medium",
    state: {},
    source: {},
    run: "r1",
    plan: "f00d",
    steps: [{ node: "judge", visit: 1, label: "medium", next: "accepted", ms: 12, model: "judge-model" }],
    ratings: ["medium"],
    attempts: [],
    models: ["judge-model"],
    tokens: { before: 10, after: 8 },
    ...parts,
  };
}

/** A signal that aborts with `reason` once the work that is given it waits for something. */
export function abortSoon(reason: Error): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 20);
  return controller.signal;
}

/**
 * `segment`: a trace into chunks by its complexity (core/chunks.ts), and whether it reasons deeper than the student is to
 * be asked to. No model. The chunks rejoin to the trace byte for byte; nothing is changed.
 *
 *   fits   within `maxReasoningDepth`, in chunks and in nesting, or no bound was set
 *   deep   beyond it: the graph says whether that is condensed or ends
 */
import * as z from "zod";
import { cutChunks, nestingOf } from "../core/chunks.ts";
import { defineNode, type StepResult } from "./node.ts";
import { textOf } from "./rewriting.ts";

const field = (what: string) => z.string().min(1).optional().describe(`The state field that ${what} is written to.`);

const params = z
  .strictObject({
    reads: z.string().min(1).default("trace").describe("The state field that is cut."),
    chunks: z.string().min(1).describe("The state field, a list, that the chunks are written to."),
    complexity: field("the complexity, 0 to 1,"),
    depth: field("the depth, the larger of chunks and nesting,"),
    low: z.number().gt(0).max(1).default(0.25).describe("Complexity below which a trace is a single step."),
    base: z.int().min(1).default(2).describe("Paragraphs of a chunk at that complexity; it grows with complexity."),
    most: z.int().min(1).default(6).describe("Most paragraphs of a chunk."),
    maxReasoningDepth: z.int().min(1).optional().describe("Most chunks, and most levels of cases within cases."),
  })
  .refine(({ base, most }) => base <= most, { message: "must be at least `base`", path: ["most"] });

export const segment = defineNode<z.infer<typeof params>>({
  kind: "segment",
  summary: "Cuts a trace into chunks by complexity, and bounds how deep it reasons.",
  params,
  labels: ["fits", "deep"],
  special: ["no-answer"],
  fieldTypes: { chunks: "list", complexity: "number", depth: "number" },
  shapes: false,
  uses: (p) => ({
    models: [],
    prompts: [],
    reads: [p.reads],
    writes: [
      p.chunks,
      ...(p.complexity === undefined ? [] : [p.complexity]),
      ...(p.depth === undefined ? [] : [p.depth]),
    ],
  }),
  run: async (context, p): Promise<StepResult> => {
    const trace = textOf(context.state, p.reads);
    if (trace.trim() === "") return { label: "no-answer", reason: `there is no ${p.reads} to cut` };
    const { chunks, complexity, paragraphs } = cutChunks(trace, p);
    const nesting = nestingOf(trace);
    const depth = Math.max(chunks.length, nesting);
    const writes = {
      [p.chunks]: chunks,
      ...(p.complexity === undefined ? {} : { [p.complexity]: Math.round(1000 * complexity) / 1000 }),
      ...(p.depth === undefined ? {} : { [p.depth]: depth }),
    };
    const said = `complexity ${complexity.toFixed(2)}: ${paragraphs} paragraphs in ${chunks.length} chunks, nesting ${nesting}`;
    const isDeep = p.maxReasoningDepth !== undefined && depth > p.maxReasoningDepth;
    const reason = isDeep ? `${said}; at most ${p.maxReasoningDepth}` : said;
    return { label: isDeep ? "deep" : "fits", writes, reason, evidence: { restsOn: ["rules"] } };
  },
});

/** `repeats`: what share of a trace's sentences says what an earlier one said already? No model is asked. */
import { defineNode } from "mezzo";
import * as z from "zod";

const params = z.strictObject({
  reads: z.string().default("trace").describe("The state field that is looked at."),
  writes: z.string().describe("The state field, a number, that the share is written to."),
  most: z.number().min(0).max(1).default(0.2).describe("Above this share a trace is called repetitive."),
});

export default defineNode<z.infer<typeof params>>({
  kind: "repeats",
  summary: "Measures how much of a trace repeats itself.",
  params,
  labels: ["fresh", "repetitive"],
  run: async ({ state }, { reads, writes, most }) => {
    const sentences = String(state[reads] ?? "")
      .split(/[.!?\n]+/)
      .map((sentence) =>
        sentence
          .toLowerCase()
          .replace(/[^\p{L}\p{N}]+/gu, " ")
          .trim(),
      )
      .filter((sentence) => sentence !== "");
    const share = sentences.length === 0 ? 0 : 1 - new Set(sentences).size / sentences.length;
    const reason = `${Math.round(share * 100)} % of the sentences repeat earlier ones`;
    return { label: share > most ? "repetitive" : "fresh", writes: { [writes]: share }, reason };
  },
});

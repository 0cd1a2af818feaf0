/** The length that a rewrite aims at, in tokens that are counted and not guessed (o200k). */
import * as z from "zod";
import { countTokens } from "../core/tokens.ts";

export const lengthSchema = z
  .strictObject({
    tokens: z.int().min(1).optional().describe("Tokens aimed at (o200k)."),
    share: z.number().gt(0).max(5).optional().describe("Or a share of the trace's tokens as it was before."),
    within: z.number().min(0).max(1).default(0.25).describe("How far off is near enough, as a share of the aim."),
  })
  .refine(({ tokens, share }) => (tokens === undefined) !== (share === undefined), {
    message: 'either "tokens" or "share"',
  });

export interface LengthWanted {
  readonly tokens: number;
  readonly within: number;
}

export function lengthOf(length: z.infer<typeof lengthSchema>, before: string): LengthWanted {
  const tokens = length.tokens ?? Math.max(1, Math.round(length.share! * countTokens(before)));
  return { tokens, within: length.within };
}

/** For the model, and for people. */
export function describeLength({ tokens, within }: LengthWanted): string {
  const [least, most] = [Math.floor(tokens * (1 - within)), Math.ceil(tokens * (1 + within))];
  return `about ${tokens} tokens (${least} to ${most})`;
}

/** Tokens beyond the bounds; 0 within them. */
export function missBy(tokens: number, { tokens: aim, within }: LengthWanted): number {
  return Math.max(0, Math.abs(tokens - aim) - Math.ceil(aim * within));
}

/** What the page and its server say to each other about samples that wait for a person: part of api.ts. */
import * as z from "zod";
import type { Verdict } from "../core/events.ts";
import { DECISIONS, type Reviewed } from "../core/reviews.ts";
import type { MaybeText, ShownState } from "./api.ts";

const place = { run: z.string(), sample: z.string(), node: z.string().max(1_000).optional() };

/** A sample's reviews that are not done; none where it waits for no person. */
export const reviewQuerySchema = z.strictObject(place);

export const decideSchema = z.strictObject({
  ...place,
  decided: z.enum(DECISIONS),
  reason: z.string().max(20_000).optional().describe("Why; it must be there for `rejected`."),
  text: z.string().max(5_000_000).optional().describe("For `edited`: what takes the place of the text reviewed."),
  by: z.string().max(200).optional(),
  seconds: z.number().min(0).max(1e6).optional(),
});
export type DecideRequest = z.input<typeof decideSchema>;

export const withdrawSchema = z.strictObject(place);
export type WithdrawRequest = z.input<typeof withdrawSchema>;

export interface SampleReviews {
  readonly run: string;
  readonly sample: string;
  /** Place in the input, from 0. */
  readonly n: number;
  /** One; in a fork there may be several. */
  readonly reviews: readonly ReviewShown[];
  readonly texts: Readonly<Record<string, string>>;
}

export interface ReviewShown {
  readonly node: string;
  readonly visit: number;
  /** `decided` can be taken back; `taken` cannot: the run goes on with it. */
  readonly state: "open" | "decided" | "taken";
  readonly askedAt: number;
  readonly decision: (Reviewed & { readonly reason?: string }) | null;
  readonly instructions: string | null;
  readonly problem: MaybeText;
  readonly answer: MaybeText | null;
  /** The state field that is reviewed: as it was first, where that is something else, and as it is. */
  readonly field: string;
  readonly original: MaybeText | null;
  readonly text: MaybeText;
  /** May it be edited? */
  readonly edits: boolean;
  readonly finding: Verdict | null;
  readonly shows: ShownState;
}

/** What was decided on, or taken back. */
export interface ReviewDone {
  readonly run: string;
  readonly sample: string;
  readonly node: string;
}

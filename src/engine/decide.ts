/**
 * Taking a person's decision: whether it can stand is said while the person is there, and only then it is committed. The
 * step checks a text again by the same rules (nodes/review.ts), so nothing depends on who handed it in.
 */
import type { Clock } from "../core/clock.ts";
import { MezzoError } from "../core/errors.ts";
import type { ReviewPlace } from "../core/reviews.ts";
import type { State } from "../core/sample.ts";
import type { Plan } from "../graph/plan.ts";
import { createGrader } from "../nodes/answers/index.ts";
import { createCodeRunner } from "../nodes/code/index.ts";
import { lostBy, type ReviewParams } from "../nodes/review.ts";
import type { Store, StoredSample } from "../store/store.ts";
import { stateAfter } from "./history.ts";
import { decideReview, type NewDecision, type Review, reviewsOf } from "./reviews.ts";
import { type Sheet, sheetFor } from "./sheet.ts";

export interface DecideOptions {
  readonly plan: Plan;
  readonly clock?: Clock;
}

/** A review that waits, and what the person is shown. */
export interface OpenReview {
  readonly id: string;
  /** Place in the input, from 0. */
  readonly n: number;
  readonly state: Review["state"];
  readonly askedAt: number;
  readonly decision?: Review["decision"];
  readonly sheet: Sheet;
}

/** A sample's reviews that are not done: one, or in a fork several. */
export async function openReviews(
  store: Store,
  run: string,
  { plan, sample }: { plan: Plan; sample: StoredSample },
): Promise<OpenReview[]> {
  const events = await store.sampleEvents(run, sample.id, { calls: false });
  return reviewsOf(events).map((review) => {
    const { state, askedAt, decision } = review;
    return { id: sample.id, n: sample.n, state, askedAt, decision, sheet: sheetFor(plan, review, { sample, events }) };
  });
}

/**
 * Commits a decision that can stand. Throws `no-reason`, `no-edits`, `empty-text`, `answer-lost` where it can't, and what
 * `decideReview` throws.
 */
export async function decide(
  store: Store,
  run: string,
  sample: StoredSample,
  { plan, clock, ...given }: NewDecision & DecideOptions,
): Promise<ReviewPlace> {
  const { id } = sample;
  const reason = given.reason?.trim() || undefined;
  if (given.decided === "rejected" && reason === undefined) {
    const hint = "A sentence is enough: whoever looks at the run later reads it, and it goes into the exports.";
    throw new MezzoError("no-reason", `Why is "${id}" rejected? A reason is expected`, { hint, exitCode: 2 });
  }
  const open = (await openReviews(store, run, { plan, sample })).filter(
    ({ state, sheet }) => state === "open" && (given.node === undefined || sheet.node === given.node),
  );
  const [review] = open;
  let { decided, text } = given;
  if (decided === "edited" && review !== undefined && open.length === 1) {
    text = checkText(id, text, review.sheet);
    if (text === review.sheet.text.trim()) [decided, text] = ["approved", undefined];
    else await refuseLostAnswer(text, { id, sheet: review.sheet, plan, state: await stateNow(store, run, sample) });
  }
  const { by, seconds } = given;
  const node = given.node ?? (open.length === 1 ? review?.sheet.node : undefined);
  return decideReview(store, run, id, { decided, by, seconds, node, reason, text }, { clock });
}

function checkText(id: string, given: string | undefined, { node, edits, field }: Sheet): string {
  if (!edits) {
    const hint = "Approve it, or reject it with a reason.";
    throw new MezzoError("no-edits", `At "${node}" a ${field} can be approved or rejected, not edited`, {
      hint,
      exitCode: 2,
    });
  }
  const text = given?.replaceAll("\r\n", "\n").trim() ?? "";
  if (text === "") throw new MezzoError("empty-text", `The text for "${id}" is empty`, { exitCode: 2 });
  return text;
}

async function stateNow(store: Store, run: string, sample: StoredSample): Promise<State> {
  return stateAfter(sample, await store.sampleEvents(run, sample.id, { calls: false }));
}

async function refuseLostAnswer(
  text: string,
  { id, sheet, plan, state }: { id: string; sheet: Sheet; plan: Plan; state: State },
): Promise<void> {
  const { keeps } = (plan.nodes[sheet.node]?.params ?? {}) as Partial<ReviewParams>;
  const grader = createGrader();
  const programs = createCodeRunner();
  try {
    const lost = await lostBy({ grader, runTests: programs.check }, text, {
      state,
      params: { keeps, reads: sheet.field },
    });
    if (lost === undefined) return;
    const hint = `The node "${sheet.node}" keeps the answer: mend the text, or reject the sample.`;
    throw new MezzoError("answer-lost", `The text for "${id}" loses the answer: ${lost.reason}`, { hint, exitCode: 2 });
  } finally {
    await Promise.all([grader.close(), programs.close()]);
  }
}

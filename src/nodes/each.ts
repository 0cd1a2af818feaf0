/**
 * A rewriting kind over the pieces of a text: one step, each piece asked for by itself, joined in order.
 *
 *   whole text reaches its answer? ──▶ pieces, `parallel` at a time ──▶ joined ──▶ the whole reaches it still? ──▶ written
 *            │no                            │one is not good                          │no
 *            ▼                              ▼                                         ▼
 *     as a rewrite ends             ends as that piece did, with                 answer-lost
 *                                   its number; nothing is written
 *
 * `keeps` is for the whole: a piece has no answer of its own. So is what must not be gone: what a later piece uses of this one
 * is looked for when they are joined. A piece without prose (a listing, a formula, a table) is kept
 * as it is and not asked for. Pieces are begun in groups and a group is waited for, so that what is asked does not hang on
 * which reply is first: the same replies give the same calls.
 */

import { checkReach, type Target, targetOf } from "./keeps.ts";
import { findLooseEnds } from "./loose-ends.ts";
import type { NodeContext, NodeKind, StepResult } from "./node.ts";
import { cutPieces, type Piece, type PieceSize } from "./pieces.ts";
import { checkBefore, textOf } from "./rewriting.ts";

export interface EachOptions extends PieceSize {
  /** The state field that is cut, and written. */
  readonly of: string;
  readonly parallel: number;
}

type Params = Readonly<Record<string, unknown>>;

export async function runEach(
  kind: NodeKind,
  context: NodeContext,
  { each, params }: { each: EachOptions; params: Params },
): Promise<StepResult> {
  const text = textOf(context.state, each.of);
  const pieces = cutPieces(text, each);
  if (pieces.length < 2) return kind.run(context, params);
  const problem = textOf(context.state, "problem");
  const target = typeof params.keeps === "string" ? targetOf(context.state, params.keeps, text) : undefined;
  const unfit = target && (await checkBefore(context, text, { target, problem }));
  if (unfit !== undefined) return unfit;

  const { keeps: _ofTheWhole, ...own } = params;
  const texts: string[] = [];
  for (let from = 0; from < pieces.length; from += each.parallel) {
    const group = pieces.slice(from, from + each.parallel);
    const results = await Promise.allSettled(
      group.map((piece, at) =>
        runPiece(kind, context.part(from + at, { [each.of]: piece.body }), { piece, own, each }),
      ),
    );
    for (const [at, result] of results.entries()) {
      if (result.status === "rejected") throw result.reason;
      if (typeof result.value !== "string") return nameThePiece(result.value, from + at, pieces.length);
      texts.push(result.value);
    }
  }
  const joined = pieces.map(({ gap }, at) => texts[at] + gap).join("");
  const loose = findLooseEnds({ problem, original: text, text: joined });
  if (loose.length > 0) {
    return { label: "undecided", reason: `the joined pieces refer to what is gone: ${loose.join("; ")}` };
  }
  return target === undefined ? written(each.of, joined) : checkWhole(kind, context, { joined, target, problem, each });
}

/** The piece written anew, or how its asking ended. */
async function runPiece(
  kind: NodeKind,
  context: NodeContext,
  { piece, own, each }: { piece: Piece; own: Params; each: EachOptions },
): Promise<string | StepResult> {
  if (piece.isProtected) return piece.body;
  const result = await kind.run(context, own);
  const text = result.writes?.[each.of];
  if (typeof text !== "string") return result;
  // Said again word for word, it is as it was: with the white space around it.
  return text === piece.body.trim() ? piece.body : text;
}

function nameThePiece({ label, reason }: StepResult, at: number, of: number): StepResult {
  return { label, reason: `piece ${at + 1} of ${of}: ${reason ?? `it ended with ${label}`}` };
}

async function checkWhole(
  kind: NodeKind,
  context: NodeContext,
  { joined, target, problem, each }: { joined: string; target: Target; problem: string; each: EachOptions },
): Promise<StepResult> {
  const { reach, check } = await checkReach(context, joined, target, problem);
  const evidence = { restsOn: ["rules"] as const, answer: check };
  if (reach === "yes") return { ...written(each.of, joined), evidence };
  const lost = kind.special.includes("answer-lost") ? "answer-lost" : "wrong-answer";
  return { label: reach === "unclear" ? "undecided" : lost, reason: `the joined pieces: ${check.reason}`, evidence };
}

function written(field: string, text: string): StepResult {
  return { label: "written", writes: { [field]: text } };
}

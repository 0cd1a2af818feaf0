/**
 * Texts of an answer. Those that fit came with it; a long one comes in pieces, the first at once and the others when the
 * reader asks, so that a trace of 5 MB opens like any other.
 */
import { useEffect, useState } from "react";
import type { MaybeText, TextPiece } from "../../api.ts";
import { addressOf } from "../client.ts";
import { useRemotes } from "../remote.ts";

export interface Shown {
  readonly text: string;
  readonly isLoading: boolean;
  /** What is left, and how to have more of it. */
  readonly rest: { readonly chars: number; readonly more: () => void } | undefined;
}

export type Texts = Readonly<Record<string, string>>;

export function useText(maybe: MaybeText | null, texts: Texts): Shown {
  const ref = maybe === null || typeof maybe === "string" || texts[maybe.ref] !== undefined ? undefined : maybe.ref;
  const [froms, setFroms] = useState<readonly number[]>([0]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another text begins at its beginning.
  useEffect(() => setFroms([0]), [ref]);
  const pieces = useRemotes<TextPiece>(
    ref === undefined ? [] : froms.map((from) => addressOf("/api/text", { ref, from })),
  );
  if (maybe === null) return { text: "", isLoading: false, rest: undefined };
  if (typeof maybe === "string") return { text: maybe, isLoading: false, rest: undefined };
  if (ref === undefined) return { text: texts[maybe.ref]!, isLoading: false, rest: undefined };
  const text = pieces.map((piece) => piece.data?.text ?? "").join("");
  const next = pieces.at(-1)?.data?.next ?? null;
  return {
    text,
    isLoading: pieces.some((piece) => piece.isLoading),
    rest: next === null ? undefined : { chars: maybe.chars - text.length, more: () => setFroms([...froms, next]) },
  };
}

/** A text that is there at once, else its beginning is not. */
export function textAtHand(maybe: MaybeText | null, texts: Texts): string | undefined {
  if (maybe === null) return undefined;
  return typeof maybe === "string" ? maybe : texts[maybe.ref];
}

/**
 * A trace, alone or beside the one before it. What is the same folds away, what changed stands at the same height with
 * its words marked, and what a judge said stands under the step that it meant. (A judge counts a trace's paragraphs as its
 * steps; on the page, where a sample's way has steps too, they are called paragraphs.)
 */
import { useDeferredValue, useEffect, useMemo, useState } from "react";
import type { Verdict } from "../../../core/events.ts";
import { plural } from "../format.ts";
import { Mark, toneOf, wordFor } from "../parts/marks.tsx";
import { Plain } from "../parts/plain.tsx";
import { Empty } from "../parts/states.tsx";
import { type Block, cutSteps, type Step } from "./cut-steps.ts";
import { compareSteps, type MarkedBlock, type Row } from "./differences.ts";
import { StepText } from "./step-text.tsx";
import type { Shown } from "./texts.ts";
import "./trace-view.css";

/** What a judge said of a trace, and who. */
export interface Note {
  readonly by: string;
  readonly verdict: Verdict;
}
export interface TraceSide {
  readonly title: string;
  readonly shown: Shown;
  readonly note: Note | undefined;
}
interface Props {
  readonly before: TraceSide | undefined;
  readonly after: TraceSide;
  /** Everything unfolded. */
  readonly isOpen: boolean;
  readonly setOpen: (isOpen: boolean) => void;
}

/** A page holds so many rows at first: a trace of ten thousand steps is read from its beginning. */
const FIRST_ROWS = 150;
/** Same steps kept in sight on each side of a change. */
const CONTEXT = 1;
/** Steps kept in sight at each end of a long stretch that is only on one side. */
const ENDS = 3;

export function TraceView({ before, after, isOpen, setOpen }: Props) {
  const [most, setMost] = useState(FIRST_ROWS);
  const [one, other] = [useDeferredValue(before?.shown.text), useDeferredValue(after.shown.text)];
  const differences = useMemo(() => {
    const steps = cutSteps(other);
    if (one === undefined) return undefined;
    return compareSteps(cutSteps(one), steps);
  }, [one, other]);
  const alone = useMemo(() => (one === undefined ? cutSteps(other) : []), [one, other]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another trace begins with its first rows.
  useEffect(() => setMost(FIRST_ROWS), [one, other]);
  if (other === "" && !after.shown.isLoading) return <Empty title="There is no trace yet" />;
  const isFolded = differences !== undefined && !isOpen;
  const rows: readonly Row[] =
    differences?.rows ?? alone.map((step) => ({ kind: "other", before: undefined, after: step }));
  const pieces = fold(rows, { isFolded, keep: (row) => isNoted(row, before?.note, after.note) });
  const isFullyThere = pieces.length <= most;
  return (
    <div className={`trace-view ${differences === undefined ? "is-alone" : ""}`}>
      <div className="trace-row head">
        {before === undefined ? null : <Title side={before} />}
        <Title side={after} />
      </div>
      {differences === undefined ? null : <Summary of={differences} isOpen={isOpen} setOpen={setOpen} />}
      {pieces.slice(0, most).map((piece) =>
        "folded" in piece ? (
          <button key={`fold ${piece.from}`} type="button" className="fold" onClick={() => setOpen(true)}>
            {plural(piece.folded, piece.kind === "same" ? "unchanged paragraph" : "further paragraph")}
          </button>
        ) : (
          <RowView
            key={keyOf(piece.row)}
            row={piece.row}
            before={before?.note}
            after={after.note}
            isAlone={differences === undefined}
          />
        ),
      )}
      {isFullyThere ? (
        <Rest sides={[before, after]} />
      ) : (
        <button type="button" className="fold" onClick={() => setMost(most * 4)}>
          Show more of {plural(pieces.length - most, "further paragraph")}
        </button>
      )}
    </div>
  );
}

function Title({ side }: { readonly side: TraceSide }) {
  return (
    <div className={`cell title ${side.shown.isLoading ? "is-loading" : ""}`}>
      <h2 className="quiet">{side.title}</h2>
    </div>
  );
}

function Summary(props: { of: ReturnType<typeof compareSteps>; isOpen: boolean; setOpen: (isOpen: boolean) => void }) {
  const { kept, changed, removed, added } = props.of;
  const words = [
    changed > 0 ? `${plural(changed, "paragraph")} changed` : "",
    removed > 0 ? `${removed} taken out` : "",
    added > 0 ? `${added} new` : "",
    `${kept} as before`,
  ].filter((word) => word !== "");
  return (
    <p className="summary quiet row">
      <span>{changed + removed + added === 0 ? "The trace did not change here." : words.join(" · ")}</span>
      {kept === 0 ? null : (
        <button type="button" className="button plain small" onClick={() => props.setOpen(!props.isOpen)}>
          {props.isOpen ? "Fold" : "Unfold"}
        </button>
      )}
    </p>
  );
}

function Rest({ sides }: { readonly sides: readonly (TraceSide | undefined)[] }) {
  const rests = sides.flatMap((side) => side?.shown.rest ?? []);
  if (rests.length === 0) return null;
  const chars = Math.max(...rests.map((rest) => rest.chars));
  return (
    <button
      type="button"
      className="fold"
      onClick={() => {
        for (const rest of rests) rest.more();
      }}
    >
      Show more of {plural(chars, "further character")}
    </button>
  );
}

interface RowProps {
  readonly row: Row;
  readonly before: Note | undefined;
  readonly after: Note | undefined;
  readonly isAlone: boolean;
}

function RowView({ row, before, after, isAlone }: RowProps) {
  const [one, other] = sidesOf(row);
  const look = isAlone ? "alone" : row.kind;
  return (
    <div className={`trace-row is-${look}`}>
      {isAlone ? null : <Cell of={one} note={before} mark="del" />}
      <Cell of={other} note={after} mark="ins" />
    </div>
  );
}

interface Content {
  readonly step: Step;
  readonly blocks: readonly (Block | MarkedBlock)[];
}

function sidesOf(row: Row): [Content | undefined, Content | undefined] {
  if (row.kind === "changed") return [row.before, row.after];
  const content = (step: Step | undefined) => step && { step, blocks: step.blocks };
  return [content(row.before), content(row.after)];
}

function Cell({
  of,
  note,
  mark,
}: {
  readonly of: Content | undefined;
  readonly note: Note | undefined;
  readonly mark: "ins" | "del";
}) {
  if (of === undefined) return <div className="cell is-none" />;
  const isNoted = note !== undefined && note.verdict.step === of.step.n;
  const tone = isNoted ? `is-noted tone-${toneOf(note.verdict.rating)}` : "";
  return (
    <div className={`cell is-${mark} ${tone}`}>
      <span className="n num quiet">
        {isNoted ? <Mark of={note.verdict.rating} /> : null}
        {of.step.n}
      </span>
      <div className="text">
        <StepText blocks={of.blocks} mark={mark} />
        {isNoted ? <NoteText note={note} /> : null}
      </div>
    </div>
  );
}

function NoteText({ note }: { readonly note: Note }) {
  return (
    <aside className="note" aria-label={`${note.by} about this paragraph`}>
      <strong>
        {note.by}: {wordFor(note.verdict.rating)}
      </strong>{" "}
      <Plain text={note.verdict.reason} />
    </aside>
  );
}

type PieceOfView = { readonly row: Row } | { folded: number; readonly from: number; readonly kind: Row["kind"] };

/**
 * Stretches of unchanged steps become one line, but for those beside a change and those that a judge meant; and so does
 * the inside of a long stretch that was taken out or put in: its ends tell what it is.
 */
function fold(
  rows: readonly Row[],
  how: { readonly isFolded: boolean; readonly keep: (row: Row) => boolean },
): PieceOfView[] {
  if (!how.isFolded) return rows.map((row) => ({ row }));
  const isShown = rows.map((row, at) => how.keep(row) || (row.kind !== "same" && !isInside(rows, at)));
  const pieces: PieceOfView[] = [];
  for (const [at, row] of rows.entries()) {
    const isNear = row.kind === "same" && isShown.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some(Boolean);
    const last = pieces.at(-1);
    if (isShown[at] || isNear) pieces.push({ row });
    else if (last !== undefined && "folded" in last && last.kind === row.kind) last.folded += 1;
    else pieces.push({ folded: 1, from: at, kind: row.kind });
  }
  return pieces;
}

/** Further from both ends of its stretch than `ENDS`. */
function isInside(rows: readonly Row[], at: number): boolean {
  const kind = rows[at]!.kind;
  if (kind !== "other") return false;
  for (let by = 1; by <= ENDS; by++) if (rows[at - by]?.kind !== kind || rows[at + by]?.kind !== kind) return false;
  return true;
}

function isNoted(row: Row, before: Note | undefined, after: Note | undefined): boolean {
  const [one, other] = sidesOf(row);
  const meant = (note: Note | undefined, content: Content | undefined) =>
    note !== undefined && content !== undefined && note.verdict.step === content.step.n;
  return meant(before, one) || meant(after, other);
}

function keyOf(row: Row): string {
  const [one, other] = sidesOf(row);
  return `${one?.step.n ?? ""}:${other?.step.n ?? ""}`;
}

/** What the person is asked, what the judge said, and the decision: each with its key. */
import { useEffect, useRef, useState } from "react";
import type { ReviewShown, ShownState } from "../../api.ts";
import { ago } from "../format.ts";
import { useKeys } from "../keys.ts";
import { Link } from "../parts/link.tsx";
import { Mark, toneOf, Word } from "../parts/marks.tsx";
import { Plain } from "../parts/plain.tsx";
import { Trouble } from "../parts/states.tsx";
import { to } from "../router.ts";
import type { Desk, Draft } from "./desk.ts";

interface Props {
  readonly desk: Desk;
  readonly review: ReviewShown;
  readonly run: string;
  /** The text being edited. */
  readonly own: string | undefined;
  /** All of the text is here: what is not could not be sent back. */
  readonly isWhole: boolean;
}

const NAME = "mezzo-reviewer";

export function Decision({ desk, review, run, own, isWhole }: Props) {
  const { draft, setDraft } = desk;
  const [by, setBy] = useState(() => localStorage.getItem(NAME) ?? "");
  const rename = (name: string) => {
    setBy(name);
    localStorage.setItem(NAME, name);
  };
  const isOpen = review.state === "open";
  const mayEdit = isOpen && review.edits && isWhole;
  const reason = draft.reason.trim() === "" ? undefined : draft.reason;
  const begin = (does: Draft["does"]) => setDraft({ ...draft, does: draft.does === does ? undefined : does });
  const cancel = () => setDraft({ ...draft, does: undefined });
  const approve = () => void desk.decide({ decided: "approved", reason, by });
  const reject = () => void (reason !== undefined && desk.decide({ decided: "rejected", reason, by }));
  const save = () => void desk.decide({ decided: "edited", text: own ?? "", reason, by });
  const sent = draft.does === "edit" ? save : draft.does === "reject" ? reject : undefined;
  useKeys("Decide", [
    { key: "a", does: "approve", run: () => isOpen && draft.does === undefined && approve() },
    {
      key: "r",
      does: "reject, with a reason",
      run: () => isOpen && begin("reject"),
    },
    { key: "e", does: "edit the text", run: () => mayEdit && begin("edit") },
    { key: "mod+enter", does: "send what is typed", run: () => sent?.(), always: true },
    { key: "Escape", does: "not after all", run: cancel, always: true },
  ]);
  return (
    <aside className="side" aria-label="Decision">
      <section className="card decide">
        {isOpen ? (
          <>
            <div className="row choices">
              <button
                type="button"
                className="button main"
                disabled={desk.isBusy || draft.does !== undefined}
                onClick={approve}
              >
                Approve <kbd>a</kbd>
              </button>
              <button
                type="button"
                className="button"
                aria-expanded={draft.does === "reject"}
                onClick={() => begin("reject")}
              >
                Reject <kbd>r</kbd>
              </button>
              {review.edits ? (
                <button
                  type="button"
                  className="button"
                  disabled={!isWhole}
                  title={isWhole ? undefined : "Too long to edit here: mezzo review --trace F takes a file"}
                  aria-expanded={draft.does === "edit"}
                  onClick={() => begin("edit")}
                >
                  Edit <kbd>e</kbd>
                </button>
              ) : null}
            </div>
            <Reason desk={desk} />
            {sent === undefined ? null : (
              <div className="row">
                <button
                  type="button"
                  className="button main"
                  disabled={desk.isBusy || (draft.does === "reject" && reason === undefined)}
                  onClick={sent}
                >
                  {draft.does === "edit" ? "Hand in" : "Reject"} <kbd>Ctrl ↵</kbd>
                </button>
                <button type="button" className="button" onClick={cancel}>
                  Cancel
                </button>
              </div>
            )}
            <label className="row who">
              <span className="quiet">You are</span>
              <input
                className="field grow"
                value={by}
                maxLength={200}
                placeholder="a name, for whoever reads this later"
                onChange={(event) => rename(event.target.value)}
              />
            </label>
          </>
        ) : (
          <Made desk={desk} review={review} />
        )}
        {desk.error === undefined ? null : <Trouble error={desk.error} />}
        <Last desk={desk} />
      </section>
      <Asked review={review} />
      <section className="card quiet">
        <Link href={to.sample(run, desk.sample ?? "")}>Its way so far, and every call</Link>
      </section>
    </aside>
  );
}

function Reason({ desk: { draft, setDraft } }: Pick<Props, "desk">) {
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (draft.does === "reject") field.current?.focus();
  }, [draft.does]);
  return (
    <label className="reason">
      <span className="quiet">
        {draft.does === "reject" ? "Why is it rejected?" : "Reason, if there is one to give"}
      </span>
      <textarea
        ref={field}
        className="field"
        rows={draft.does === "reject" ? 3 : 1}
        value={draft.reason}
        onChange={(event) => setDraft({ ...draft, reason: event.target.value })}
      />
    </label>
  );
}

/** Decided, by this person or another one. */
function Made({ desk, review }: Pick<Props, "desk" | "review">) {
  const { decision, state, node } = review;
  if (decision === null) return null;
  const sample = desk.sample ?? "";
  return (
    <div className="made" role="status">
      <p>
        <strong>
          <Plain text={decision.by ?? "Somebody"} /> {decision.decided} it
        </strong>{" "}
        <span className="quiet">{ago(decision.at, Date.now())}</span>
      </p>
      {decision.reason === undefined ? null : (
        <p className="words">
          <Plain text={decision.reason} />
        </p>
      )}
      <p className="row">
        {state === "decided" ? (
          <button
            type="button"
            className="button small"
            disabled={desk.undo === undefined}
            onClick={() => desk.undo?.({ sample, node })}
          >
            Take it back
          </button>
        ) : (
          <span className="quiet">The run has taken it up.</span>
        )}
        {desk.next === undefined ? null : (
          <button type="button" className="button main small" onClick={desk.next}>
            Next <kbd>j</kbd>
          </button>
        )}
      </p>
    </div>
  );
}

/** What was decided last, as long as something else lies on the desk. */
export function Last({ desk }: Pick<Props, "desk">) {
  const { last, undo, sample } = desk;
  if (last === undefined || last.sample === sample) return null;
  return (
    <p className="row last quiet">
      <span className="cut grow">
        <Mark of={last.decided === "rejected" ? "rejected" : "accepted"} /> <Plain text={last.sample} /> {last.decided}
      </span>
      <button type="button" className="button small" disabled={undo === undefined} onClick={() => undo?.(last)}>
        Undo <kbd>z</kbd>
      </button>
    </p>
  );
}

/** Everything that helps to decide. */
function Asked({ review }: Pick<Props, "review">) {
  const { instructions, finding, shows, node } = review;
  const facts = Object.entries(shows);
  return (
    <>
      {instructions === null ? null : (
        <section className="card">
          <h2 className="quiet">{node} asks</h2>
          <p className="words">
            <Plain text={instructions} />
          </p>
        </section>
      )}
      {finding === null ? null : (
        <section className="card">
          <h2>
            <span className="quiet">the judge said </span>
            <Word of={finding.rating} />
            {finding.step === null ? null : (
              <span className={`tone-${toneOf(finding.rating)}`}> at paragraph {finding.step}</span>
            )}
          </h2>
          <p className="words">
            <Plain text={finding.reason} />
          </p>
          <dl className="pairs">
            <Fact name="missing" value={finding.missing} />
            <Fact name="surplus" value={finding.surplus} />
            <Fact name="confidence" value={finding.confidence} />
          </dl>
        </section>
      )}
      {facts.length === 0 ? null : (
        <section className="card">
          <dl className="pairs">
            {facts.map(([name, value]) => (
              <Fact key={name} name={name} value={value} />
            ))}
          </dl>
        </section>
      )}
    </>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: ShownState[string] }) {
  if (value === null) return null;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return (
    <div>
      <dt>
        <Plain text={name} />
      </dt>
      <dd>
        <Plain text={text.slice(0, 2_000)} />
      </dd>
    </div>
  );
}

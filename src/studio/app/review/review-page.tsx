/**
 * Samples that wait for a person, one after the other: the problem, the trace beside what it was, what the judge said and
 * where; and the few keys that it takes to say yes, no, or to mend it.
 */
import { useState } from "react";
import type { ReviewShown, RunPage as RunAnswer } from "../../api.ts";
import { addressOf } from "../client.ts";
import { count, plural } from "../format.ts";
import { useKeys } from "../keys.ts";
import { useLive } from "../live.ts";
import { Link } from "../parts/link.tsx";
import { Mark, RunStateWord } from "../parts/marks.tsx";
import { Plain } from "../parts/plain.tsx";
import { Empty, Loading, Trouble } from "../parts/states.tsx";
import { useRemote } from "../remote.ts";
import { go, to } from "../router.ts";
import { Control } from "../run/control.tsx";
import { type Texts, useText } from "../sample/texts.ts";
import { type Note, TraceView } from "../sample/trace-view.tsx";
import { Bar } from "../shell/top-bar.tsx";
import { Decision, Last } from "./decision.tsx";
import { type Desk, useDesk } from "./desk.ts";
import "../sample/sample-page.css";
import "./review-page.css";

export default function ReviewPage({ run: name }: { readonly run: string }) {
  useLive(name);
  const { data: run, error } = useRemote<RunAnswer>(addressOf("/api/run", { run: name }));
  const desk = useDesk(name);
  useKeys("Review", [
    { key: "j", does: "next sample that waits", run: () => desk.next?.() },
    { key: "k", does: "sample before", run: () => desk.before?.() },
    { key: "ArrowRight", does: "next sample that waits", run: () => desk.next?.() },
    { key: "ArrowLeft", does: "sample before", run: () => desk.before?.() },
    {
      key: "z",
      does: "take the decision back, or the last one",
      run: () => {
        const { sample, review, last, undo } = desk;
        if (review?.state === "decided" && sample !== undefined) undo?.({ sample, node: review.node });
        else if (last !== undefined) undo?.(last);
      },
    },
    { key: "u", does: "back to the run", run: () => go(to.run(name)) },
  ]);
  const crumbs = [{ text: name, href: to.run(name) }, { text: "review" }];
  if (run === undefined || desk.queue === undefined) {
    return (
      <>
        <Bar crumbs={crumbs} />
        <main>{error === undefined ? <Loading what="what waits" /> : <Trouble error={error} />}</main>
      </>
    );
  }
  return (
    <>
      <Bar crumbs={crumbs}>
        <Progress run={run} />
        <Control run={run} isPlain />
      </Bar>
      <main className={`review-page ${desk.isOld ? "is-loading" : ""}`}>
        <Queue desk={desk} run={run} />
        {desk.review === undefined ? (
          <div className="stage">
            <Nothing desk={desk} run={run} />
          </div>
        ) : (
          <Sample key={`${desk.sample} ${desk.review.node}`} desk={desk} review={desk.review} run={name} />
        )}
      </main>
      <p className="unseen" role="status">
        {desk.last === undefined ? "" : `${desk.last.sample}: ${desk.last.decided}`}
      </p>
    </>
  );
}

/** "12 of 40 reviewed": of all that a person was asked so far. */
function Progress({ run }: { readonly run: RunAnswer }) {
  const nodes = run.drawn.nodes.filter(({ kind }) => kind === "review");
  const done = nodes.reduce((sum, { name }) => sum + (run.view.nodes[name]?.visits ?? 0), 0) + run.decided;
  const all = done + run.forPerson;
  return (
    <div className="health row">
      <RunStateWord state={run.state} why={run.pausedBy?.reason} />
      <span className="row progress" title={`${count(run.forPerson)} wait for a person`}>
        <progress max={Math.max(1, all)} value={done} aria-label="Samples that a person has decided on" />
        <span className="num">
          {count(done)} of {count(all)} reviewed
        </span>
      </span>
      {run.decided === 0 ? null : <span className="quiet">{plural(run.decided, "decision")} not taken up yet</span>}
    </div>
  );
}

function Queue({ desk, run }: { readonly desk: Desk; readonly run: RunAnswer }) {
  const { queue, decided, sample, open } = desk;
  const more = run.forPerson - (queue?.samples.length ?? 0);
  return (
    <nav className="queue" aria-label="Samples that wait for a person">
      <h2 className="quiet">
        waiting <span className="num">{count(run.forPerson)}</span>
      </h2>
      <ol>
        {queue?.samples.map(({ id, here, verdict }) => (
          <li key={id}>
            <button type="button" aria-current={id === sample ? "true" : undefined} onClick={() => open(id)}>
              <span className="cut">
                <Plain text={id} />
              </span>
              {verdict === null ? null : <Mark of={verdict.rating} />}
              <span className="unseen">{here}</span>
            </button>
          </li>
        ))}
      </ol>
      {more > 0 ? <p className="quiet rest">and {count(more)} more</p> : null}
      {decided === undefined || decided.samples.length === 0 ? null : (
        <>
          <h2 className="quiet">
            decided <span className="num">{count(decided.total)}</span>
          </h2>
          <ol>
            {decided.samples.map(({ id }) => (
              <li key={id}>
                <button type="button" aria-current={id === sample ? "true" : undefined} onClick={() => open(id)}>
                  <span className="cut quiet">
                    <Plain text={id} />
                  </span>
                  <Mark of="decided" />
                </button>
              </li>
            ))}
          </ol>
        </>
      )}
    </nav>
  );
}

/** No sample on the desk: none waits, or the one in the address does not. */
function Nothing({ desk, run }: { readonly desk: Desk; readonly run: RunAnswer }) {
  const { sample, view, next, error } = desk;
  if (sample !== undefined && error !== undefined) return <Trouble error={error} />;
  if (sample !== undefined && view === undefined) return <Loading what="the sample" />;
  if (sample !== undefined) {
    return (
      <Empty title="This sample waits for no person">
        <p className="row">
          <Link href={to.sample(run.run, sample)}>Its way so far</Link>
          {next === undefined ? null : (
            <button type="button" className="button small" onClick={next}>
              Next that waits <kbd>j</kbd>
            </button>
          )}
        </p>
      </Empty>
    );
  }
  if (run.decided > 0) {
    return (
      <Empty title="Everything is decided">
        <p>{run.holder === null ? "Resume the run to go on with it." : "The run takes it up by itself."}</p>
        <Control run={run} isPlain />
        <Last desk={desk} />
      </Empty>
    );
  }
  return (
    <Empty title="No sample waits for a person">
      <Link href={to.run(run.run)}>Back to the run</Link>
    </Empty>
  );
}

interface SampleProps {
  readonly desk: Desk;
  readonly review: ReviewShown;
  readonly run: string;
}

function Sample({ desk, review, run }: SampleProps) {
  const texts = desk.view!.texts;
  const { draft, setDraft } = desk;
  const now = useText(review.text, texts);
  const original = useText(review.original, texts);
  const [isOpen, setOpen] = useState(false);
  const note: Note | undefined = review.finding === null ? undefined : { by: "the judge", verdict: review.finding };
  const mine = draft.does === "edit" ? (draft.text ?? now.text) : undefined;
  useKeys("The trace", [{ key: "f", does: "fold or unfold unchanged paragraphs", run: () => setOpen(!isOpen) }]);
  return (
    <>
      <div className="stage">
        <Problem review={review} texts={texts} />
        {mine !== undefined ? (
          <label className="own-text">
            <span className="quiet">Your {review.field}</span>
            <textarea
              // biome-ignore lint/a11y/noAutofocus: whoever asked to edit means this field.
              autoFocus
              value={mine}
              spellCheck={false}
              onChange={(event) => setDraft({ ...draft, text: event.target.value })}
            />
          </label>
        ) : null}
        <TraceView
          before={
            mine !== undefined
              ? { title: `${review.field} now`, shown: now, note }
              : review.original === null
                ? undefined
                : { title: "as it came", shown: original, note: undefined }
          }
          after={
            mine !== undefined
              ? { title: "yours", shown: { text: mine, isLoading: false, rest: undefined }, note: undefined }
              : {
                  title: review.original === null ? `${review.field}, as it came` : `${review.field} now`,
                  shown: now,
                  note,
                }
          }
          isOpen={isOpen}
          setOpen={setOpen}
        />
      </div>
      <Decision desk={desk} review={review} run={run} own={mine} isWhole={now.rest === undefined && !now.isLoading} />
    </>
  );
}

function Problem({ review, texts }: { readonly review: ReviewShown; readonly texts: Texts }) {
  const { text } = useText(review.problem, texts);
  const { text: answer } = useText(review.answer, texts);
  return (
    <section className="problem is-open" aria-label="Problem">
      <p className="words">
        <Plain text={text} />
      </p>
      {review.answer === null ? null : (
        <span className="answer">
          <span className="quiet">answer</span>{" "}
          <strong>
            <Plain text={answer.slice(0, 200)} />
          </strong>
        </span>
      )}
    </section>
  );
}

/** What a step found, and what that rests on: rules first, then the judge and its votes. */
import type { StepView } from "../../api.ts";
import { count, plural, time, usd } from "../format.ts";
import { Mark, toneOf, Word, wordFor } from "../parts/marks.tsx";
import { Plain } from "../parts/plain.tsx";
import { EvidenceCards } from "./evidence.tsx";
import { Measured } from "./measured.tsx";
import { noteOf } from "./way.ts";

export function Findings({ step }: { readonly step: StepView }) {
  const note = noteOf(step);
  return (
    <>
      <Rested step={step} />
      <section className="card">
        <h2>
          <span className="quiet">ended as </span>
          <Word of={step.label} />
          <span className="quiet"> → {step.next}</span>
        </h2>
        {step.reason === null || step.reason === note?.verdict.reason ? null : (
          <p className="words">
            <Plain text={step.reason} />
          </p>
        )}
        <dl className="pairs">
          <div>
            <dt>trace</dt>
            <dd className="num">
              {step.tokens.before === step.tokens.after
                ? plural(step.tokens.after, "token")
                : `${count(step.tokens.before)} ▸ ${plural(step.tokens.after, "token")}`}
            </dd>
          </div>
          <div>
            <dt>calls</dt>
            <dd className="num">{count(step.calls.length)}</dd>
          </div>
          <div>
            <dt>time</dt>
            <dd className="num">{time(step.ms)}</dd>
          </div>
          <div>
            <dt>cost</dt>
            <dd className="num">{usd(step.costUsd)}</dd>
          </div>
        </dl>
      </section>
    </>
  );
}

/** The verdict and the check of the answer, of a step that happened or of one that was only tried. */
export function Rested({ step }: { readonly step: Pick<StepView, "node" | "visit" | "evidence"> }) {
  const note = noteOf(step);
  const { evidence } = step;
  return (
    <>
      {note === undefined ? null : (
        <section className="card">
          <h2>
            <span className="quiet">{step.node} said </span>
            <Word of={note.verdict.rating} />
            {note.verdict.step === null ? null : (
              <span className={`tone-${toneOf(note.verdict.rating)}`}> at paragraph {note.verdict.step}</span>
            )}
          </h2>
          <p className="words">
            <Plain text={note.verdict.reason} />
          </p>
          <dl className="pairs">
            {note.verdict.missing === null ? null : (
              <div>
                <dt>missing</dt>
                <dd>
                  <Plain text={note.verdict.missing} />
                </dd>
              </div>
            )}
            {note.verdict.surplus === null ? null : (
              <div>
                <dt>surplus</dt>
                <dd>
                  <Plain text={note.verdict.surplus} />
                </dd>
              </div>
            )}
            {evidence?.votes === undefined || evidence.votes.length === 0 ? null : (
              <div>
                <dt>votes</dt>
                <dd className="row votes">
                  {evidence.votes.map((vote, index) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: votes keep their order.
                    <span key={index} className="word" title={wordFor(vote)}>
                      {vote === "abstained" ? "abstained" : <Mark of={vote} />}
                      <span className="unseen">{wordFor(vote)}</span>
                    </span>
                  ))}
                  <span className="quiet">
                    {evidence.votes.filter((vote) => vote === note.verdict.rating).length} of {evidence.votes.length}{" "}
                    agree
                  </span>
                </dd>
              </div>
            )}
            {evidence?.voters?.map(({ model, prompt }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: votes keep their order.
              <div key={index}>
                <dt className="cut">
                  <Plain text={model} />
                </dt>
                <dd>
                  {wordFor(evidence.votes?.[index] ?? "abstained")}, asked with <Plain text={prompt} />
                </dd>
              </div>
            ))}
            {note.verdict.confidence === null ? null : (
              <div>
                <dt>confidence</dt>
                <dd className="num">{Math.round(100 * note.verdict.confidence)} %, as it says</dd>
              </div>
            )}
          </dl>
        </section>
      )}
      {evidence === null ? null : <Measured evidence={evidence} />}
      {evidence?.review === undefined ? null : (
        <section className="card">
          <h2>
            <span className="quiet">decided by </span>
            <Plain text={evidence.review.by ?? "a person"} /> <Word of={evidence.review.decided} />
          </h2>
          {evidence.review.seconds === undefined ? null : (
            <p className="quiet">after {time(1_000 * evidence.review.seconds)}</p>
          )}
        </section>
      )}
      {evidence?.answer === undefined ? null : (
        <section className="card">
          <h2>
            <span className="quiet">
              {evidence.answer.tests === undefined ? "answer by rules " : "program by its tests "}
            </span>
            <span
              className={
                evidence.answer.verdict === "equal"
                  ? "tone-fits"
                  : evidence.answer.verdict === "different"
                    ? "tone-failed"
                    : "tone-undecided"
              }
            >
              {
                (evidence.answer.tests === undefined
                  ? { equal: "✓ the same", different: "✕ different", undecided: "? undecided" }
                  : { equal: "✓ passes", different: "✕ fails", undecided: "? undecided" })[evidence.answer.verdict]
              }
            </span>
          </h2>
          <p className="words">
            <Plain text={evidence.answer.reason} />
          </p>
          {evidence.answer.tests === undefined ? null : (
            <p className="quiet">
              {evidence.answer.tests.passed} of {plural(evidence.answer.tests.of, "test")} passed, in{" "}
              <Plain text={evidence.answer.tests.sandbox} />
            </p>
          )}
          {evidence.answer.tests === undefined ? null : (
            <p className="quiet">
              {evidence.answer.tests.passed} of {evidence.answer.tests.of} tests passed, run in{" "}
              {evidence.answer.tests.sandbox}
            </p>
          )}
          {evidence.answer.tests === undefined ? (
            <p className="words quiet">
              decided by the rule <Plain text={evidence.answer.rule} />, no model asked
            </p>
          ) : null}
        </section>
      )}
      <EvidenceCards evidence={evidence} />
    </>
  );
}

/** What a step's result rests on, beside a verdict: the student's tries, its surprisal, who cast which vote, what was rewritten. */
import type { Evidence, Probe, Tries } from "../../../core/events.ts";
import { count, plural } from "../format.ts";
import { Word } from "../parts/marks.tsx";
import { Plain } from "../parts/plain.tsx";
import "./evidence.css";

export function EvidenceCards({ evidence }: { readonly evidence: Evidence | null }) {
  if (evidence === null) return null;
  return (
    <>
      <Votes evidence={evidence} />
      {evidence.probe === undefined ? null : <ProbeCard probe={evidence.probe} />}
      {evidence.surprisal === undefined ? null : <SurprisalCard surprisal={evidence.surprisal} />}
      {evidence.rewrite === undefined ? null : <RewriteCard rewrite={evidence.rewrite} />}
    </>
  );
}

/** Who said what: where several took turns, or where no verdict came of it. */
function Votes({ evidence: { votes = [], voters = [], verdict } }: { readonly evidence: Evidence }) {
  if (votes.length === 0 || (verdict !== undefined && voters.length === 0)) return null;
  return (
    <section className="card">
      <h2>
        <span className="quiet">{verdict === undefined ? "no majority in " : ""}</span>
        {plural(votes.length, "vote")}
      </h2>
      <ul className="plain-list">
        {votes.map((vote, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: votes keep their order.
          <li key={at}>
            <Word of={vote} />
            {voters[at] === undefined ? null : (
              <span className="quiet">
                {" "}
                <Plain text={`${voters[at].model}, ${voters[at].prompt}`} />
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

const FOUND: Readonly<Record<Probe["found"], string>> = {
  follows: "follows the chain",
  alone: "needs no chain",
  leaks: "is given the answer away",
  unable: "does not get there",
  unclear: "sometimes gets there",
};

function ProbeCard({ probe }: { readonly probe: Probe }) {
  const { chain, alone, lastStep, shuffled, ladder = [], givenAway, breaksAt } = probe;
  const rows: readonly (readonly [string, Tries | undefined])[] = [
    ["along the chain, answer blanked out", chain],
    ["without a chain", alone],
    ["from its last step only", lastStep],
    ["with its steps shuffled", shuffled],
    ...ladder.map(({ share, step, tried }) => [`up to step ${step}, ${share} % of it`, tried] as const),
  ];
  return (
    <section className="card">
      <h2>
        <span className="quiet">
          student <Plain text={probe.student} />{" "}
        </span>
        <span className={probe.found === "follows" || probe.found === "alone" ? "tone-fits" : "tone-undecided"}>
          {FOUND[probe.found]}
        </span>
      </h2>
      <table className="tries">
        <thead>
          <tr>
            <th scope="col">asked</th>
            <th scope="col">right</th>
            <th scope="col">95 %</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, tried]) =>
            tried === undefined ? null : (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td className="num">
                  {tried.right} of {tried.tries}
                </td>
                <td className="num">{tried.interval.map((end) => Math.round(100 * end)).join(" to ")} %</td>
              </tr>
            ),
          )}
        </tbody>
      </table>
      <p className="words quiet">
        {plural(probe.blanks, "place")} blanked out, {count(probe.dropped)} dropped
        {givenAway.length === 0 ? "" : `; gave the answer away by itself: step ${givenAway.join(", ")}`}
        {breaksAt === null ? "" : `; lost from step ${breaksAt} on`}
      </p>
    </section>
  );
}

/** Beyond this a bar is as long as it gets. */
const MOST_NATS = 4;
const MOST_STEPS = 12;

function SurprisalCard({ surprisal }: { readonly surprisal: NonNullable<Evidence["surprisal"]> }) {
  if ("none" in surprisal) {
    return (
      <section className="card">
        <h2>
          <span className="quiet">surprisal to </span>
          <Plain text={surprisal.student} />
          <span className="quiet"> not known</span>
        </h2>
        <p className="words">
          <Plain text={surprisal.none} />
        </p>
      </section>
    );
  }
  const { mean, rankSurprisal, steps, tokens } = surprisal;
  const [low, high] = rankSurprisal.map((value) => value.toFixed(2));
  const shown = mostSurprising(steps);
  return (
    <section className="card">
      <h2>
        <span className="quiet">surprisal to </span>
        <Plain text={surprisal.student} />
      </h2>
      <dl className="pairs">
        <div>
          <dt>nats a token</dt>
          <dd className="num">
            {mean.toFixed(2)} over {plural(tokens, "token")}
          </dd>
        </div>
        <div>
          <dt>rank-surprisal</dt>
          <dd className="num">{low === high ? low : `${low} to ${high}`}</dd>
        </div>
      </dl>
      <ol className="surprises" aria-label="Mean surprisal of each step">
        {shown.map(({ nats, step }) => (
          <li key={step} title={`step ${step}: ${nats.toFixed(2)} nats a token`}>
            <span className="quiet num">{step}</span>
            <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
              <rect width={Math.max(1, (100 * Math.min(nats, MOST_NATS)) / MOST_NATS)} height="6" />
            </svg>
            <span className="num">{nats.toFixed(2)}</span>
          </li>
        ))}
      </ol>
      {shown.length === steps.length ? null : (
        <p className="words quiet">
          the {shown.length} most surprising of {plural(steps.length, "step")}
        </p>
      )}
    </section>
  );
}

/** The steps that surprise most, in the order of the chain. */
function mostSurprising(steps: readonly number[]): { nats: number; step: number }[] {
  return steps
    .map((nats, at) => ({ nats, step: at + 1 }))
    .sort((a, b) => b.nats - a.nats)
    .slice(0, MOST_STEPS)
    .sort((a, b) => a.step - b.step);
}

function RewriteCard({ rewrite }: { readonly rewrite: NonNullable<Evidence["rewrite"]> }) {
  const { steps, whole, tokens, aimedAt } = rewrite;
  return (
    <section className="card">
      <h2>
        {steps === undefined ? (
          "the whole was written anew"
        ) : (
          <>
            <span className="quiet">only </span>
            {steps[0] === steps[1] ? `step ${steps[0]}` : `steps ${steps[0]} to ${steps[1]}`}
            <span className="quiet"> of {steps[2]}, the rest as it was</span>
          </>
        )}
      </h2>
      {whole === undefined ? null : (
        <p className="words">
          <Plain text={whole} />
        </p>
      )}
      {tokens === undefined ? null : (
        <p className="words quiet">
          {plural(tokens, "token")}, {count(aimedAt ?? 0)} aimed at
        </p>
      )}
    </section>
  );
}

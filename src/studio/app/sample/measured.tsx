/** What was tried and measured for a step: the student's tries with their intervals, and what is known of its lengths. */
import type { Evidence, Probe, Tries } from "../../../core/events.ts";
import { count, plural } from "../format.ts";
import { Plain } from "../parts/plain.tsx";

export function Measured({ evidence }: { readonly evidence: Evidence }) {
  const { probe, difficulty, rewrite, surprisal } = evidence;
  return (
    <>
      {probe === undefined ? null : <Student probe={probe} />}
      {difficulty === undefined ? null : (
        <section className="card">
          <h2>
            <span className="quiet">solved alone </span>
            {difficulty.level}
          </h2>
          {difficulty.from === "proxy" ? (
            <p className="words">
              By a proxy, <Plain text={difficulty.field} /> = {difficulty.value}: no student was measured.
            </p>
          ) : (
            <TriesTable rows={[[`${difficulty.student}, without a chain`, difficulty.alone]]} />
          )}
        </section>
      )}
      {rewrite === undefined ? null : <Rewritten rewrite={rewrite} />}
      {surprisal === undefined ? null : (
        <section className="card">
          <h2>
            <span className="quiet">surprisal to </span>
            <Plain text={surprisal.student} />
          </h2>
          <p className="words">
            {"none" in surprisal ? (
              <>
                Not known: <Plain text={surprisal.none} />
              </>
            ) : (
              `${surprisal.mean.toFixed(2)} nats a token; most in paragraph ${mostOf(surprisal.steps)}.`
            )}
          </p>
        </section>
      )}
    </>
  );
}

const FOUND: Readonly<Record<Probe["found"], string>> = {
  follows: "follows it",
  alone: "needs no chain",
  leaks: "was given the answer",
  unable: "is lost",
  unclear: "can't be told",
};

function Student({ probe }: { readonly probe: Probe }) {
  const { chain, alone, lastStep, shuffled, ladder = [], breaksAt } = probe;
  const rows: [string, Tries | undefined][] = [
    ["along the masked chain", chain],
    ["without a chain", alone],
    ["from its last step only", lastStep],
    ["with its steps shuffled", shuffled],
    ...ladder.map(({ share, step, tried }): [string, Tries] => [`${share} % of it, to paragraph ${step}`, tried]),
  ];
  return (
    <section className="card">
      <h2>
        <span className="quiet">
          the student (<Plain text={probe.student} />){" "}
        </span>
        {FOUND[probe.found]}
        {breaksAt === null ? null : ` from paragraph ${breaksAt} on`}
      </h2>
      <TriesTable rows={rows.flatMap(([words, tried]) => (tried === undefined ? [] : [[words, tried] as const]))} />
      <p className="quiet">
        {plural(probe.blanks, "place")} blanked out, {probe.dropped} dropped
        {probe.givenAway.length === 0 ? "" : `; paragraph ${probe.givenAway.join(", ")} gave it away`}
      </p>
    </section>
  );
}

function TriesTable({ rows }: { readonly rows: readonly (readonly [words: string, tried: Tries])[] }) {
  return (
    <table className="tries">
      <thead className="unseen">
        <tr>
          <th scope="col">tried</th>
          <th scope="col">right</th>
          <th scope="col">interval</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([words, { right, tries, interval }]) => (
          <tr key={words}>
            <th scope="row">
              <Plain text={words} />
            </th>
            <td className="num">
              {count(right)} of {count(tries)}
            </td>
            <td>
              <Interval share={tries === 0 ? 0 : right / tries} between={interval} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Where the share is, and where the true one may be. */
function Interval({ share, between }: { readonly share: number; readonly between: Tries["interval"] }) {
  const [low, high] = between.map((value) => Math.round(100 * value)) as [number, number];
  const says = `${low} to ${high} %, at 95 %`;
  return (
    <span className="interval" role="img" aria-label={says} title={says}>
      <span className="may-be" style={{ left: `${low}%`, width: `${high - low}%` }} />
      <span className="is" style={{ left: `${100 * share}%` }} />
    </span>
  );
}

function Rewritten({
  rewrite: { steps, whole, tokens, aimedAt },
}: {
  readonly rewrite: NonNullable<Evidence["rewrite"]>;
}) {
  const which = steps && (steps[0] === steps[1] ? `paragraph ${steps[0]}` : `paragraphs ${steps[0]} to ${steps[1]}`);
  return (
    <section className="card">
      <h2 className="quiet">rewritten</h2>
      {which === undefined ? null : (
        <p className="words">
          Only {which} of {steps![2]}; the rest stays as it was, byte for byte.
        </p>
      )}
      {whole === undefined ? null : (
        <p className="words">
          The whole after all: <Plain text={whole} />
        </p>
      )}
      {tokens === undefined || aimedAt === undefined ? null : (
        <p className="words">
          {plural(tokens, "token")}, {count(aimedAt)} aimed at.
        </p>
      )}
    </section>
  );
}

function mostOf(steps: readonly number[]): string {
  const [at, nats] = [...steps.entries()].sort((a, b) => b[1] - a[1])[0] ?? [0, 0];
  return `${at + 1} (${nats.toFixed(2)})`;
}

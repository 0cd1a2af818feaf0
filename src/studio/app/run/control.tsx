/** What can be done to a run from here; plainly, going on and stopping alone. A button that would only fail is not offered. */
import { useState } from "react";
import { OUTCOMES, type Outcome } from "../../../core/sample.ts";
import type { RunPage } from "../../api.ts";
import { type Refused, refusalOf, send } from "../client.ts";
import { count } from "../format.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Word } from "../parts/marks.tsx";
import { Trouble } from "../parts/states.tsx";
import { invalidate } from "../remote.ts";

type Act = "pause" | "resume" | "retry";

export function Control({ run, isPlain = false }: { readonly run: RunPage; readonly isPlain?: boolean }) {
  const [busy, setBusy] = useState<Act>();
  const [error, setError] = useState<Refused>();
  const [isAsking, setAsking] = useState(false);
  const act = (what: Act, body: object) => {
    setBusy(what);
    setError(undefined);
    send(`/api/${what}`, { run: run.run, ...body })
      .catch((thrown: unknown) => setError(refusalOf(thrown)))
      .finally(() => {
        setBusy(undefined);
        invalidate((address) => address.startsWith("/api/run"));
      });
  };
  return (
    <div className="row">
      {run.can.pause ? (
        <button type="button" className="button" disabled={busy !== undefined} onClick={() => act("pause", {})}>
          {busy === "pause" ? "Pausing …" : "Pause"}
        </button>
      ) : null}
      {run.can.resume ? (
        <button type="button" className="button main" disabled={busy !== undefined} onClick={() => act("resume", {})}>
          {busy === "resume" ? "Resuming …" : "Resume"}
        </button>
      ) : null}
      {run.can.retry && !isPlain ? (
        <button type="button" className="button" disabled={busy !== undefined} onClick={() => setAsking(true)}>
          Retry …
        </button>
      ) : null}
      {isAsking ? (
        <RetryDialog
          run={run}
          close={() => setAsking(false)}
          retry={(outcomes) => {
            setAsking(false);
            act("retry", { outcomes });
          }}
        />
      ) : null}
      {error === undefined ? null : (
        <Dialog title="That did not work" close={() => setError(undefined)}>
          <Trouble error={error} />
        </Dialog>
      )}
    </div>
  );
}

interface RetryProps {
  readonly run: RunPage;
  readonly close: () => void;
  readonly retry: (outcomes: readonly Outcome[]) => void;
}

function RetryDialog({ run, close, retry }: RetryProps) {
  const there = OUTCOMES.filter((outcome) => outcome !== "accepted" && run.outcomes[outcome] > 0);
  const [chosen, setChosen] = useState<readonly Outcome[]>(there.filter((outcome) => outcome === "failed"));
  const samples = chosen.reduce((sum, outcome) => sum + run.outcomes[outcome], 0);
  return (
    <Dialog title="Give samples another go" close={close}>
      <div className="body">
        <p className="quiet">
          Each goes on from the node that ended it, with fresh seeds. What it has been through stays in its history.
        </p>
        {there.map((outcome) => (
          <label key={outcome} className="row retry-choice">
            <input
              type="checkbox"
              checked={chosen.includes(outcome)}
              onChange={() =>
                setChosen(chosen.includes(outcome) ? chosen.filter((other) => other !== outcome) : [...chosen, outcome])
              }
            />
            <Word of={outcome} />
            <span className="num quiet">{count(run.outcomes[outcome])}</span>
          </label>
        ))}
        <footer>
          <button type="button" className="button" onClick={close}>
            Cancel
          </button>
          <button type="button" className="button main" disabled={samples === 0} onClick={() => retry(chosen)}>
            Retry {count(samples)}
          </button>
        </footer>
      </div>
    </Dialog>
  );
}

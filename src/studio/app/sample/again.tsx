/** "Go back to here and run again": the sample goes on from before a step, with fresh seeds. */
import { useState } from "react";
import type { StepView } from "../../api.ts";
import { type Refused, refusalOf, send } from "../client.ts";
import { Dialog } from "../parts/dialog.tsx";
import { plain } from "../parts/plain.tsx";
import { Trouble } from "../parts/states.tsx";
import { invalidate } from "../remote.ts";
import { setQuery } from "../router.ts";

export function Again({
  run,
  sample,
  step,
}: {
  readonly run: string;
  readonly sample: string;
  readonly step: StepView;
}) {
  const [isAsking, setAsking] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<Refused>();
  const goBack = () => {
    setBusy(true);
    setError(undefined);
    send("/api/again", { run, sample, step: step.no })
      .then(() => {
        setAsking(false);
        setQuery({ step: undefined }, { replace: true }); // Where it goes on is what there is to see.
        invalidate((address) => address.startsWith("/api/"));
      })
      .catch((thrown: unknown) => setError(refusalOf(thrown)))
      .finally(() => setBusy(false));
  };
  return (
    <>
      <button
        type="button"
        className="button small"
        disabled={!step.current}
        title={step.current ? undefined : "Another go has left this step behind"}
        onClick={() => setAsking(true)}
      >
        Go back to here …
      </button>
      {isAsking ? (
        <Dialog title="Go back and run again" close={() => setAsking(false)}>
          <div className="body">
            <p>
              <strong>{plain(sample)}</strong> goes back to before step {step.no + 1} (
              <strong>{plain(step.node)}</strong>) and runs again from there, with fresh seeds. What it did since stays
              readable. The run goes on at once, and what is asked again costs again.
            </p>
            {error === undefined ? null : <Trouble error={error} />}
            <footer>
              <button type="button" className="button" onClick={() => setAsking(false)}>
                Cancel
              </button>
              <button type="button" className="button main" disabled={isBusy} onClick={goBack}>
                {isBusy ? "Going back …" : "Go back"}
              </button>
            </footer>
          </div>
        </Dialog>
      ) : null}
    </>
  );
}

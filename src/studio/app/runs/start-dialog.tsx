/** A run from a graph and a file of samples. What is left empty is the graph's or the machine's own default. */
import { type FormEvent, useState } from "react";
import type { FileHead, FileList, RunList, Started, StartRun } from "../../api.ts";
import { type Refused, refusalOf, send } from "../client.ts";
import { Dialog } from "../parts/dialog.tsx";
import { plain } from "../parts/plain.tsx";
import { Loading, Trouble } from "../parts/states.tsx";
import { useRemote } from "../remote.ts";
import { go, to } from "../router.ts";

export function StartDialog({ graph, close }: { readonly graph: string | undefined; readonly close: () => void }) {
  const { data: files, error: noFiles } = useRemote<FileList>("/api/files");
  // What was run last is most likely what is run next.
  const last = useRemote<RunList>("/api/runs").data?.runs[0];
  const lastOf = (paths: readonly FileHead[] | undefined, path: string | undefined) =>
    (paths?.find((file) => file.path === path) ?? paths?.[0])?.path;
  const [error, setError] = useState<Refused>();
  const [isBusy, setBusy] = useState(false);
  const start = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    send<Started>("/api/start", requestOf(new FormData(event.currentTarget)))
      .then(({ run }) => go(to.run(run)))
      .catch((thrown: unknown) => {
        setError(refusalOf(thrown));
        setBusy(false);
      });
  };
  return (
    <Dialog title="Start a run" close={close}>
      {files === undefined ? (
        noFiles === undefined ? (
          <Loading what="the files" />
        ) : (
          <Trouble error={noFiles} />
        )
      ) : (
        <form className="body" onSubmit={start}>
          <div>
            <label htmlFor="start-graph">Graph</label>
            <select
              id="start-graph"
              className="field"
              name="graph"
              required
              defaultValue={graph ?? lastOf(files.graphs, last?.graphFile)}
            >
              {files.graphs.map(({ path }) => (
                <option key={path} value={path}>
                  {plain(path)}
                </option>
              ))}
            </select>
          </div>
          <div>
            <label htmlFor="start-input">Samples</label>
            <select
              id="start-input"
              className="field"
              name="input"
              required
              defaultValue={lastOf(files.inputs, last?.input)}
            >
              {files.inputs.map(({ path }) => (
                <option key={path} value={path}>
                  {plain(path)}
                </option>
              ))}
            </select>
          </div>
          <label>
            Name
            <input className="field" name="run" maxLength={200} placeholder="made from the graph's name" />
          </label>
          <div className="start-numbers">
            <NumberField name="limit" label="Samples at most" />
            <NumberField name="accepted" label="Stop after so many accepted" />
            <NumberField name="inFlight" label="Samples in flight" />
            <NumberField name="budgetUsd" label="Budget in $" step="0.01" min={0} />
          </div>
          {error === undefined ? null : <Trouble error={error} />}
          <footer>
            <button type="button" className="button" onClick={close}>
              Cancel
            </button>
            <button type="submit" className="button main" disabled={isBusy}>
              {isBusy ? "Starting …" : "Start"}
            </button>
          </footer>
        </form>
      )}
    </Dialog>
  );
}

function NumberField(props: { name: string; label: string; step?: string; min?: number }) {
  return (
    <label>
      {props.label}
      <input className="field" type="number" name={props.name} min={props.min ?? 1} step={props.step ?? "1"} />
    </label>
  );
}

function requestOf(form: FormData): StartRun {
  const text = (name: string) => String(form.get(name) ?? "").trim();
  const number = (name: string) => (text(name) === "" ? undefined : Number(text(name)));
  return {
    graph: text("graph"),
    input: text("input"),
    run: text("run") === "" ? undefined : text("run"),
    limit: number("limit"),
    accepted: number("accepted"),
    inFlight: number("inFlight"),
    budgetUsd: number("budgetUsd"),
  };
}

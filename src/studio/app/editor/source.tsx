/** The real sample that previews and trials are filled from: chosen in the URL, else the newest run's first. */
import type { RunList, SamplePage } from "../../api.ts";
import { addressOf } from "../client.ts";
import { plain } from "../parts/plain.tsx";
import { useRemote } from "../remote.ts";
import { setQuery } from "../router.ts";

export interface Source {
  readonly run: string | undefined;
  readonly sample: string | undefined;
  readonly runs: readonly string[];
  readonly samples: readonly string[];
}

export function useSource(query: URLSearchParams): Source {
  const runs = useRemote<RunList>("/api/runs").data?.runs.map(({ run }) => run) ?? [];
  const run = query.get("run") ?? runs[0];
  const page = useRemote<SamplePage>(
    run === undefined ? undefined : addressOf("/api/samples", { run, limit: 100 }),
  ).data;
  const samples = page?.samples.map(({ id }) => id) ?? [];
  return { run, sample: query.get("sample") ?? samples[0], runs, samples };
}

export function SourcePicker({ from }: { readonly from: Source }) {
  return (
    <>
      <label className="row">
        <span className="quiet">sample</span>
        <input
          className="field"
          list="editor-samples"
          key={from.sample}
          defaultValue={from.sample ?? ""}
          onChange={(event) =>
            from.samples.includes(event.target.value) &&
            setQuery({ sample: event.target.value, run: from.run }, { replace: true })
          }
          onBlur={(event) => setQuery({ sample: event.target.value, run: from.run }, { replace: true })}
        />
      </label>
      <datalist id="editor-samples">
        {from.samples.map((id) => (
          <option key={id} value={id} />
        ))}
      </datalist>
      <label className="row">
        <span className="quiet">of</span>
        <select
          className="field"
          value={from.run ?? ""}
          onChange={(event) => setQuery({ run: event.target.value, sample: undefined }, { replace: true })}
        >
          {from.runs.map((run) => (
            <option key={run} value={run}>
              {plain(run)}
            </option>
          ))}
        </select>
      </label>
    </>
  );
}

/** A prompt as it would be sent, filled from a real sample. */
import { useEffect, useState } from "react";
import type { Preview as PreviewAnswer, RunList, SamplePage } from "../../api.ts";
import { addressOf, type Refused, refusalOf, send } from "../client.ts";
import { plain } from "../parts/plain.tsx";
import { Empty, Trouble } from "../parts/states.tsx";
import { useRemote } from "../remote.ts";
import { setQuery } from "../router.ts";
import { Said } from "../sample/calls.tsx";

interface Props {
  readonly prompt: string;
  readonly texts: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

export function Preview({ prompt, texts, query }: Props) {
  const from = useSource(query);
  const [preview, setPreview] = useState<PreviewAnswer>();
  const [error, setError] = useState<Refused>();
  const typed = JSON.stringify(texts);
  useEffect(() => {
    if (from.run === undefined || from.sample === undefined) return;
    const mine = new AbortController();
    const timer = setTimeout(() => {
      const body = { prompt, texts: JSON.parse(typed) as Record<string, string>, run: from.run, sample: from.sample };
      send<PreviewAnswer>("/api/preview", body, { signal: mine.signal }).then(
        (answer) => {
          setPreview(answer);
          setError(undefined);
        },
        (thrown: unknown) => mine.signal.aborted || setError(refusalOf(thrown)),
      );
    }, 250);
    return () => {
      clearTimeout(timer);
      mine.abort();
    };
  }, [prompt, typed, from.run, from.sample]);
  return (
    <section className="preview" aria-label="Preview">
      <SourcePicker from={from} />
      {from.run === undefined ? (
        <Empty title="No run to take a sample from">Its problem and trace would fill the places.</Empty>
      ) : null}
      {error === undefined ? null : <Trouble error={error} />}
      <div className="said-list">
        {preview?.messages?.map(({ role, content }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: messages keep their order.
          <Said key={index} by={role} text={content} texts={preview.texts} />
        ))}
      </div>
    </section>
  );
}

export interface Source {
  readonly run: string | undefined;
  readonly sample: string | undefined;
  readonly runs: readonly string[];
  readonly samples: readonly string[];
}

/** The run and sample that previews and trials are filled from: chosen in the URL, else the newest run's first. */
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
    <div className="row source">
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
    </div>
  );
}

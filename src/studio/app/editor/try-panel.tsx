/** One node on one sample, as the graph stands here, unsaved. Models are asked; nothing is stored. */
import { useEffect, useRef, useState } from "react";
import type { Tried } from "../../api.ts";
import { type Refused, refusalOf, send } from "../client.ts";
import { plural, time, usd } from "../format.ts";
import { Word } from "../parts/marks.tsx";
import { Plain, plain } from "../parts/plain.tsx";
import { Trouble } from "../parts/states.tsx";
import { Exchange } from "../sample/calls.tsx";
import { Rested } from "../sample/findings.tsx";
import { textAtHand } from "../sample/texts.ts";
import { TraceView } from "../sample/trace-view.tsx";
import { SourcePicker, useSource } from "./source.tsx";

interface Props {
  readonly graph: string;
  readonly texts: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly nodes: readonly string[];
  /** The node that the cursor is in, or that uses the prompt that is edited. */
  readonly here: string | undefined;
}

export function TryPanel({ graph, texts, query, nodes, here }: Props) {
  const from = useSource(query);
  const [chosen, setChosen] = useState<string>();
  const [tried, setTried] = useState<Tried>();
  const [error, setError] = useState<Refused>();
  const [isBusy, setBusy] = useState(false);
  const asking = useRef<AbortController>(undefined);
  useEffect(() => () => asking.current?.abort(), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the cursor's node takes over when it changes.
  useEffect(() => setChosen(undefined), [here]);
  const node = chosen ?? here ?? nodes[0];
  const run = () => {
    asking.current?.abort();
    const mine = new AbortController();
    asking.current = mine;
    setBusy(true);
    setError(undefined);
    send<Tried>("/api/try", { path: graph, texts, node, run: from.run, sample: from.sample }, { signal: mine.signal })
      .then(setTried, (thrown: unknown) => mine.signal.aborted || setError(refusalOf(thrown)))
      .finally(() => setBusy(asking.current !== mine));
  };
  return (
    <section className="trial" aria-label="Try a node">
      <div className="row source">
        <label className="row">
          <span className="quiet">try</span>
          <select className="field" value={node ?? ""} onChange={(event) => setChosen(event.target.value)}>
            {nodes.map((name) => (
              <option key={name} value={name}>
                {plain(name)}
              </option>
            ))}
          </select>
        </label>
        <SourcePicker from={from} />
        <span className="grow" />
        <button
          type="button"
          className="button small"
          disabled={isBusy || node === undefined || from.sample === undefined}
          onClick={run}
        >
          {isBusy ? "Asking …" : "Try"}
        </button>
      </div>
      {error === undefined ? null : <Trouble error={error} />}
      {tried === undefined ? null : <Result tried={tried} isOld={isBusy} />}
    </section>
  );
}

function Result({ tried, isOld }: { readonly tried: Tried; readonly isOld: boolean }) {
  const [isOpen, setOpen] = useState(false);
  const before = textAtHand(tried.before, tried.texts);
  const written = tried.writes.trace;
  const after = typeof written === "string" ? written : isRef(written) ? tried.texts[written.ref] : undefined;
  return (
    <div className={`result ${isOld ? "is-loading" : ""}`}>
      <section className="card">
        <h2>
          <span className="quiet">{plain(tried.node)} would end as </span>
          <Word of={tried.label} />
          <span className="quiet"> → {plain(tried.next)}</span>
        </h2>
        <p className="quiet">
          {plural(tried.calls.length, "call")} · {time(tried.ms)} · {usd(tried.costUsd)} · nothing was stored
        </p>
        {tried.passedBy === null ? null : (
          <p>
            A run would pass this sample by: <code className="mono">{plain(tried.passedBy)}</code> is false for it.
          </p>
        )}
        {tried.reason === null || tried.reason === tried.evidence?.verdict?.reason ? null : (
          <p className="words">
            <Plain text={tried.reason} />
          </p>
        )}
      </section>
      <Rested step={tried} />
      {after === undefined ? null : (
        <TraceView
          before={before === undefined ? undefined : { title: "before", shown: whole(before), note: undefined }}
          after={{ title: `as ${plain(tried.node)} would write it`, shown: whole(after), note: undefined }}
          isOpen={isOpen}
          setOpen={setOpen}
        />
      )}
      <div className="calls">
        {tried.calls.map((call, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: calls keep their order.
          <details key={index}>
            <summary className="row">
              <strong>call {index + 1}</strong>
              <span className="cut">{plain(call.role)}</span>
              <span className="grow" />
              <span className="num">
                {call.usage.in} ▸ {call.usage.out} tokens
              </span>
              <span className="num">{time(call.ms)}</span>
            </summary>
            <Exchange call={{ ...call, texts: tried.texts }} />
          </details>
        ))}
      </div>
    </div>
  );
}

const whole = (text: string) => ({ text, isLoading: false, rest: undefined });

function isRef(value: unknown): value is { readonly ref: string } {
  return typeof value === "object" && value !== null && "ref" in value && typeof value.ref === "string";
}

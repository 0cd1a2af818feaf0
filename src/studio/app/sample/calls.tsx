/** The calls of a step: each prompt as it was sent, each reply as it came. Read from the server when one is opened. */
import { useState } from "react";
import type { CallHead, CallView, MaybeText } from "../../api.ts";
import { addressOf } from "../client.ts";
import { count, plural, time, usd } from "../format.ts";
import { Plain } from "../parts/plain.tsx";
import { Empty, Loading, Trouble } from "../parts/states.tsx";
import { useRemote } from "../remote.ts";
import { type Texts, useText } from "./texts.ts";
import "./calls.css";

interface Props {
  readonly run: string;
  readonly sample: string;
  readonly calls: readonly CallHead[];
}

export function Calls({ run, sample, calls }: Props) {
  if (calls.length === 0) return <Empty title="No model was asked in this step">Rules alone decided it.</Empty>;
  return (
    <div className="calls">
      {calls.map((call, index) => (
        <Call key={call.call} run={run} sample={sample} call={call} isFirst={index === 0} />
      ))}
    </div>
  );
}

function Call({ run, sample, call, isFirst }: { run: string; sample: string; call: CallHead; isFirst: boolean }) {
  const [isOpen, setOpen] = useState(isFirst);
  const { data, error } = useRemote<CallView>(
    isOpen ? addressOf("/api/call", { run, sample, call: call.call }) : undefined,
  );
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="row">
        <strong>call {call.ask + 1}</strong>
        <span className="cut">
          <Plain text={call.role} />{" "}
          <span className="quiet">({call.model === call.role ? "" : <Plain text={call.model} />})</span>
        </span>
        <span className="grow" />
        {call.finish === "stop" ? null : <span className="tone-heavy">ended by {call.finish}</span>}
        {call.attempts === 0 ? <span className="quiet">from the cache</span> : null}
        {call.attempts > 1 ? <span className="tone-heavy">sent {call.attempts} times</span> : null}
        <span className="num" title={usageOf(call)}>
          {count(call.usage.in)} ▸ {count(call.usage.out)} tokens
        </span>
        <span
          className="num"
          title={call.waitedMs > 0 ? `of which ${time(call.waitedMs)} waiting for a turn` : undefined}
        >
          {time(call.ms)}
        </span>
        <span className="num">{call.costUsd === 0 ? "" : usd(call.costUsd)}</span>
      </summary>
      {error === undefined ? null : <Trouble error={error} />}
      {data === undefined ? (
        isOpen && error === undefined ? (
          <Loading what="the call" />
        ) : null
      ) : (
        <Exchange call={data} />
      )}
    </details>
  );
}

function usageOf({ usage }: CallHead): string {
  return [
    `${plural(usage.in, "token")} sent`,
    usage.cachedIn === undefined ? "" : `${count(usage.cachedIn)} of them from the server's cache`,
    `${count(usage.out)} received`,
    usage.thinking === undefined ? "" : `${count(usage.thinking)} of them thinking`,
    usage.estimated === true ? "estimated: the server did not count" : "",
  ]
    .filter((word) => word !== "")
    .join(", ");
}

type Exchanged = Pick<CallView, "messages" | "thinking" | "text" | "texts"> & { readonly requestHash?: string };

export function Exchange({ call }: { readonly call: Exchanged }) {
  return (
    <div className="exchange">
      {call.messages.map(({ role, content }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: messages keep their order.
        <Said key={index} by={role} text={content} texts={call.texts} />
      ))}
      {call.thinking === null ? null : <Said by="thinking" text={call.thinking} texts={call.texts} />}
      <Said by="reply" text={call.text} texts={call.texts} />
      {call.requestHash === undefined ? null : <p className="quiet mono cut">request {call.requestHash}</p>}
    </div>
  );
}

export function Said({ by, text, texts }: { readonly by: string; readonly text: MaybeText; readonly texts: Texts }) {
  const shown = useText(text, texts);
  return (
    <div className={`said is-${by}`}>
      <h2 className="quiet">{by}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys. */}
      <pre className="mono" tabIndex={0}>
        {shown.text === "" && !shown.isLoading ? <span className="quiet">(empty)</span> : <Plain text={shown.text} />}
      </pre>
      {shown.rest === undefined ? null : (
        <button type="button" className="button small" onClick={shown.rest.more}>
          Show more of {plural(shown.rest.chars, "further character")}
        </button>
      )}
    </div>
  );
}

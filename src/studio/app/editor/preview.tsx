/** A prompt as it would be sent, filled from a real sample. */
import { useEffect, useState } from "react";
import type { Preview as PreviewAnswer } from "../../api.ts";
import { type Refused, refusalOf, send } from "../client.ts";
import { Empty, Trouble } from "../parts/states.tsx";
import { Said } from "../sample/calls.tsx";
import { SourcePicker, useSource } from "./source.tsx";

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
      <div className="row source">
        <SourcePicker from={from} />
      </div>
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

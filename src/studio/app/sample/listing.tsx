/** Code in a trace. Plain at once; coloured when the grammars have come. Colours are classes on spans of text, not HTML. */
import { type ReactNode, useEffect, useState } from "react";
import { Plain } from "../parts/plain.tsx";

/** Longer code is read, not admired. */
const LONGEST = 20_000;

export function Listing({ text, language }: { readonly text: string; readonly language: string }) {
  const [colored, setColored] = useState<{ readonly of: string; readonly nodes: ReactNode }>();
  useEffect(() => {
    if (text.length > LONGEST) return;
    let isGone = false;
    import("./highlight.tsx").then(
      ({ colorCode }) => isGone || setColored({ of: text, nodes: colorCode(text, language) }),
    );
    return () => {
      isGone = true;
    };
  }, [text, language]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reached by keys.
    <pre className="listing mono" tabIndex={0}>
      <code>{colored?.of === text ? colored.nodes : <Plain text={text} />}</code>
    </pre>
  );
}

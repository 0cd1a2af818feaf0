/** highlight.js with the languages that traces are written in. Its tree of scopes becomes React's, text stays text. */
import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import cpp from "highlight.js/lib/languages/cpp";
import java from "highlight.js/lib/languages/java";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import python from "highlight.js/lib/languages/python";
import sql from "highlight.js/lib/languages/sql";
import { Fragment, type ReactNode } from "react";
import { Plain } from "../parts/plain.tsx";

for (const [name, grammar] of Object.entries({ bash, cpp, java, javascript, json, python, sql })) {
  hljs.registerLanguage(name, grammar);
}

interface Scope {
  readonly scope?: string;
  readonly children: readonly (Scope | string)[];
}

export function colorCode(text: string, language: string): ReactNode {
  const result =
    hljs.getLanguage(language) === undefined
      ? hljs.highlightAuto(text, ["python", "cpp", "javascript"])
      : hljs.highlight(text, { language, ignoreIllegals: true });
  const { rootNode } = result._emitter as unknown as { readonly rootNode: Scope };
  return draw(rootNode);
}

function draw(node: Scope | string): ReactNode {
  if (typeof node === "string") return <Plain text={node} />;
  const children = node.children.map((child, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text have no other name.
    <Fragment key={index}>{draw(child)}</Fragment>
  ));
  return node.scope === undefined ? children : <span className={`hl-${node.scope.split(".")[0]}`}>{children}</span>;
}

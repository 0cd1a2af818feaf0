/** One step of a trace as it is read: prose with its changed words marked, formulas drawn, code as code. */
import { Fragment } from "react";
import { Plain } from "../parts/plain.tsx";
import type { Block, Token } from "./cut-steps.ts";
import type { MarkedBlock, MarkedToken } from "./differences.ts";
import { Formula } from "./formula.tsx";
import { Listing } from "./listing.tsx";

export function StepText({
  blocks,
  mark,
}: {
  readonly blocks: readonly (Block | MarkedBlock)[];
  readonly mark: "ins" | "del";
}) {
  return blocks.map((block, index) =>
    block.kind === "listing" ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the blocks of one step keep their order.
      <Listing key={index} text={block.text} language={block.language} />
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: as above.
      <p key={index}>
        {stretches(block.tokens).map(({ isMarked, tokens }, at) => {
          const text = tokens.map((token, n) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: as above.
            <TokenText key={n} token={token} />
          ));
          const Changed = mark;
          // biome-ignore lint/suspicious/noArrayIndexKey: as above.
          return isMarked ? <Changed key={at}>{text}</Changed> : <Fragment key={at}>{text}</Fragment>;
        })}
      </p>
    ),
  );
}

/** Neighbours that are marked alike, and of those the words as one text: a paragraph is a handful of nodes, not hundreds. */
function stretches(tokens: readonly (Token | MarkedToken)[]): { isMarked: boolean; tokens: Token[] }[] {
  const all: { isMarked: boolean; tokens: Token[] }[] = [];
  for (const each of tokens) {
    const [token, isMarked] = "token" in each ? [each.token, each.isMarked] : [each, false];
    let last = all.at(-1);
    if (last === undefined || last.isMarked !== isMarked) {
      last = { isMarked, tokens: [] };
      all.push(last);
    }
    const before = last.tokens.at(-1);
    if (token.kind === "word" && before?.kind === "word")
      last.tokens[last.tokens.length - 1] = { kind: "word", text: before.text + token.text };
    else last.tokens.push(token);
  }
  return all;
}

function TokenText({ token }: { readonly token: Token }) {
  switch (token.kind) {
    case "word":
      return <Plain text={token.text} />;
    case "code":
      return (
        <code className="mono">
          <Plain text={token.text.slice(1, -1)} />
        </code>
      );
    case "math":
      return <Formula tex={token.tex} source={token.text} display={token.display} />;
  }
}

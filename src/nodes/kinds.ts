/** Every built-in kind by its name. A graph's `kind:` is looked up here. */
import { accept } from "./accept.ts";
import { follow } from "./follow.ts";
import { generate } from "./generate.ts";
import { graph } from "./graph.ts";
import type { NodeKind } from "./node.ts";
import { rate } from "./rate.ts";
import { rewrite } from "./rewrite.ts";
import { score } from "./score.ts";
import { segment } from "./segment.ts";
import { set } from "./set.ts";
import { solve } from "./solve.ts";
import { verify } from "./verify.ts";

const kinds: readonly NodeKind[] = [
  generate,
  rewrite,
  rate,
  verify,
  follow,
  accept,
  solve,
  score,
  segment,
  set,
  graph as NodeKind,
];

export const nodeKinds: ReadonlyMap<string, NodeKind> = new Map(kinds.map((kind) => [kind.kind, kind]));

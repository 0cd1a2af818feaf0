/** Every built-in kind by its name. A graph's `kind:` is looked up here. */
import { accept } from "./accept.ts";
import { difficulty } from "./difficulty.ts";
import { follow } from "./follow.ts";
import { generate } from "./generate.ts";
import { graph } from "./graph.ts";
import type { NodeKind } from "./node.ts";
import { rate } from "./rate.ts";
import { review } from "./review.ts";
import { rewrite } from "./rewrite.ts";
import { score } from "./score.ts";
import { segment } from "./segment.ts";
import { set } from "./set.ts";
import { solve } from "./solve.ts";
import { verify } from "./verify.ts";
import { weigh } from "./weigh.ts";

const kinds: readonly NodeKind[] = [
  generate,
  rewrite,
  rate,
  verify,
  follow,
  accept,
  solve,
  difficulty,
  score,
  segment,
  weigh,
  set,
  review,
  graph as NodeKind,
];

export const nodeKinds: ReadonlyMap<string, NodeKind> = new Map(kinds.map((kind) => [kind.kind, kind]));

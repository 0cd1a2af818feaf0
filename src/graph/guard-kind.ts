/** A team's own kind as the rest of Mezzo can rely on it: what it gets wrong is said in its name, and not as our bug. */
import { MezzoError, messageOf } from "../core/errors.ts";
import type { NodeKind } from "../nodes/node.ts";

export function guardKind(kind: NodeKind): NodeKind {
  const known = [...kind.labels, ...kind.special, "failed"];
  return {
    ...kind,
    uses: (params) => {
      try {
        const said: Partial<ReturnType<NodeKind["uses"]>> = kind.uses(params);
        return { models: [], prompts: [], reads: [], writes: [], ...said };
      } catch (cause) {
        throw new MezzoError("bad-kind", `uses() of the kind "${kind.kind}" failed: ${messageOf(cause)}`, {
          cause,
          exitCode: 2,
        });
      }
    },
    run: async (context, params) => {
      const result = await kind.run(context, params).catch((thrown: unknown) => {
        throw isTheirs(thrown) ? new MezzoError("kind-failed", wordsOf(kind, thrown), { cause: thrown }) : thrown;
      });
      if (known.includes(result?.label)) return result;
      const label = JSON.stringify(result?.label) ?? "no label";
      return {
        label: "failed",
        reason: `the kind "${kind.kind}" ended with ${label}; it says of itself: ${known.join(", ")}`,
      };
    },
  };
}

/** What JavaScript itself throws; errors of models, budgets and interrupts are classes of their own and pass through. */
const PLAIN: readonly unknown[] = [Error, TypeError, RangeError, ReferenceError, SyntaxError];

function isTheirs(thrown: unknown): boolean {
  return !(thrown instanceof Error) || PLAIN.includes(thrown.constructor);
}

function wordsOf({ kind }: NodeKind, thrown: unknown): string {
  return `the kind "${kind}" failed: ${messageOf(thrown).split("\n")[0]}`;
}

/** A worker thread whose node kinds do what nobody wants: each sample's problem says which. Then it is the real worker. */
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { nodeKinds } from "../../src/nodes/kinds.ts";
import { defineNode, type NodeKind } from "../../src/nodes/node.ts";

const deeds: Record<string, () => void> = {
  well: () => undefined,
  throws: () => {
    throw new Error("I throw");
  },
  "throws later": () => {
    setTimeout(() => {
      throw new Error("I throw where nobody catches");
    });
  },
  "returns nothing": () => undefined,
  hangs: () => {
    for (;;);
  },
  eats: () => {
    const eaten: unknown[] = [];
    for (;;) eaten.push(Array.from({ length: 1_000 }, (_, n) => ({ n })));
  },
  heavy: () => {
    const until = performance.now() + 25;
    while (performance.now() < until);
  },
};

const hostile: NodeKind = defineNode({
  kind: "hostile",
  summary: "Does what the sample says.",
  params: z.object({}),
  labels: ["done"],
  special: [],
  shapes: false,
  uses: () => ({ models: [], prompts: [], reads: ["problem"], writes: [] }),
  run: async ({ state }) => {
    await sleep(20);
    deeds[String(state.problem).replace(/ \d+$/, "")]!();
    await sleep(20);
    if (state.problem === "returns nothing") return undefined as never;
    return { label: "done" };
  },
});
(nodeKinds as Map<string, NodeKind>).set(hostile.kind, hostile);
await import("../../src/engine/worker.ts");

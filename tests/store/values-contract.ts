/** What a channel may hold comes back as it was, whatever a store stands on: `valuesContract("SQLite", ...)`. */
import { AIMessage } from "@langchain/core/messages";
import { uuid6 } from "@langchain/langgraph-checkpoint";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Store } from "../../src/store/store.ts";
import type { StoreUnderTest } from "./contract.ts";
import { longText, putCheckpoint } from "./examples.ts";

export function valuesContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name}: values`, () => {
    let under: StoreUnderTest;
    let store: Store;
    beforeEach(async () => {
      under = await open();
      store = under.store;
    });
    afterEach(() => under.dispose());

    async function roundTrip(value: unknown): Promise<{ value: unknown; written: unknown }> {
      const config = await putCheckpoint(store, "a", { value });
      await store.saver.putWrites(config, [["value", value]], uuid6(1));
      const tuple = await (await under.again()).saver.getTuple(config);
      return { value: tuple?.checkpoint.channel_values.value, written: tuple?.pendingWrites?.[0]?.[2] };
    }

    it.each([
      ["a Map of long texts", new Map([["a", longText("a")]])],
      ["a Set", new Set([1, 2])],
      ["bytes that are no text", new Uint8Array([0, 255, 128, 10, 13])],
      ["many bytes", new Uint8Array(5_000).map((_, i) => i % 251)],
      ["a member that is undefined", { a: undefined, b: 1 }],
      ["undefined", undefined],
      ["an empty text", ""],
      ["a text that starts like a mark", `~{${"A".repeat(22)}`],
      ["marks inside a long list", Array.from({ length: 90 }, (_, i) => `~${i}`)],
      ["half a surrogate pair in a long text", `${longText("x")}\ud83d`],
      ["a zero byte in a long text", `\u0000${longText("x")}`],
      ["an object with a key __proto__", JSON.parse(`{"__proto__": {"x": "${"y".repeat(300)}"}, "__proto": 1}`)],
    ])("keeps %s", async (_, value) => {
      expect(await roundTrip(value)).toEqual({ value, written: value });
    });

    it("keeps a LangChain message a message", async () => {
      const { value } = await roundTrip([new AIMessage({ content: longText("said") })]);
      expect((value as AIMessage[])[0]).toBeInstanceOf(AIMessage);
      expect((value as AIMessage[])[0]?.content).toBe(longText("said"));
    });

    it("keeps any JSON", async () => {
      const text = fc.oneof(
        fc.string({ unit: "binary" }),
        fc.constant(longText("z")),
        fc.string().map((s) => `~${s}`),
      );
      const json = fc.letrec((tie) => ({
        value: fc.oneof(
          { depthSize: "small" },
          text,
          fc.double({ noNaN: true, noDefaultInfinity: true }),
          fc.boolean(),
          fc.constant(null),
          fc.array(tie("value")),
          fc.dictionary(text, tie("value")),
        ),
      })).value;
      await fc.assert(
        fc.asyncProperty(json, async (value) => {
          const config = await putCheckpoint(store, "a", { value });
          const tuple = await store.saver.getTuple(config);
          expect(JSON.stringify(tuple?.checkpoint.channel_values.value)).toBe(JSON.stringify(value));
        }),
        { numRuns: 100 },
      );
    });

    it("adds to a task's writes what a second call brings, and leaves what is there", async () => {
      const config = await putCheckpoint(store, "a", { value: 1 });
      const task = uuid6(1);
      await store.saver.putWrites(config, [["a", longText("first")]], task, "p");
      await store.saver.putWrites(
        config,
        [
          ["a", "again"],
          ["b", longText("second")],
        ],
        task,
        "p",
      );
      await store.saver.putWrites(config, [["__error__", "one"]], task, "p");
      await store.saver.putWrites(config, [["__error__", "two"]], task, "p");
      expect((await store.saver.getTuple(config))?.pendingWrites).toEqual([
        [task, "__error__", "two"],
        [task, "a", longText("first")],
        [task, "b", longText("second")],
      ]);
    });
  });
}

import fc from "fast-check";
import { expect, it } from "vitest";
import { PieceReader } from "../../src/models/piece.ts";

const read = (reader: PieceReader, data: string) => reader.read(`data: ${data}\n`, 6, 6 + data.length);
const event = (content: string, more: Record<string, unknown> = {}) =>
  JSON.stringify({ id: "1", choices: [{ index: 0, delta: { content, ...more }, finish_reason: null }] });

it("reads from an event of the same shape what parsing it gives", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: "binary" }), fc.string({ unit: "binary" }), (first, next) => {
      const reader = new PieceReader();
      reader.learn(event(first), first);
      expect(read(reader, event(next))).toBe(next);
    }),
  );
});

it("leaves an event that says more to the parser", () => {
  const reader = new PieceReader();
  reader.learn(event("a"), "a");
  expect(read(reader, event("b", { reasoning: "because" }))).toBeUndefined();
  expect(read(reader, event("b").replace("null", '"stop"'))).toBeUndefined();
  expect(read(reader, "[DONE]")).toBeUndefined();
});

it("is not misled by text that looks like an event", () => {
  const reader = new PieceReader();
  const tricky = `{"content":"x"}`;
  reader.learn(event(tricky), tricky);
  expect(read(reader, event("plain"))).toBe("plain");
});

it("learns nothing from an event written in another way", () => {
  const reader = new PieceReader();
  const escaped = event("ä").replace("ä", "\\u00e4");
  reader.learn(escaped, "ä");
  expect(read(reader, event("b"))).toBeUndefined();
});

import fc from "fast-check";
import { expect, it } from "vitest";
import { SseReader } from "../../src/models/sse.ts";

/** What is read when `text` arrives in pieces of the given sizes. */
function read(text: string, sizes: readonly number[] = []): string[] {
  const events: string[] = [];
  const reader = new SseReader((line, from, to) => events.push(line.slice(from, to)));
  const bytes = Buffer.from(text);
  let at = 0;
  for (const size of sizes) {
    reader.push(bytes.subarray(at, at + size));
    at += size;
  }
  reader.push(bytes.subarray(at));
  reader.end();
  return events;
}

it("reads the same events however the network cuts them", () => {
  const datum = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !/[\r\n]/.test(text));
  fc.assert(
    fc.property(
      fc.array(datum),
      fc.array(fc.integer({ min: 1, max: 9 })),
      fc.constantFrom("\n", "\r\n"),
      (data, sizes, end) => {
        const text = data.map((line) => `data: ${line}${end}${end}`).join("");
        expect(read(text, sizes)).toEqual(data);
      },
    ),
  );
});

it("passes over comments, other fields and empty events", () => {
  expect(read(": keep-alive\n\nevent: x\nid: 7\ndata: a\n\n\n\ndata: b\n\n")).toEqual(["a", "b"]);
});

it("joins the lines of one event", () => {
  expect(read("data: {\ndata: }\n\n")).toEqual(["{\n}"]);
});

it("takes data without a space, and a last event without its empty line", () => {
  expect(read("data:a\n\ndata: b")).toEqual(["a", "b"]);
});

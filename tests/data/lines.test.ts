import fc from "fast-check";
import { expect, test } from "vitest";
import { type Line, splitLines } from "../../src/data/lines.ts";

async function linesOf(chunks: readonly Uint8Array[], maxBytes?: number): Promise<Line[]> {
  async function* bytes() {
    yield* chunks;
  }
  const lines: Line[] = [];
  for await (const line of splitLines(bytes(), { maxBytes })) lines.push(line);
  return lines;
}

test("gives the lines of any text, however its bytes are cut", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: "grapheme" }).map((text) => text.replace(/[\r\n]/g, ""))),
      fc.constantFrom("\n", "\r\n"),
      fc.integer({ min: 1, max: 7 }),
      async (texts, lineBreak, size) => {
        const bytes = Buffer.from(texts.map((text) => text + lineBreak).join(""));
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
          bytes.subarray(i * size, (i + 1) * size),
        );
        expect(await linesOf(chunks)).toEqual(texts.map((text, index) => ({ number: index + 1, text })));
      },
    ),
  );
});

test("lets go of a line beyond the bound, names it, and goes on with the next", async () => {
  const chunks = ["ok\nxxxx", "xxxx", "xx\nok\n"].map((text) => Buffer.from(text));
  expect(await linesOf(chunks, 8)).toEqual([
    { number: 1, text: "ok" },
    { number: 2, trouble: "too-long", bytes: 10 },
    { number: 3, text: "ok" },
  ]);
});

test("does not break a line where JSON does not", async () => {
  expect(await linesOf([Buffer.from("a\u2028b\u0085c\n")])).toEqual([{ number: 1, text: "a\u2028b\u0085c" }]);
});

test("names a line whose bytes are not UTF-8", async () => {
  expect(await linesOf([Buffer.from([0x61, 0xe9, 0x0a])])).toEqual([
    { number: 1, trouble: "not-utf8", text: "a\ufffd" },
  ]);
});

test("gives a last line without a break, and none after the last break", async () => {
  expect(await linesOf([Buffer.from("a\nb")])).toHaveLength(2);
  expect(await linesOf([Buffer.from("a\nb\n")])).toHaveLength(2);
  expect(await linesOf([])).toEqual([]);
});

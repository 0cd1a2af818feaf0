import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readJson } from "../../../src/data/readers/json.ts";
import { findJsonFault } from "../../../src/data/readers/json-fault.ts";
import { errorOf, readAll, useFolder } from "../rig.ts";

const folder = useFolder();

async function rowsOf(text: string, size = 1_000_000): Promise<unknown[]> {
  const bytes = Buffer.from(text);
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
  const rows: unknown[] = [];
  for await (const read of readJson(Readable.from(chunks), { name: "f" }))
    rows.push(read.raw ? read.raw.row : read.problem);
  return rows;
}

test("gives the rows of any list, bare or wrapped, however it is spaced and its bytes are cut", async () => {
  const rowList = fc.array(fc.jsonValue({ maxDepth: 3, stringUnit: "grapheme" }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(
      rowList,
      fc.boolean(),
      fc.nat(2),
      fc.integer({ min: 1, max: 9 }),
      async (rows, isWrapped, indent, size) => {
        const document = isWrapped ? { n: { data: [1] }, text: '"data":[', rows, more: [1] } : rows;
        const expected = JSON.parse(JSON.stringify(rows)) as unknown[];
        expect(await rowsOf(JSON.stringify(document, null, indent), size)).toEqual(expected);
      },
    ),
    { numRuns: 300 },
  );
});

test("takes a single object as one row", async () => {
  expect(await rowsOf('{\n "problem": "p",\n "data": {"x": [1]}\n}\n')).toEqual([{ problem: "p", data: { x: [1] } }]);
});

test("numbers rows and names the line they begin on", async () => {
  const path = await folder.write(
    "rows.json",
    '[\n  {"problem": "a"},\n  {"problem":\n    oops},\n  {"problem": "c"}\n]\n',
  );
  const error = await errorOf(readAll(path));
  expect(error.message).toContain(`${path}: row 2 (line 3): not JSON: found "o" where a value was expected`);
  expect(error.message).toContain("  4 |     oops}");
  const { samples, skipped } = await readAll(path, { badRows: "skip" });
  expect(samples.map((sample) => sample.line)).toEqual([1, 3]);
  expect(skipped).toMatchObject([{ line: 2, code: "bad-json" }]);
});

describe("a document whose brackets do not close is refused, with the place", () => {
  test.each([
    ["cut inside a row", '[{"problem": "a"},\n{"problem": "b', "never closed"],
    ["cut between rows", '[{"problem": "a"},\n', "cut off"],
    ["cut in its wrapper", '{"data": [{"problem": "a"}', "cut off"],
    ["a quote is lost", '[{"problem": "a},\n{"problem": "b"}]', "is its closing quote missing?"],
    ["closed by the wrong bracket", '[{"problem": "a"}}', 'found "}" where the list'],
    ["more follows it", '[{"problem": "a"}] {"problem": "b"}', "something follows"],
  ])("%s", async (name, text, says) => {
    const error = await errorOf(readAll(await folder.write(`${name}.json`, text), { badRows: "skip" }));
    expect(error).toMatchObject({ code: "bad-json", exitCode: 2 });
    expect(error.message).toContain(says);
  });
});

test("the rows before a fault are given before it is", async () => {
  const reading = readJson(Readable.from([Buffer.from('[{"problem": "a"}, {"problem": "b"}}')]), { name: "f" });
  expect((await reading.next()).value).toMatchObject({ raw: { row: { problem: "a" } } });
  expect((await errorOf(reading.next())).message).toContain('found "}"');
});

test("JSON Lines under the name .json is read as what it is", async () => {
  expect((await readAll(await folder.write("lines.json", '{"problem":"a"}\n{"problem":"b"}\n'))).samples).toHaveLength(
    2,
  );
});

describe("a fault", () => {
  test.each([
    ['{"a": x}', 6, 'found "x" where a value was expected'],
    ["{'a': 1}", 1, `found "'" where a key in double quotes was expected`],
    ['{"a": NaN}', 6, "found NaN, which JSON does not have"],
    ['{"a": None}', 6, "found Python's None where a JSON value was expected"],
    ['{"a": 1,}', 8, 'found "}" where a key in double quotes was expected'],
    ['{"a": 1', 7, "it ends before the object is closed: it seems to be cut off"],
    ['{"a": "b\tc"}', 8, "found a control character inside a text"],
    ['{"a": "\\x"}', 7, "found a backslash that begins no escape"],
    ['{"a": 01}', 6, 'found "0" where a value was expected'],
    ["{} {}", 3, 'found "{" after the end of the value'],
  ])("of %s is found", (text, at, what) => expect(findJsonFault(text)).toEqual({ at, what }));

  test("is found in just those texts that JSON.parse refuses", () => {
    const piece = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"',
      '"a"',
      "1",
      "-0.5e3",
      "true",
      "null",
      " ",
      "\\",
      "x",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece).map((parts) => parts.join("")),
          fc.json(),
        ),
        (text) => {
          expect(findJsonFault(text) === undefined).toBe(isJson(text));
        },
      ),
      { numRuns: 2000 },
    );
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

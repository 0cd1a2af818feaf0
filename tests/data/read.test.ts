import { PassThrough, Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { abortSoon, errorOf, FIELDS, readAll, useFolder } from "./rig.ts";

const folder = useFolder();
const jsonl = (...rows: unknown[]) => rows.map((row) => JSON.stringify(row)).join("\n");
const ROW = { id: "a", problem: "1+1?", answer: "2", trace: "One and one is two.", teacher: "r1" };

describe("a row", () => {
  test("fills the declared fields and travels along whole", async () => {
    const { samples } = await readAll(await folder.write("row.jsonl", jsonl(ROW)));
    expect(samples).toEqual([
      { id: "a", state: { problem: "1+1?", answer: "2", trace: "One and one is two." }, source: ROW, line: 1 },
    ]);
  });

  test("is renamed by the mapping, which wins over a column of the field's own name", async () => {
    const path = await folder.write("map.jsonl", jsonl({ q: "1+1?", trace: "no", reasoning: "yes", uid: 7 }));
    const { samples } = await readAll(path, { map: { problem: "q", trace: "reasoning", id: "uid" } });
    expect(samples[0]).toMatchObject({ id: "7", state: { problem: "1+1?", trace: "yes" } });
  });

  test("without an id gets one from its content, whatever the order of its columns", async () => {
    const one = await readAll(await folder.write("n1.jsonl", '{"problem":"p","answer":"2"}'));
    const two = await readAll(await folder.write("n2.jsonl", '{"problem":"x"}\n{"answer":"2","problem":"p"}'));
    expect(one.ids[0]).toMatch(/^row-[0-9a-f]{16}$/);
    expect(two.ids[1]).toBe(one.ids[0]);
    expect(two.ids[0]).not.toBe(one.ids[0]);
  });

  test("leaves out null and empty optional fields", async () => {
    const { samples } = await readAll(await folder.write("null.jsonl", '{"problem":"p","answer":null,"trace":""}'));
    expect(samples[0]!.state).toEqual({ problem: "p" });
  });

  test("gives a text field the number as the file spells it", async () => {
    const rows =
      '{"problem":"a","answer":15}\n{"problem":"b","answer":15.0}\n{"problem":"c","answer":12345678901234567890}';
    const { samples } = await readAll(await folder.write("num.jsonl", rows));
    expect(samples.map((sample) => sample.state.answer)).toEqual(["15", "15.0", "12345678901234567890"]);
  });

  test("keeps two ids apart that are one number after JSON.parse", async () => {
    const rows = '{"id":12345678901234567890,"problem":"a"}\n{"id":12345678901234567891,"problem":"b"}';
    expect((await readAll(await folder.write("big.jsonl", rows))).ids).toEqual([
      "12345678901234567890",
      "12345678901234567891",
    ]);
  });

  test("may have a column or an id named __proto__, and nothing happens", async () => {
    const row = '{"id":"__proto__","problem":"p","__proto__":{"polluted":true},"constructor":1}';
    const { samples } = await readAll(await folder.write("proto.jsonl", row));
    expect(samples[0]!.id).toBe("__proto__");
    expect(JSON.stringify(samples[0]!.source)).toBe(row);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(samples[0]!.state)).toBe(Object.prototype);
  });

  test("keeps half surrogate pairs and U+0000 in its source, not in its state or id", async () => {
    const row = '{"id":"a\\ud83d","problem":"p\\u0000q","trace":"cut \\ud83d"}';
    const { samples } = await readAll(await folder.write("half.jsonl", row));
    expect(samples[0]).toMatchObject({ id: "a\ufffd", state: { problem: "pq", trace: "cut \ufffd" } });
    expect(JSON.stringify(samples[0]!.source)).toBe(row);
  });

  test("may hold a trace of five megabytes", async () => {
    const trace = "So 2 + 2 = 4. ".repeat(380_000);
    const { samples } = await readAll(await folder.write("long.jsonl", jsonl({ problem: "p", trace }, ROW)));
    expect(samples[0]!.state.trace).toBe(trace);
    expect(samples[1]!.line).toBe(2);
  });
});

describe("a bad row", () => {
  const cases: [name: string, row: string, code: string, says: RegExp][] = [
    [
      "that is cut off",
      '{"id":"b","problem":"What is',
      "bad-json",
      /:2: not JSON: the text that begins here is never closed/,
    ],
    [
      "with a missing comma",
      '{"id":"b" "problem":"p"}',
      "bad-json",
      /found a double quote where a comma or } was expected/,
    ],
    ["that is a list", "[1,2]", "not-an-object", /:2: a list of 2, not an object/],
    ["that is null", "null", "not-an-object", /:2: null/],
    ["without a problem", '{"id":"b","question":"p"}', "problem-missing", /columns here: id, question/],
    ["with a problem of nothing but U+0000", '{"id":"b","problem":"\\u0000"}', "problem-missing", /is empty/],
    ["with a blank problem", '{"id":"b","problem":"  "}', "problem-missing", /`problem` is empty/],
    [
      "with a number for a problem",
      '{"id":"b","problem":5}',
      "wrong-type",
      /`problem` must be a text, found the number 5/,
    ],
    [
      "with an object for an answer",
      '{"id":"b","problem":"p","answer":{"x":1}}',
      "wrong-type",
      /`answer` must be a text, found an object/,
    ],
    ["with a list for an answer", '{"id":"b","problem":"p","answer":["1"]}', "wrong-type", /found a list of 1/],
    ["with true for an answer", '{"id":"b","problem":"p","answer":true}', "wrong-type", /found true/],
    [
      "with a word outside the enum",
      '{"id":"b","problem":"p","domain":"maths"}',
      "wrong-type",
      /must be one of math, code, science/,
    ],
    ["with an object for an id", '{"id":{},"problem":"p"}', "wrong-type", /`id` is the sample's id/],
    ["with the id of another", '{"id":"a","problem":"p"}', "id-twice", /:2: the id "a" was already used on line 1/],
    [
      "nested beyond reason",
      `{"id":"b","problem":"p","x":${"[".repeat(900)}${"]".repeat(900)}}`,
      "nested-too-deep",
      /500 levels/,
    ],
  ];

  test.each(cases)("%s stops the reading and is named", async (name, row, code, says) => {
    const path = await folder.write(`${name}.jsonl`, `${jsonl(ROW)}\n${row}\n`);
    const error = await errorOf(readAll(path));
    expect(error).toMatchObject({ code, exitCode: 2 });
    expect(error.message).toMatch(says);
    expect(error.message).toContain(path);
    expect(error.hint).toContain("--bad-rows skip");
  });

  test.each(cases)("%s is skipped and reported when asked", async (name, row, code) => {
    const path = await folder.write(`skip ${name}.jsonl`, `${jsonl(ROW)}\n${row}\n{"id":"z","problem":"p"}`);
    const { ids, skipped, samples } = await readAll(path, { badRows: "skip" });
    expect(ids).toEqual(["a", "z"]);
    expect(samples[1]!.line).toBe(3);
    expect(skipped).toMatchObject([{ line: 2, code }]);
  });

  test("is shown with a caret under the place", async () => {
    const path = await folder.write("caret.jsonl", `{"problem": "${"x".repeat(200)}", answer: 1}`);
    const [, excerpt, caret] = (await errorOf(readAll(path))).message.split("\n");
    expect(excerpt!.length).toBeLessThan(100);
    expect(excerpt![caret!.indexOf("^")]).toBe("a");
  });

  test("that says the same as another without ids is named with both lines", async () => {
    const error = await errorOf(readAll(await folder.write("same.jsonl", '{"problem":"p"}\n\n{"problem":"p"}')));
    expect(error.message).toMatch(/:3: the same row, column for column, as on line 1/);
  });

  test("does not count as a sample: a file of bad rows only is an error even when skipping", async () => {
    const path = await folder.write("all-bad.jsonl", "{\n[\n");
    expect(await errorOf(readAll(path, { badRows: "skip" }))).toMatchObject({ code: "no-usable-rows", exitCode: 2 });
  });

  test("that is not UTF-8 is named", async () => {
    const path = await folder.write("latin.jsonl", Buffer.from('{"problem":"p"}\n{"problem":"caf\u00e9"}', "latin1"));
    const error = await errorOf(readAll(path));
    expect(error).toMatchObject({ code: "not-utf8" });
    expect(error.message).toContain(":2:");
  });
});

test("names as long as a trace are neither printed nor compared", async () => {
  const long = "x".repeat(1_000_000);
  const path = await folder.write(
    "long-names.jsonl",
    jsonl({ [long]: 1, domain: long }, { problem: "p", domain: long }),
  );
  const { message } = await errorOf(readAll(path));
  const { message: enumMessage } = await errorOf(readAll(path, { badRows: "skip" }));
  expect(message.length + enumMessage.length).toBeLessThan(1000);
});

describe("the mapping", () => {
  test("must name a column that is there", async () => {
    const path = await folder.write("cols.jsonl", jsonl({ problem: "p", reasoning: "r" }));
    const error = await errorOf(readAll(path, { map: { trace: "resoning" } }));
    expect(error).toMatchObject({ code: "unknown-column", exitCode: 2 });
    expect(error.hint).toBe("Did you mean reasoning? Columns there: problem, reasoning.");
  });

  test("may name a column that only later rows have", async () => {
    const path = await folder.write("later.jsonl", jsonl({ problem: "p" }, { problem: "q", reasoning: "r" }));
    const { samples } = await readAll(path, { map: { trace: "reasoning" } });
    expect(samples.map((sample) => sample.state.trace)).toEqual([undefined, "r"]);
  });

  test("must fill a field that the graph declares", async () => {
    const error = await errorOf(readAll("whatever.jsonl", { map: { trase: "reasoning" } }));
    expect(error).toMatchObject({ code: "unknown-field" });
    expect(error.hint).toContain("Did you mean trace?");
  });
});

describe("a file", () => {
  test("may have a byte order mark, CRLF, blank lines and no last line break", async () => {
    const path = await folder.write("odd.jsonl", '\ufeff{"problem":"a"}\r\n\r\n   \r\n{"problem":"b"}');
    const { samples } = await readAll(path);
    expect(samples.map(({ line, state }) => [line, state.problem])).toEqual([
      [1, "a"],
      [4, "b"],
    ]);
  });

  test("may be gzipped, by its content, in several members", async () => {
    const packed = Buffer.concat([gzipSync(`${jsonl(ROW)}\n`), gzipSync(jsonl({ problem: "q" }))]);
    expect((await readAll(await folder.write("packed.jsonl.gz", packed))).samples).toHaveLength(2);
    expect((await readAll(await folder.write("packed-unnamed", packed))).samples).toHaveLength(2);
  });

  const packed = gzipSync(Array.from({ length: 9000 }, (_, i) => `{"problem":"p${i * 7919}"}`).join("\n"));
  const hurt = Uint8Array.from(packed);
  hurt[hurt.length - 6]! ^= 0xff;
  const utf16 = Buffer.from('{"problem":"p"}\n{"problem":"q"}', "utf16le");
  const cases: [name: string, content: string | Uint8Array, code: string][] = [
    ["empty.jsonl", "", "input-empty"],
    ["blank.jsonl", "\n \n\r\n", "input-empty"],
    ["empty-list.json", "[]", "input-empty"],
    ["header-only.csv", "id,problem\n", "input-empty"],
    ["cut.jsonl.gz", packed.subarray(0, packed.length / 2), "gzip-cut-off"],
    ["hurt.jsonl.gz", hurt, "gzip-broken"],
    ["table.parquet", "PAR1\u0015\u0004", "parquet-broken"],
    ["twice.jsonl.gz", gzipSync(packed), "input-binary"],
    ["picture.jsonl", Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"), "input-binary"],
    ["utf16.jsonl", Buffer.concat([Buffer.from([0xff, 0xfe]), utf16]), "input-utf16"],
    ["utf16-no-mark.jsonl", utf16, "input-utf16"],
    ["pointer.jsonl", "version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "input-lfs"],
    ["prose.txt", "Once upon a time\nthere was", "unknown-format"],
  ];
  test.each(cases)("that can't be used is named for what it is: %s", async (name, content, code) => {
    const error = await errorOf(readAll(await folder.write(name, content)));
    expect(error).toMatchObject({ name: "MezzoError", code, exitCode: 2 });
    expect(error.message).toContain(name);
  });

  test("that is missing is missed by name, with the one probably meant", async () => {
    await folder.write("traces.jsonl", jsonl(ROW));
    const error = await errorOf(readAll(folder.path("trace.jsonl")));
    expect(error).toMatchObject({ code: "input-missing", exitCode: 2, hint: "Did you mean traces.jsonl?" });
  });

  test("that is a folder is not read", async () => {
    expect(await errorOf(readAll(folder.path(".")))).toMatchObject({ code: "input-directory", exitCode: 2 });
  });

  test("is read no further than the limit asks", async () => {
    const path = await folder.write("limit.jsonl", `${jsonl(ROW, { problem: "q" })}\nbroken`);
    expect((await readAll(path, { limit: 2 })).samples).toHaveLength(2);
  });
});

describe("standard input", () => {
  const read = (text: string) => readAll("-", { stdin: Readable.from([Buffer.from(text)]) });

  test.each([
    ["JSON Lines", '{"problem":"a"}\n{"problem":"b"}\n'],
    ["a list", '[{"problem":"a"},\n {"problem":"b"}]'],
    ["a list spread over lines", '[\n  {\n    "problem": "a"\n  }, {"problem": "b"}\n]\n'],
    ["a wrapped list", '{"version": 1, "data": [{"problem":"a"},{"problem":"b"}], "more": {}}'],
    ["CSV", 'problem,answer\na,1\n"b",2\n'],
    ["CSV with semicolons", "problem;answer\na;1\nb;2\n"],
  ])("is recognised as %s", async (_, text) => {
    expect((await read(text)).samples.map((sample) => sample.state.problem)).toEqual(["a", "b"]);
  });

  test("may be gzipped", async () => {
    const stdin = Readable.from([gzipSync(jsonl(ROW))]);
    expect((await readAll("-", { stdin })).ids).toEqual(["a"]);
  });

  test("may come a byte at a time", async () => {
    const stdin = Readable.from(
      [...Buffer.from('{"problem":"\u4e8c"}\n{"problem":"b"}')].map((byte) => Buffer.from([byte])),
    );
    expect((await readAll("-", { stdin })).samples.map((sample) => sample.state.problem)).toEqual(["\u4e8c", "b"]);
  });

  test("that never says anything can be given up", async () => {
    const stdin = new PassThrough();
    const reason = new Error("the user has had enough");
    const reading = readAll("-", { stdin, signal: abortSoon(reason) });
    expect(await errorOf(reading)).toBe(reason);
    expect(stdin.destroyed).toBe(true);
  });

  test("that is empty is an error", async () => {
    expect(await errorOf(readAll("-", { stdin: Readable.from([]) }))).toMatchObject({ code: "input-empty" });
  });
});

test("a table's cells are read as the declared types", async () => {
  const fields = {
    ...FIELDS,
    level: { type: "number", optional: true },
    ok: { type: "boolean", optional: true },
    tags: { type: "list", optional: true },
  } as const;
  const path = await folder.write("types.csv", 'problem,answer,level,ok,tags\np,015,2.5,TRUE,"[""x""]"\nq,,,,\n');
  const { samples } = await readAll(path, { fields });
  expect(samples.map((sample) => sample.state)).toEqual([
    { problem: "p", answer: "015", level: 2.5, ok: true, tags: ["x"] },
    { problem: "q" },
  ]);
});

test("whatever bytes a file has, it gives samples or one clear error", async () => {
  const rows = [ROW, { problem: "q", answer: 3, x: [{ y: null }] }, { id: "c", problem: "\u4e8c", trace: 'a "b"\n' }];
  const csv = 'id,problem,answer\n1,"a\nb",2\n2,"c ""d""",\n3,e,4\n';
  const files = {
    jsonl: jsonl(...rows),
    json: JSON.stringify(rows, null, 1),
    csv,
    txt: JSON.stringify({ data: rows }),
  };
  const flips = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 });
  const kinds = fc.constantFrom(...(Object.keys(files) as (keyof typeof files)[]));
  await fc.assert(
    fc.asyncProperty(kinds, flips, fc.boolean(), fc.nat(300), async (kind, changes, isPacked, cutAt) => {
      const text = Buffer.from(files[kind]);
      const bytes = Uint8Array.from(isPacked ? gzipSync(text) : text).subarray(0, cutAt);
      for (const [at, byte] of changes) bytes[at % Math.max(1, bytes.length)] = byte;
      const path = await folder.write(`fuzz.${kind}${isPacked ? ".gz" : ""}`, bytes);
      const result = await readAll(path, { badRows: "skip" }).catch((error: unknown) => error);
      if (result instanceof Error) expect(result).toMatchObject({ name: "MezzoError", exitCode: 2 });
    }),
    { numRuns: 500 },
  );
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { errorOf, readAll, useFolder } from "../rig.ts";

const folder = useFolder();

test("a table's rows keep their cells and name the line they begin on", async () => {
  const text = 'id,problem\r\n1,"a\r\nb, ""c"""\r\n\r\n\r\n2,d\r\n"3","e\nf\ng"\n4,h';
  const { samples } = await readAll(await folder.write("lines.csv", text));
  expect(samples.map(({ id, line, state }) => [id, line, state.problem])).toEqual([
    ["1", 2, 'a\r\nb, "c"'],
    ["2", 6, "d"],
    ["3", 7, "e\nf\ng"],
    ["4", 10, "h"],
  ]);
});

test("a row with too many or too few cells is named, and can be skipped", async () => {
  const path = await folder.write("ragged.csv", "id,problem\n1,a\n2,b,c\n3\n4,d\n");
  expect(await errorOf(readAll(path))).toMatchObject({ code: "csv-cells" });
  const { ids, skipped } = await readAll(path, { badRows: "skip" });
  expect(ids).toEqual(["1", "4"]);
  expect(skipped).toMatchObject([{ line: 3, message: "3 cells where the header has 2 columns" }, { line: 4 }]);
});

describe("a broken quote ends the reading at its line, after the rows before it", () => {
  test.each([
    ["inside a cell", '3,5" pipe\n4,x\n', 5],
    ["closed too early", '3,"x"y\n4,x\n', 5],
    ["never closed", '3,"x\n4,x\n', undefined],
  ])("%s", async (name, rows, line) => {
    const path = await folder.write(`${name}.csv`, `id,problem\r\n1,"a\r\nb"\r\n2,b\r\n${rows}`);
    const error = await errorOf(readAll(path, { badRows: "skip" }));
    expect(error).toMatchObject({ code: "csv-quote", exitCode: 2 });
    if (line) expect(error.message).toContain(`${path}:${line}:`);
  });
});

test("a header may have odd names, but no name twice", async () => {
  const odd = await readAll(await folder.write("odd.csv", "\ufeff, problem ,__proto__,constructor\n0,p,x,y\n"));
  expect(JSON.stringify(odd.samples[0]!.source)).toBe(
    '{"column1":"0","problem":"p","__proto__":"x","constructor":"y"}',
  );
  const twice = await folder.write("twice.csv", "problem,problem\np,q\n");
  expect(await errorOf(readAll(twice))).toMatchObject({ code: "csv-header" });
});

test("a table that is not UTF-8 is refused, not filled with replacement characters", async () => {
  const path = await folder.write("latin.csv", Buffer.from("problem\ncaf\u00e9\n", "latin1"));
  expect(await errorOf(readAll(path))).toMatchObject({ code: "not-utf8", exitCode: 2 });
});

test("tabs and semicolons separate cells too", async () => {
  const tabs = await readAll(await folder.write("t.tsv", "problem\tanswer\na, b\t1\n"));
  expect(tabs.samples[0]!.state).toEqual({ problem: "a, b", answer: "1" });
});

test("any table is read back as it was written", async () => {
  const cell = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "\r\n", ";", " ", "\u4e8c", "\ud83d\ude00") });
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 }), async (rows) => {
      const lines = rows.map(([a, b], index) => `${index},p,${quote(a)},${quote(b)}`);
      const path = await folder.write("any.csv", `id,problem,a,b\n${lines.join("\n")}\n`);
      const { samples } = await readAll(path);
      expect(samples.map(({ source }) => [source.a, source.b])).toEqual(rows);
      let line = 2;
      for (const [index, [a, b]] of rows.entries()) {
        expect(samples[index]!.line).toBe(line);
        line += 1 + (a + b).split("\n").length - 1;
      }
    }),
    { numRuns: 100 },
  );
});

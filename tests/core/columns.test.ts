import { expect, test } from "vitest";
import { oneLine, table } from "../../src/cli/words.ts";
import { columnsOf, fitColumns } from "../../src/core/columns.ts";
import { formatDiagnostic } from "../../src/core/diagnostic-text.ts";

test("Chinese and full-width characters take two columns, others one", () => {
  expect(["abc", "é", "一二", "Ａ１", "（x）", "「好」", "…", "𠮷"].map(columnsOf)).toEqual([3, 1, 4, 4, 5, 6, 1, 2]);
});

test("what is cut to a width is cut between characters", () => {
  expect(fitColumns("一二三", 5)).toBe("一二");
  expect(fitColumns("a𠮷b", 2)).toBe("a");
  expect(columnsOf(oneLine("一家茶馆有四人桌和六人桌共十七张", 12))).toBeLessThanOrEqual(12);
});

test("a table's columns stand one below the other beside Chinese names", () => {
  const lines = table([
    ["茶馆座位", "accepted"],
    ["tea", "rejected"],
  ]);
  expect(lines.map((line) => columnsOf(line.slice(0, line.indexOf("ed") - 6)))).toEqual([10, 10]);
});

test("a caret stands below what it points at, behind Chinese", () => {
  const text = "name: 学生 # 七十亿：参数";
  const place = { file: "g.yaml", line: 1, column: text.indexOf("：") + 1, length: 1 };
  const printed = formatDiagnostic({ code: "x", severity: "error", message: "m", place }, new Map([["g.yaml", text]]));
  const [shown, carets] = printed.split("\n").slice(2);
  expect(carets!.indexOf("^")).toBe(columnsOf(shown!.slice(0, shown!.indexOf("："))));
  expect(carets!.trimEnd().slice(carets!.indexOf("^"))).toBe("^^");
});

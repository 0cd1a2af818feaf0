import { expect, test } from "vitest";
import { formatDiagnostic, formatDiagnostics } from "../../src/core/diagnostic-text.ts";
import type { Diagnostic } from "../../src/core/errors.ts";

const at = (line: number, column: number, length = 1): Diagnostic => ({
  code: "unknown-node",
  severity: "error",
  message: "No such node",
  hint: 'Did you mean "judge"?',
  place: { file: "g.yaml", line, column, length },
});

test("shows code, message, line, caret and hint", () => {
  const shown = formatDiagnostic(at(2, 9, 4), new Map([["g.yaml", "graph: x\n  then: judg\n"]]));
  expect(shown).toBe(
    [
      "g.yaml:2:9  error  unknown-node",
      "  No such node.",
      "  2 |   then: judg",
      "    |         ^^^^",
      '  Did you mean "judge"?',
    ].join("\n"),
  );
});

test("goes by place, file after file", () => {
  const other = { ...at(1, 1), place: { file: "a.yaml", line: 9, column: 1, length: 1 } };
  const shown = formatDiagnostics([at(3, 1), at(1, 5), other, at(1, 2)], new Map());
  expect(shown.match(/^\S+:\d+:\d+/gm)).toEqual(["a.yaml:9:1", "g.yaml:1:2", "g.yaml:1:5", "g.yaml:3:1"]);
});

test("lets no control character of a file reach the terminal", () => {
  const shown = formatDiagnostic(at(1, 1), new Map([["g.yaml", "a\u001b[31m\tb\u0007"]]));
  expect(shown).toContain("1 | a\uFFFD[31m b\uFFFD");
});

test("shows a long line around its place", () => {
  const line = `${"x".repeat(300)}HERE${"y".repeat(300)}`;
  const [, , source, carets] = formatDiagnostic(at(1, 301, 4), new Map([["g.yaml", line]])).split("\n");
  expect(source!.slice(carets!.indexOf("^"), carets!.lastIndexOf("^") + 1)).toBe("HERE");
  expect(source!.length).toBeLessThan(120);
});

import { expect, test } from "vitest";
import { YamlFile } from "../../src/graph/load.ts";

/** What the place of `wanted` inside the value of `when` points at in the file. */
const pointedAt = (text: string, wanted: string) => {
  const yaml = new YamlFile("g.yaml", text);
  const value = String(yaml.valueAt(["when"]));
  const start = value.indexOf(wanted);
  if (start < 0) throw new Error(`${JSON.stringify(value)} has no ${wanted}`);
  const { line, column, length } = yaml.placeInside(["when"], start, start + wanted.length);
  return text.split("\n")[line - 1]!.slice(column - 1, column - 1 + length);
};

test.each([
  ["a plain text", "when: has(a) && tokens(tace) > 3"],
  ["a plain text over lines", "when: has(a) &&\n  tokens(tace)\n  > 3"],
  ["double quotes", 'when: "has(a) && tokens(tace) > 3"'],
  ["double quotes with escapes", 'when: "a == \\"x\\\\y\\u00e9\\x41\\" && tokens(tace) > 3"'],
  ["double quotes over lines", 'when: "has(a) &&\n  tokens(tace) \\\n  > 3"'],
  ["single quotes", "when: 'a == \"it''s\" && tokens(tace) > 3'"],
  ["single quotes over lines", "when: 'a == \"it''s\"\n\n  && tokens(tace) > 3'"],
  ["a block", "when: |\n  has(a) &&\n    tokens(tace) > 3\n"],
  ["a block with a comment and an indent", "when: |2- # why\n    has(a) &&\n    tokens(tace) > 3\n"],
  ["a folded block", "when: >-\n  has(a)\n  && tokens(tace) > 3\n"],
  ["a value behind an anchor", "when: &x has(a) && tokens(tace) > 3"],
  ["Windows line ends", "a: 1\r\nwhen: |\r\n  has(a) &&\r\n  tokens(tace) > 3\r\n"],
])("a stretch inside %s is found", (_what, text) => {
  expect(pointedAt(text, "tace")).toBe("tace");
  expect(pointedAt(text, "tokens(tace)")).toBe("tokens(tace)");
});

test("a key, a value and what is not there have places", () => {
  const yaml = new YamlFile("g.yaml", "nodes:\n  judge:\n    kind: rate\n    then: { easy: expand }\n");
  expect(yaml.place(["nodes", "judge", "kind"])).toMatchObject({ line: 3, column: 11, length: 4 });
  expect(yaml.place(["nodes", "judge", "kind"], { key: true })).toMatchObject({ line: 3, column: 5, length: 4 });
  expect(yaml.place(["nodes", "judge", "model"])).toMatchObject({ line: 2, column: 3, length: 5 });
  expect(yaml.place(["nodes", "judge", "then"])).toMatchObject({ line: 4, column: 11, length: 16 });
  expect(yaml.place([])).toMatchObject({ line: 1, column: 1, length: 6 });
});

/** Where a cursor is in a graph that is half written: what completion and the picture's link to the text rest on. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { keysOf, type Schema, schemasAt, valuesOf } from "../../../src/studio/app/editor/schema-help.ts";
import { lineOfNode, namesUnder, nodeAtLine, placeAt } from "../../../src/studio/app/editor/yaml-places.ts";

const GRAPH = `graph: g
models:
  judge: { provider: baseline }
nodes:
  first: # a comment
    kind: rate
    vo
    then: { medium: accepted, easy: se }
  second: { kind: rewrite, model:  }
start: first
`;
/** The place right after these words. */
const rightAfter = (words: string) => placeAt(GRAPH, GRAPH.indexOf(words) + words.length);
const schema = JSON.parse(readFileSync("graphs/graph.schema.json", "utf8")) as Schema;
const offered = (words: string) => {
  const { path, beside, at } = rightAfter(words);
  return at.mode === "key"
    ? keysOf(schemasAt(schema, path, beside)).map(({ key }) => key)
    : valuesOf(schemasAt(schema, [...path, at.key], beside)).map(({ value }) => value);
};

describe("a cursor", () => {
  it("in a block is under the keys that are further out", () => {
    expect(rightAfter("    vo")).toMatchObject({ path: ["nodes", "first"], at: { mode: "key" }, word: "vo" });
  });

  it("in braces is under the key that they hang on", () => {
    expect(rightAfter("easy: se")).toMatchObject({
      path: ["nodes", "first", "then"],
      at: { mode: "value", key: "easy" },
      word: "se",
    });
    expect(rightAfter("{ kind: rewrite, model: ")).toMatchObject({ path: ["nodes", "second"], at: { key: "model" } });
  });

  it("after a colon is at a value", () => {
    expect(rightAfter("start: fi")).toMatchObject({ path: [], at: { mode: "value", key: "start" }, word: "fi" });
  });

  it("is offered what its kind of node may say, and no other's", () => {
    expect(offered("    vo")).toContain("votes");
    const { path } = rightAfter("    vo");
    const keys = keysOf(schemasAt(schema, path, { kind: "generate" })).map(({ key }) => key);
    expect(keys).not.toContain("votes");
  });

  it("is offered the values that the schema lists", () => {
    expect(offered("judge: { provider: ")).toEqual(expect.arrayContaining(["openai", "baseline"]));
    expect(offered("    kind: ra")).toContain("rate");
  });
});

describe("a line", () => {
  it("belongs to the node that it is in", () => {
    expect([4, 5, 7, 8, 9, 10].map((line) => nodeAtLine(GRAPH, line))).toEqual([
      ...[undefined, "first", "first", "first", "second", undefined],
    ]);
  });

  it("of a node is where its name stands", () => {
    expect([lineOfNode(GRAPH, "second"), lineOfNode(GRAPH, "nobody")]).toEqual([9, undefined]);
    expect(namesUnder(GRAPH, "models")).toEqual(["judge"]);
  });
});

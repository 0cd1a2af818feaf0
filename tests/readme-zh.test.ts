/**
 * README.zh-CN.md says what README.md says. A machine can't read both; it holds them to the same headings, commands, code,
 * figures, outcomes and links, and names what is missing. Whoever changes the one is told what to change in the other.
 */
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const [english, chinese] = ["README.md", "README.zh-CN.md"].map((name) => readFileSync(name, "utf8")) as [
  string,
  string,
];

/** Of each fenced block its language and lines, comments and the words of a picture aside. */
const codeOf = (text: string) =>
  [...text.matchAll(/^```(\w*)\n([\s\S]+?)^```$/gm)].map(([, language, body]) =>
    language === "mermaid"
      ? [...body!.matchAll(/\b(?:start|collect|l2s|judge|expand|condense|verify|accept|accepted|other)\b/g)].join(" ")
      : body!.replace(/\s+#.*$/gm, ""),
  );
const proseOf = (text: string) => text.replace(/^```[\s\S]+?^```$/gm, "");
const headingsOf = (text: string) => [...proseOf(text).matchAll(/^(#+) /gm)].map(([, level]) => level);
/** The first cell of each row of a table, heads aside. */
const rowsOf = (text: string) =>
  [...text.matchAll(/^\| ((?:\\\||[^|])+) \|/gm)]
    .map(([, cell]) => cell!.trim())
    .filter((cell) => !/^(?:command|outcome|命令|结局)$/.test(cell));
/** What is in backticks: commands, flags, fields and files, whatever the language. */
const wordsOf = (text: string) => new Set([...proseOf(text).matchAll(/`([^`\n]+)`/g)].map(([, word]) => word!));
const figuresOf = (text: string) => [...new Set(proseOf(text).match(/\d[\d,.]*\d|\d/g) ?? [])].sort();
const linksOf = (text: string) =>
  new Set(
    [...text.matchAll(/\]\(([^)]+)\)|src="([^"]+)"/g)]
      .map(([, link, image]) => link ?? image!)
      .filter((link) => !link.startsWith("README")),
  );
const missing = (from: ReadonlySet<string>, in_: ReadonlySet<string>) => [...from].filter((each) => !in_.has(each));

test("each README leads to the other, at its top", () => {
  expect(english.split("\n")[0]).toContain("(README.zh-CN.md)");
  expect(chinese.split("\n")[0]).toContain("(README.md)");
});

test("README.zh-CN.md has the headings of README.md, level for level", () => {
  expect(headingsOf(chinese)).toEqual(headingsOf(english));
});

test("README.zh-CN.md has its code and commands, word for word", () => {
  expect(codeOf(chinese)).toEqual(codeOf(english));
  expect(rowsOf(chinese)).toEqual(rowsOf(english));
});

test("README.zh-CN.md names every flag, field and file that README.md names", () => {
  expect(missing(wordsOf(english), wordsOf(chinese))).toEqual([]);
});

test("README.zh-CN.md has its figures", () => {
  expect(figuresOf(chinese)).toEqual(figuresOf(english));
});

test("README.zh-CN.md leads where README.md leads, and nowhere that is not there", () => {
  expect(missing(linksOf(english), linksOf(chinese))).toEqual([]);
  expect([...linksOf(chinese)].filter((link) => !/^https?:/.test(link) && !existsSync(link))).toEqual([]);
});

test("README.zh-CN.md is Chinese, with the marks of Chinese", () => {
  const sentences = proseOf(chinese).match(/[\p{Script=Han}][,;:!?](?=[\p{Script=Han}])/gu) ?? [];
  expect(sentences).toEqual([]);
  expect(proseOf(chinese).match(/\p{Script=Han}/gu)!.length).toBeGreaterThan(1500);
});

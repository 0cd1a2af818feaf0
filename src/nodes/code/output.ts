/**
 * Is what a program printed what it should have? Lines are compared without the spaces at their ends, and a number as a
 * number: `1.50` is `1.5`. As judges of programming contests do it, there is no tolerance: a benchmark's output is exact.
 */
export function sameOutput(got: string, expected: string): boolean {
  const [ours, theirs] = [linesOf(got), linesOf(expected)];
  return ours.length === theirs.length && ours.every((line, n) => sameLine(line, theirs[n]!));
}

function linesOf(text: string): string[] {
  return text
    .trim()
    .split("\n")
    .map((line) => line.trim());
}

function sameLine(one: string, other: string): boolean {
  if (one === other) return true;
  const [ours, theirs] = [one.split(/\s+/), other.split(/\s+/)];
  return ours.length === theirs.length && ours.every((word, n) => word === theirs[n] || sameNumber(word, theirs[n]!));
}

const DECIMAL = /^([+-]?)0*(\d+)(?:\.(\d*?)0*)?$/;

/** By their digits: a number of forty of them is no number of JavaScript. */
function sameNumber(one: string, other: string): boolean {
  const [ours, theirs] = [DECIMAL.exec(one), DECIMAL.exec(other)];
  if (ours === null || theirs === null) return false;
  const spelt = ([, sign, whole, part]: RegExpExecArray) => `${sign === "-" ? "-" : ""}${whole}.${part ?? ""}`;
  return spelt(ours) === spelt(theirs);
}

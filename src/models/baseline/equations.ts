/** Equations in running text whose two sides are plain arithmetic, and so can be checked and spelled out. */
import { countOperations, type Expression, evaluate, parseExpression } from "./arithmetic.ts";
import { equals, isWhole, type Rational } from "./rational.ts";

export interface Equation {
  /** Left side of the sign, as an expression. */
  readonly left: Expression;
  readonly value: Rational;
  /** The right side as it is written. */
  readonly right: string;
  /** Both sides as written. */
  readonly text: string;
  readonly operations: number;
  readonly holds: boolean;
  /** A calculation whose stated value is another number. `20 * 30 * 42 = 20*30 = 600` is only sloppy, and not wrong. */
  readonly wrong: boolean;
  /** True when decimals are rounded on the right: 2/3 = 0.667. */
  readonly rounded: boolean;
}

const SIDE = String.raw`[\d\s.,+\-−–*×·÷/^(){}]|\\times|\\cdot|\\div|\\[dt]?frac|\\left|\\right`;
const LEFT = new RegExp(`(?:${SIDE}){1,160}$`);
const RIGHT = new RegExp(`^(?:${SIDE}){1,80}`);
const LONGEST_SIDE = 160;
/** Before the left side: the start, a stop, an opening or equals sign, or a word that does not belong to the sum. */
const OPEN_LEFT = /(?:^|[=:;,([$*"“→]|\\\(|\\\[|(?<![\w\\])[A-Za-z']{2,}\s)\s*$/;
const OPEN_LEFT_IN_CHINESE = /[\p{Script=Han}，。；：、（“]\s?$/u;
const PART_OF_SUM_IN_CHINESE = /(?:[的乘加减除以倍和与根号分之折成第]|平方|立方|次方|对数|一半)\s?$/u;
const PART_OF_SUM =
  /\b(?:of|choose|mod|modulo|root|squared?|cubed?|over|times|plus|minus|by|power|log|ln|sin|cos|tan|sqrt|half|double|twice|thrice|third|quarter|base|degrees?|divided|multiplied|percent)\s+$/i;

/** Every `left = right` in a sentence where both sides can be read whole. */
export function findEquations(sentence: string): Equation[] {
  const found: Equation[] = [];
  for (let at = sentence.indexOf("="); at !== -1 && found.length < 40; at = sentence.indexOf("=", at + 1)) {
    if (/[<>!=≤≥:]/.test(sentence[at - 1] ?? "") || sentence[at + 1] === "=") continue;
    const equation = readEquation(
      sentence.slice(Math.max(0, at - LONGEST_SIDE), at),
      sentence.slice(at + 1, at + LONGEST_SIDE),
    );
    if (equation) found.push(equation);
  }
  return found;
}

function readEquation(before: string, after: string): Equation | undefined {
  const leftText = LEFT.exec(before)?.[0];
  const rightText = RIGHT.exec(after)?.[0];
  if (!leftText || !rightText) return undefined;
  // What touches a side from outside (a letter, a per cent sign, a root) is part of it, and unknown to us.
  const outerLeft = before.slice(0, before.length - leftText.length);
  const outerRight = after.slice(rightText.length).at(0) ?? " ";
  const lead = (outerLeft + (/^\s/.test(leftText) ? " " : "")).slice(-24);
  const isOpen = OPEN_LEFT_IN_CHINESE.test(lead) ? !PART_OF_SUM_IN_CHINESE.test(lead) : OPEN_LEFT.test(lead);
  if (!isOpen || PART_OF_SUM.test(lead)) return undefined;
  if (/[%°!√_\\^π∠万亿]/.test(outerRight)) return undefined;
  const left = readSide(trimSide(leftText), /\p{L}$/u.test(outerLeft));
  const right = parseExpression(trimEnd(rightText, outerRight));
  if (!left || !right) return undefined;
  const value = evaluate(left);
  const said = evaluate(right);
  if (!value || !said) return undefined;
  const rightWritten = trimEnd(rightText, outerRight);
  const rounded = isRounding(value, said, rightWritten);
  const holds = equals(value, said) || rounded;
  const operations = countOperations(left);
  return {
    left,
    value,
    right: rightWritten,
    text: `${trimSide(leftText)} = ${rightWritten.trim()}`,
    operations,
    holds,
    wrong:
      !holds &&
      operations > 0 &&
      isPlainClaim(leftText, rightWritten) &&
      !isFloor(value, said) &&
      !isNear(value, said, leftText + rightWritten),
    rounded,
  };
}

/** A number on its own on the right, and a left side that has one reading: "3 ÷ 3 / 12 ÷ 3" has several. */
function isPlainClaim(left: string, right: string): boolean {
  return /^\s*-?[\d,]+(?:\.\d+)?\s*$/.test(right) && (left.match(/[/÷]|\\div/g) ?? []).length < 2;
}

/** Measured values are written shortly on one side and long on the other: within half a per cent is no mistake. */
function isNear(value: Rational, said: Rational, written: string): boolean {
  if (!/\d\.\d/.test(written)) return false;
  const distance = value.top * said.bottom - said.top * value.bottom;
  const size = value.top * said.bottom;
  return (distance < 0n ? -distance : distance) * 200n <= (size < 0n ? -size : size);
}

/** 501 / 2 = 250: said of whole numbers, the remainder left out on purpose. */
function isFloor(value: Rational, said: Rational): boolean {
  return isWhole(said) && value.top / value.bottom === said.top;
}

/** After a word ("so 3 * 4") the side starts at its first number; a sign right after the word would belong to the word. */
function readSide(text: string, afterWord: boolean): Expression | undefined {
  if (afterWord && /^[+\-−–*×·÷/^]/.test(text)) return undefined;
  return parseExpression(text);
}

function trimSide(text: string): string {
  // ", 3 * 4" or ". 3 * 4": what stood before belongs to the sentence before; a lone closing bracket too.
  const afterStop = text.split(/[,.]\s+/).at(-1)!;
  return afterStop.trim();
}

/** The value ends where the sentence goes on: at ". " or ", " and before a word that makes it a product ("3 C"). */
function trimEnd(text: string, outer: string): string {
  let side = text.split(/[,.](?:\s|$)/)[0]!.trimEnd();
  if (/[A-Za-z]/.test(outer) && !/\s$/.test(text)) side = /[A-Za-z]/.test(outer) ? "" : side;
  return side.replace(/[+\-−–*×·÷/({]+$/, "") === side ? side : "";
}

function isRounding(value: Rational, said: Rational, written: string): boolean {
  const places = /\.(\d+)$/.exec(written.trim())?.[1]?.length ?? 0;
  if (places === 0) return false;
  const scale = 2n * 10n ** BigInt(places);
  const distance = (value.top * said.bottom - said.top * value.bottom) * scale;
  const bound = value.bottom * said.bottom;
  return (distance < 0n ? -distance : distance) <= bound * 2n;
}

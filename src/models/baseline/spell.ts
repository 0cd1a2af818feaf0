/** One calculation in small steps, as a sentence. Undefined when it is small already, or not certain. */
import { isIdle, isMental, listOperations, type Operation, writeOperation } from "./arithmetic.ts";
import type { Equation } from "./equations.ts";
import { isWhole, type Rational } from "./rational.ts";

export type Language = "en" | "zh";

export function spellOut(equation: Equation, language: Language = "en"): string | undefined {
  if (!equation.holds || equation.rounded) return undefined;
  const operations = listOperations(equation.left)?.filter((one) => !isIdle(one));
  if (!operations || operations.length === 0 || isMental(operations)) return undefined;
  const decimals = /\d\.\d/.test(equation.text) ? "decimal" : "fraction";
  if (operations.length === 1) return spellOne(operations[0]!, language);
  if (operations.length > 8 || operations.some((one) => !isSimple(one.left) || !isSimple(one.right))) return undefined;
  const written = operations.map((one) => writeOperation(one, decimals));
  return language === "zh" ? `逐步计算：${written.join("，")}。` : `Step by step: ${joinWords(written)}.`;
}

/** A product of two whole numbers of two digits or more, by tens and ones. */
function spellOne(operation: Operation, language: Language): string | undefined {
  if (operation.sign !== "×" || !isWhole(operation.left) || !isWhole(operation.right)) return undefined;
  const [large, small] =
    operation.left.top >= operation.right.top
      ? [operation.left.top, operation.right.top]
      : [operation.right.top, operation.left.top];
  // 12 × 4000 is no harder than 12 × 4: what counts are the digits before the closing zeros.
  if (withoutZeros(small) < 11n || withoutZeros(large) < 11n || small > 999n || large > 99_999n) return undefined;
  const parts = placeValues(small);
  const products = parts.map((part) => `${large} × ${part} = ${large * part}`);
  const sum = parts.map((part) => large * part).join(" + ");
  if (language === "zh") return `拆开计算：${products.join("，")}；合起来 ${sum} = ${large * small}。`;
  return `In parts: ${joinWords(products)}; together ${sum} = ${large * small}.`;
}

function withoutZeros(value: bigint): bigint {
  let digits = value;
  while (digits !== 0n && digits % 10n === 0n) digits /= 10n;
  return digits;
}

/** 345 -> 300, 40, 5. */
function placeValues(value: bigint): bigint[] {
  const digits = value.toString();
  return [...digits]
    .map((digit, at) => BigInt(digit) * 10n ** BigInt(digits.length - 1 - at))
    .filter((part) => part > 0n);
}

function isSimple(value: Rational): boolean {
  return value.top.toString().length <= 9 && value.bottom.toString().length <= 6;
}

export function joinWords(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join("");
  return parts.length === 2 ? parts.join(" and ") : `${parts.slice(0, -1).join(", ")}, and ${parts.at(-1)}`;
}

/** Whole numbers as English and Chinese write them out: an answer of 42 is also "forty-two" and 四十二. */

const SMALL =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(
    " ",
  );
const TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
const HAN = "零一二三四五六七八九";

/** The ways to write a whole number below a million in words, as patterns; none for other numbers. */
export function wordPatterns(value: number): string[] {
  if (!Number.isInteger(value) || value < 0 || value >= 1_000_000) return [];
  const english = inEnglish(value).map((word) => (word === "and" ? "(?:and[\\s-]+)?" : `${word}[\\s-]*`));
  const spelled = `\\b${english.join("").replace(/\[\\s-\]\*$/, "")}\\b`;
  return value < 10_000 ? [spelled, `(?<![${HAN}十百千万])${inChinese(value)}(?![${HAN}十百千万])`] : [spelled];
}

/** Words in order; "and" may be left out. */
function inEnglish(value: number): string[] {
  if (value < 20) return [SMALL[value]!];
  if (value < 100) return [TENS[Math.floor(value / 10)]!, ...rest(value % 10)];
  const [unit, word] = value < 1_000 ? ([100, "hundred"] as const) : ([1_000, "thousand"] as const);
  const after = value % unit;
  return [...inEnglish(Math.floor(value / unit)), word, ...(after === 0 ? [] : ["and", ...inEnglish(after)])];
}

function rest(digit: number): string[] {
  return digit === 0 ? [] : [SMALL[digit]!];
}

function inChinese(value: number): string {
  if (value < 10) return HAN[value]!;
  let text = "";
  let gap = false;
  for (const [unit, sign] of [
    [1_000, "千"],
    [100, "百"],
    [10, "十"],
    [1, ""],
  ] as const) {
    const digit = Math.floor(value / unit) % 10;
    if (digit === 0) gap ||= text !== "";
    else {
      // "十五", not "一十五".
      text += `${gap ? "零" : ""}${text === "" && unit === 10 && digit === 1 ? "" : HAN[digit]}${sign}`;
      gap = false;
    }
  }
  return text;
}

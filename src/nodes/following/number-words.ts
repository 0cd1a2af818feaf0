/** Numbers as English and Chinese write them out: an answer of 42 is also "forty-two" and 四十二, one of 1/2 is 二分之一 and ½. */

const SMALL =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(
    " ",
  );
const TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
const HAN = "零一二三四五六七八九";

/** The ways to write a number in words, as patterns: a whole one below a million, or a fraction of small ones. */
export function wordPatterns(value: number): string[] {
  if (value > 0 && value < 100 && !Number.isInteger(value)) return fractionPatterns(value);
  if (!Number.isInteger(value) || value < 0 || value >= 1_000_000) return [];
  const english = inEnglish(value).map((word) => (word === "and" ? "(?:and[\\s-]+)?" : `${word}[\\s-]*`));
  const spelled = `\\b${english.join("").replace(/\[\\s-\]\*$/, "")}\\b`;
  return [spelled, alone(inChinese(value)), ...inTenThousands(value)];
}

/** 二千 is also 两千, and a numeral is none within a longer one. */
function alone(numeral: string): string {
  const either = numeral.replace(/二(?=[百千万])/g, "[二两]");
  return `(?<![${HAN}两十百千万分之第])${either}(?![${HAN}两十百千万]|分之)`;
}

/** 12,000 is 1.2 万. */
function inTenThousands(value: number): string[] {
  return value >= 10_000 && value % 10 === 0 ? [`(?<![\\d.])${String(value / 10_000).replace(".", "\\.")}\\s?万`] : [];
}

const LARGEST_PART = 100;
const VULGAR: Readonly<Record<string, string>> = {
  "1/2": "½|一半",
  "1/3": "⅓",
  "2/3": "⅔",
  "1/4": "¼",
  "3/4": "¾",
  "1/5": "⅕",
  "1/8": "⅛",
};

/** 三分之二, 百分之二十, ⅔: of the smallest denominator that gives the value. */
function fractionPatterns(value: number): string[] {
  const percent = Math.round(value * 100);
  const inPercent = Math.abs(value * 100 - percent) < 1e-9 ? [`百分之${inChinese(percent)}(?![${HAN}十百千万])`] : [];
  for (let under = 2; under <= LARGEST_PART; under++) {
    const over = Math.round(value * under);
    if (over >= LARGEST_PART || Math.abs(value * under - over) > 1e-9) continue;
    const vulgar = VULGAR[`${over}/${under}`];
    const parts = `(?<![${HAN}十百])${inChinese(under)}分之${inChinese(over)}(?![${HAN}十百千万])`;
    return [parts, ...inPercent, ...(vulgar === undefined ? [] : [vulgar])];
  }
  return inPercent;
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
  if (value >= 10_000) {
    const [high, low] = [Math.floor(value / 10_000), value % 10_000];
    const between = low > 0 && low < 1_000 ? "零" : "";
    return `${inChinese(high)}万${low === 0 ? "" : between + inChinese(low).replace(/^十/, "一十")}`;
  }
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

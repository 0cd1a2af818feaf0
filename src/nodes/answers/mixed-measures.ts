/** Measures of several parts: "3 小时 30 分钟" is 3.5 小时, "5 元 8 角" is 5.8 元, "1 hour 15 minutes" is 75 minutes. */
import { foldWidth } from "../../core/fold-width.ts";
import { different, equal, undecided, type Verdict } from "./verdict.ts";

/** Units of one kind by their size in the smallest. 分 is a minute beside hours and a cent beside 元. */
const KINDS: readonly Readonly<Record<string, number>>[] = [
  { 天: 86_400, 日: 86_400, 小时: 3600, 个小时: 3600, 时: 3600, 分钟: 60, 分: 60, 秒: 1, 秒钟: 1 },
  { 万元: 1_000_000, 元: 100, 块: 100, 角: 10, 毛: 10, 分: 1 },
  { 千米: 1_000_000, 公里: 1_000_000, 米: 1000, 分米: 100, 厘米: 10, 毫米: 1 },
  { 吨: 1_000_000, 千克: 1000, 公斤: 1000, 克: 1 },
  { 升: 1000, 毫升: 1 },
  { day: 86_400, hour: 3600, hr: 3600, h: 3600, minute: 60, min: 60, second: 1, sec: 1, s: 1 },
  { yard: 36, foot: 12, feet: 12, ft: 12, inch: 1, inche: 1, in: 1 },
  { dollar: 100, cent: 1 },
  { pound: 16, lb: 16, ounce: 1, oz: 1 },
  { year: 12, month: 1 },
  { km: 1000, kilometer: 1000, m: 1, meter: 1, cm: 0.01 },
];

const PART =
  /^\s*(?:and\s|,\s?)?\s*(\d{1,12}(?:\.\d{1,9})?)\s*(?:(\p{Script=Han}{1,3})|([A-Za-z]{1,9}?)s?(?![A-Za-z]))/u;

interface Part {
  readonly amount: number;
  readonly unit: string;
}

function partsOf(text: string): readonly Part[] | undefined {
  const parts: Part[] = [];
  let rest = foldWidth(text).replace(/[。.\s]+$/, "");
  for (let match = PART.exec(rest); match !== null; match = PART.exec(rest)) {
    parts.push({ amount: Number(match[1]), unit: match[2] ?? match[3]!.toLowerCase() });
    rest = rest.slice(match[0].length);
  }
  return rest === "" && parts.length > 0 && parts.length <= 4 ? parts : undefined;
}

/** Undefined where neither side has several parts. What only one of them says the measure of, only a reader can tell. */
export function compareMixed(gold: string, pred: string): Verdict | undefined {
  const [ours, theirs] = [partsOf(gold), partsOf(pred)];
  if ((ours?.length ?? 0) < 2 && (theirs?.length ?? 0) < 2) return undefined;
  if (ours === undefined || theirs === undefined) return undecided("mixed-measure", "a measure of several parts");
  const units = [...ours, ...theirs].map(({ unit }) => unit);
  const kind = KINDS.find((sizes) => units.every((unit) => Object.hasOwn(sizes, unit)));
  // "3 m, 5 s" and "3 hours and 5 hours" are two measures each, and "2x 3y" is none.
  if (kind === undefined && units.some((unit) => /^[a-z]/.test(unit))) return undefined;
  if (kind === undefined) return undecided("mixed-measure", "measures of other kinds");
  const falls = (parts: readonly Part[]) =>
    parts.every(({ unit }, at) => at === 0 || kind[unit]! < kind[parts[at - 1]!.unit]!);
  if (!falls(ours) || !falls(theirs)) return undefined;
  const sum = (parts: readonly Part[]) => parts.reduce((total, { amount, unit }) => total + amount * kind[unit]!, 0);
  const [a, b] = [sum(ours), sum(theirs)];
  return Math.abs(a - b) <= 1e-9 * Math.max(a, b)
    ? equal("mixed-measure", "the same measure in other parts")
    : different("mixed-measure", "another measure");
}

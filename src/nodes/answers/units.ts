/** Units that follow a number: what is dropped, what is converted, and what can't be the same thing. */

/** Scale to the dimension's base unit. Only units whose confusion changes a value are listed with one. */
const SCALES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  length: {
    nm: 1e-9,
    μm: 1e-6,
    um: 1e-6,
    mm: 1e-3,
    cm: 1e-2,
    dm: 0.1,
    m: 1,
    km: 1e3,
    inch: 0.0254,
    foot: 0.3048,
    yard: 0.9144,
    mile: 1609.344,
    厘米: 0.01,
    毫米: 1e-3,
    分米: 0.1,
    米: 1,
    千米: 1e3,
    公里: 1e3,
  },
  mass: { mg: 1e-6, g: 1e-3, kg: 1, lb: 0.45359237, ounce: 0.028349523125, 克: 1e-3, 千克: 1, 公斤: 1, 吨: 1e3 },
  time: {
    ns: 1e-9,
    μs: 1e-6,
    ms: 1e-3,
    s: 1,
    minute: 60,
    h: 3600,
    day: 86400,
    week: 604800,
    秒: 1,
    分钟: 60,
    小时: 3600,
    天: 86400,
  },
  money: { dollar: 1, cent: 0.01 },
  energy: {
    J: 1,
    kJ: 1e3,
    MJ: 1e6,
    eV: 1.602176634e-19,
    keV: 1.602176634e-16,
    MeV: 1.602176634e-13,
    GeV: 1.602176634e-10,
  },
  power: { mW: 1e-3, W: 1, kW: 1e3, MW: 1e6 },
  volume: { ml: 1e-3, liter: 1, 毫升: 1e-3, 升: 1 },
  pressure: { Pa: 1, kPa: 1e3, MPa: 1e6, atm: 101325 },
  voltage: { mV: 1e-3, V: 1, kV: 1e3 },
  current: { μA: 1e-6, mA: 1e-3, A: 1 },
  charge: { nC: 1e-9, μC: 1e-6, mC: 1e-3, C: 1 },
  force: { N: 1, kN: 1e3 },
  capacity: { pF: 1e-12, nF: 1e-9, μF: 1e-6, F: 1 },
  resistance: { Ω: 1, kΩ: 1e3, MΩ: 1e6 },
  field: { mT: 1e-3, T: 1 },
  frequency: { Hz: 1, kHz: 1e3, MHz: 1e6, GHz: 1e9, THz: 1e12 },
};

const SAME: Readonly<Record<string, string>> = {
  millimeter: "mm",
  millimetre: "mm",
  centimeter: "cm",
  centimetre: "cm",
  meter: "m",
  metre: "m",
  kilometer: "km",
  kilometre: "km",
  inches: "inch",
  in: "inch",
  feet: "foot",
  ft: "foot",
  yd: "yard",
  mi: "mile",
  gram: "g",
  kilogram: "kg",
  kgs: "kg",
  milligram: "mg",
  pound: "lb",
  lbs: "lb",
  oz: "ounce",
  second: "s",
  sec: "s",
  min: "minute",
  mins: "minute",
  hour: "h",
  hr: "h",
  hrs: "h",
  dollars: "dollar",
  usd: "dollar",
  joule: "J",
  watt: "W",
  l: "liter",
  L: "liter",
  litre: "liter",
  mL: "ml",
  milliliter: "ml",
  millilitre: "ml",
  nanometer: "nm",
  micrometer: "μm",
  electronvolt: "eV",
  hertz: "Hz",
  pascal: "Pa",
  millisecond: "ms",
  volt: "V",
  ampere: "A",
  amp: "A",
  coulomb: "C",
  newton: "N",
  farad: "F",
  ohm: "Ω",
  tesla: "T",
};

const ONE = new Map<string, { readonly dimension: string; readonly scale: number }>();
for (const [dimension, units] of Object.entries(SCALES)) {
  for (const [unit, scale] of Object.entries(units)) ONE.set(unit, { dimension, scale });
}

/** Words that count or measure without a scale of their own. */
const OTHER = new Set(
  "units unit percent percentage pct degrees degree deg rad radians euro euros yuan rmb yen rupees cents sq square cubic people students books apples ways years year old months month days weeks times pieces points miles mph kph kmh km/h m/s C N V A T K F Ohm ohm ohms mol M kmol μC nC pC mC μF nF pF mF Ω kΩ MΩ mA μA mV kV mT μT mmHg torr bar coulombs newtons volts amps tesla kelvin pm am hours minutes seconds total more less items cups pages 元 个 人 页 岁 次 度 张 件 本 只 条 块 种 名 平方厘米 平方米 立方厘米 立方米 美元 角 分 年 月 日 倍 辆 棵 颗 箱 瓶 千瓦".split(
    " ",
  ),
);

/** Is this word, behind a number, a unit and not a product of letters? */
export function isUnit(word: string): boolean {
  const bare = word.replace(/\^?-?\d$|[²³]$/, "");
  const parts = bare.split("/");
  return (
    parts.every((part) => known(part)) ||
    (/^[a-z]{4,}$/i.test(bare) &&
      !/^(?:arc|sin|cos|tan|sqrt|log|plus$|minus$|times$|raised$|divided$|multiplied$|which$|than$|from$|when$|that$)/.test(
        bare,
      )) ||
    /^\p{Script=Han}{1,4}$/u.test(bare)
  );
}

/** A unit by name or abbreviation, and nothing that only looks like a word. */
export function isKnownUnit(word: string): boolean {
  return known(word.replace(/\^?-?\d$/, ""));
}

function known(word: string): boolean {
  const name = simple(word);
  return ONE.has(name) || OTHER.has(word) || OTHER.has(name);
}

function simple(word: string): string {
  if (ONE.has(word)) return word;
  const one = SAME[word] ?? SAME[word.toLowerCase()] ?? word;
  if (ONE.has(one)) return one;
  const singular = one.toLowerCase().replace(/s$/, "");
  return SAME[singular] ?? singular;
}

export interface Measure {
  readonly dimension: string;
  readonly power: number;
  readonly scale: number;
}

/** What a unit measures, when it is made of those with a scale: "cm^2", "square meters", "km/h", "miles per hour". */
export function measureOf(unit: string): Measure | undefined {
  const [over, under, ...more] = (NAMED_RATES[unit.trim().toLowerCase()] ?? unit).split(/\/|\bper\b/);
  const top = over === undefined ? undefined : plainMeasure(over);
  if (under === undefined || top === undefined) return top;
  const bottom = more.length === 0 ? plainMeasure(under) : undefined;
  if (bottom === undefined) return undefined;
  const named = ({ dimension, power }: Measure) => `${dimension}^${power}`;
  return { dimension: `${named(top)}/${named(bottom)}`, power: 1, scale: top.scale / bottom.scale };
}

const NAMED_RATES: Readonly<Record<string, string>> = { mph: "mile/h", kph: "km/h", kmh: "km/h" };

function plainMeasure(unit: string): Measure | undefined {
  const words = unit.trim().split(/\s+/);
  let power = 1;
  if (/^(?:square|sq)$/i.test(words[0] ?? "")) power = Number(words.shift() && 2);
  else if (/^cubic$/i.test(words[0] ?? "")) power = Number(words.shift() && 3);
  if (words.length !== 1) return undefined;
  const match = /^(.+?)\^?(-?\d)?$/.exec(words[0]!);
  const found = match ? ONE.get(simple(match[1]!)) : undefined;
  if (!found) return undefined;
  power *= match?.[2] ? Number(match[2]) : 1;
  return { dimension: found.dimension, power, scale: found.scale ** power };
}

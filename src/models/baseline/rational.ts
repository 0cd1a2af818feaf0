/** Exact numbers: what the baseline writes about arithmetic is true to the last digit, or it writes nothing. */

export interface Rational {
  readonly top: bigint;
  /** Always positive, and without a factor in common with `top`. */
  readonly bottom: bigint;
}

/** Beyond this many digits nobody follows by hand, and a hostile trace must not keep a worker busy. */
const LONGEST_DIGITS = 30;

export function rational(top: bigint, bottom = 1n): Rational | undefined {
  if (bottom === 0n) return undefined;
  const sign = bottom < 0n ? -1n : 1n;
  const shared = gcd(top, bottom);
  const value = { top: (sign * top) / shared, bottom: (sign * bottom) / shared };
  return isBearable(value) ? value : undefined;
}

/** `1,234.5` exactly; undefined when it is no plain number. */
export function parseNumber(digits: string): Rational | undefined {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(digits.replaceAll(",", ""));
  if (!match || digits.length > LONGEST_DIGITS) return undefined;
  const fraction = match[2] ?? "";
  return rational(BigInt(match[1]! + fraction), 10n ** BigInt(fraction.length));
}

export function add(a: Rational, b: Rational): Rational | undefined {
  return rational(a.top * b.bottom + b.top * a.bottom, a.bottom * b.bottom);
}

export function subtract(a: Rational, b: Rational): Rational | undefined {
  return rational(a.top * b.bottom - b.top * a.bottom, a.bottom * b.bottom);
}

export function multiply(a: Rational, b: Rational): Rational | undefined {
  return rational(a.top * b.top, a.bottom * b.bottom);
}

export function divide(a: Rational, b: Rational): Rational | undefined {
  return rational(a.top * b.bottom, a.bottom * b.top);
}

/** Whole powers from 0 to 12 only. */
export function power(base: Rational, exponent: Rational): Rational | undefined {
  if (exponent.bottom !== 1n || exponent.top < 0n || exponent.top > 12n) return undefined;
  return rational(base.top ** exponent.top, base.bottom ** exponent.top);
}

export function equals(a: Rational, b: Rational): boolean {
  return a.top === b.top && a.bottom === b.bottom;
}

export function isWhole(value: Rational): boolean {
  return value.bottom === 1n;
}

/** A whole number, a finite decimal of up to six places where `decimals` asks for one, else a fraction. */
export function writeRational(value: Rational, decimals: "decimal" | "fraction"): string {
  if (isWhole(value)) return value.top.toString();
  if (decimals === "decimal") {
    for (let places = 1; places <= 6; places++) {
      const scale = 10n ** BigInt(places);
      if ((value.top * scale) % value.bottom === 0n) return placeDot((value.top * scale) / value.bottom, places);
    }
  }
  return `${value.top}/${value.bottom}`;
}

function placeDot(scaled: bigint, places: number): string {
  const digits = (scaled < 0n ? -scaled : scaled).toString().padStart(places + 1, "0");
  return `${scaled < 0n ? "-" : ""}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

export function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x === 0n ? 1n : x;
}

function isBearable(value: Rational): boolean {
  return value.top.toString().length <= LONGEST_DIGITS && value.bottom.toString().length <= LONGEST_DIGITS;
}

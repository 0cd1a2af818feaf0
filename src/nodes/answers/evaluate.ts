/**
 * The value of a tree as a complex number, with numbers put in for the unknowns. Two expressions that agree at
 * several points drawn at random are the same expression (Schwartz and Zippel); one point where they are apart settles
 * that they are not. Unknowns are positive: so sqrt(x^2) is x, as in the answers that people write.
 */
import { type Expression, isDerivative } from "./expression.ts";

export interface Complex {
  readonly re: number;
  readonly im: number;
}

export type Point = (unknown: string) => number;

/** Undefined when a part has no value here: an open sum, a word, a division by nothing, a number out of range. */
export function evaluate(tree: Expression, point: Point): Complex | undefined {
  const value = workOut(tree, point);
  return value && Number.isFinite(value.re) && Number.isFinite(value.im) ? value : undefined;
}

/** A value for each unknown, the same for the same name and turn; between 0.4 and 2.4. */
export function pointFor(turn: number): Point {
  return (unknown) => {
    let hash = 2166136261 ^ (turn * 0x9e3779b1);
    for (let at = 0; at < unknown.length; at++) hash = Math.imul(hash ^ unknown.charCodeAt(at), 16777619);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    hash ^= hash >>> 13;
    return 0.4 + (2 * (hash >>> 0)) / 4294967296;
  };
}

function workOut(tree: Expression, point: Point): Complex | undefined {
  switch (tree.kind) {
    case "number":
      return real(Number(tree.text));
    case "symbol":
      return symbolValue(tree.name, point);
    case "add":
      return fold(tree.terms, point, add);
    case "multiply":
      return fold(tree.factors, point, multiply);
    case "divide":
      if (isDerivative(tree.over, tree.under)) return undefined;
      return fold([tree.over, tree.under], point, divide);
    case "negate": {
      const of = workOut(tree.of, point);
      return of && { re: -of.re, im: 0 - of.im };
    }
    case "power":
      return powerOf(tree, point);
    case "unit":
      return workOut(tree.of, point);
    case "call":
      return called(tree.name, tree.of, point);
    case "group":
      return tree.items.length === 1 ? workOut(tree.items[0]!, point) : undefined;
    default:
      return undefined;
  }
}

function symbolValue(name: string, point: Point): Complex | undefined {
  if (name === "pi") return real(Math.PI);
  if (name === "e") return real(Math.E);
  if (name === "i") return { re: 0, im: 1 };
  if (name === "infinity" || name === "emptyset" || /dots|^set /.test(name)) return undefined;
  return real(point(name));
}

function powerOf(tree: Extract<Expression, { kind: "power" }>, point: Point): Complex | undefined {
  const base = workOut(tree.base, point);
  const exponent = workOut(tree.exponent, point);
  return base && exponent && raise(base, exponent);
}

function called(name: string, of: readonly Expression[], point: Point): Complex | undefined {
  const values: Complex[] = [];
  for (const each of of) {
    const value = workOut(each, point);
    if (!value) return undefined;
    values.push(value);
  }
  const [a, b] = values;
  if (!a) return undefined;
  if (name === "root") return nthRoot(a, b?.re ?? 2);
  if (name === "percent") return { re: a.re / 100, im: a.im / 100 };
  if (name === "degree") return a;
  if (name === "abs") return real(Math.hypot(a.re, a.im));
  if (name === "exp") return raise(real(Math.E), a);
  if (name === "ln") return logarithm(a);
  if (name === "log") return b ? divide(logarithm(a), logarithm(b)) : logarithm(a);
  if (name === "ratio") return b && values.length === 2 ? divide(a, b) : undefined;
  if (name === "max" || name === "min") return real(Math[name](...values.map((value) => value.re)));
  if (a.im !== 0) return undefined;
  const inDegrees = of[0]?.kind === "call" && of[0].name === "degree";
  return realFunction(name, inDegrees ? (a.re * Math.PI) / 180 : a.re, b?.re);
}

function realFunction(name: string, x: number, y: number | undefined): Complex | undefined {
  switch (name) {
    case "sin":
    case "cos":
    case "tan":
    case "sinh":
    case "cosh":
    case "tanh":
    case "floor":
    case "ceil":
    case "cbrt":
      return real(Math[name](x));
    case "arcsin":
      return real(Math.asin(x));
    case "arccos":
      return real(Math.acos(x));
    case "arctan":
      return real(Math.atan(x));
    case "cot":
      return real(1 / Math.tan(x));
    case "sec":
      return real(1 / Math.cos(x));
    case "csc":
      return real(1 / Math.sin(x));
    case "factorial":
      return real(gamma(x + 1));
    case "binom":
      return y === undefined ? undefined : real(gamma(x + 1) / (gamma(y + 1) * gamma(x - y + 1)));
    case "mod":
      return y === undefined ? undefined : real(x - y * Math.floor(x / y));
    default:
      return undefined;
  }
}

/** Lanczos; whole numbers come out whole, so that 5! and binom(5, 2) meet their written values. */
function gamma(x: number): number {
  if (Number.isInteger(x) && x > 0 && x < 171) {
    let product = 1;
    for (let i = 2; i < x; i++) product *= i;
    return product;
  }
  if (x < 0.5) return Math.PI / (Math.sin(Math.PI * x) * gamma(1 - x));
  const weights = [
    676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
    -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  let sum = 0.99999999999980993;
  for (const [at, weight] of weights.entries()) sum += weight / (x + at);
  const t = x + 6.5;
  return Math.sqrt(2 * Math.PI) * t ** (x - 0.5) * Math.exp(-t) * sum;
}

function real(re: number): Complex {
  return { re, im: 0 };
}

function add(a: Complex, b: Complex): Complex {
  return { re: a.re + b.re, im: a.im + b.im };
}

function multiply(a: Complex, b: Complex): Complex {
  return { re: a.re * b.re - a.im * b.im, im: a.re * b.im + a.im * b.re };
}

function divide(a: Complex, b: Complex): Complex {
  const size = b.re * b.re + b.im * b.im;
  return { re: (a.re * b.re + a.im * b.im) / size, im: (a.im * b.re - a.re * b.im) / size };
}

function logarithm(a: Complex): Complex {
  return { re: Math.log(Math.hypot(a.re, a.im)), im: Math.atan2(a.im, a.re) };
}

function raise(base: Complex, exponent: Complex): Complex {
  if (base.im === 0 && exponent.im === 0) {
    const plain = base.re ** exponent.re;
    if (!Number.isNaN(plain)) return real(plain);
  }
  if (base.re === 0 && base.im === 0) return real(exponent.re === 0 ? 1 : 0);
  const log = multiply(logarithm(base), exponent);
  const size = Math.exp(log.re);
  return { re: size * Math.cos(log.im), im: size * Math.sin(log.im) };
}

/** The real root where there is one (the cube root of -8 is -2), the principal one elsewhere. */
function nthRoot(of: Complex, degree: number): Complex {
  if (of.im === 0 && (of.re >= 0 || degree % 2 === 1)) {
    const size = degree === 2 ? Math.sqrt(Math.abs(of.re)) : Math.abs(of.re) ** (1 / degree);
    return real(of.re < 0 ? -size : size);
  }
  return raise(of, real(1 / degree));
}

function fold(
  trees: readonly Expression[],
  point: Point,
  join: (a: Complex, b: Complex) => Complex,
): Complex | undefined {
  let sofar: Complex | undefined;
  for (const [at, tree] of trees.entries()) {
    const value = workOut(tree, point);
    if (!value) return undefined;
    sofar = at === 0 ? value : join(sofar!, value);
  }
  return sofar;
}

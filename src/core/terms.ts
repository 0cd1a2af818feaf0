/**
 * The numbers and symbols of a sentence: what it needs from before it, and what it hands on. Dependencies between steps
 * are tracked through these alone, so the reading is generous: taking a unit ("m") for a symbol only keeps one sentence
 * too many, while missing a symbol would leave a step without its ground.
 */
import { foldWidth } from "./fold-width.ts";

export interface Terms {
  /** Every number and symbol, in one spelling: `1,000` is `1000`, `\theta` is `θ`. */
  readonly all: ReadonlySet<string>;
  /** The numbers it arrives at: after `=`, "is", "gives" and their like. */
  readonly results: ReadonlySet<string>;
}

const NUMBER = /\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?/g;
const RESULT =
  /(?:[=≈≡→]|\\approx|\\to|\b(?:is|are|was|were|be|equals?|gives?|gets?|got|makes?|leaves?|leaving|yields?|total|total of|reduces to|leads to|simplifies to|becomes?|means|have|has|resulting in|total(?:l)?ing|equall?ing|results in|totals?|adds up to|comes to|amounts to)\b|为|是|得到?|有|共|即|剩下?|等于|约)[\s:：$\\(*{]{0,6}(?:(?:about|only|exactly|approximately|boxed|text|just|then|equal to)[\s{]{0,2})?(-?\d[\d,]*(?:\.\d+)?)/g;
/** "results in a speed of 10", "gives me 20 pairs": a few words may stand between. */
const RESULT_FAR =
  /\b(?:gives?|equals?|results? in|resulting in|totals|totaling|receives?|yields?|leaves?|leaving)(?: [a-z]{1,12}){1,4} \$?(\d[\d,]*(?:\.\d+)?)/gi;
/** A letter, with its index if it has one, or a name written with underscores. Not the letters of a LaTeX command. */
const SYMBOL = /\\?[A-Za-z]+(?:_(?:\{[^{}\n]{1,16}\}|[A-Za-z0-9]+))*\d*'*|[α-ωΑ-Ωℏ]/g;

const WORD_NUMBERS: Readonly<Record<string, string>> = {
  zero: "0", one: "1", two: "2", three: "3", four: "4", five: "5", six: "6", seven: "7", eight: "8", nine: "9",
  ten: "10", eleven: "11", twelve: "12", thirteen: "13", fourteen: "14", fifteen: "15", sixteen: "16",
  seventeen: "17", eighteen: "18", nineteen: "19", twenty: "20", thirty: "30", forty: "40", fifty: "50",
  sixty: "60", seventy: "70", eighty: "80", ninety: "90", hundred: "100", thousand: "1000", million: "1000000",
  once: "1", twice: "2", double: "2", half: "2", third: "3", quarter: "4", dozen: "12", triple: "3",
}; // biome-ignore format: a table reads better in rows

const GREEK: Readonly<Record<string, string>> = {
  alpha: "α", beta: "β", gamma: "γ", delta: "δ", epsilon: "ε", varepsilon: "ε", zeta: "ζ", eta: "η", theta: "θ",
  kappa: "κ", lambda: "λ", mu: "μ", nu: "ν", xi: "ξ", pi: "π", rho: "ρ", sigma: "σ", tau: "τ", phi: "φ",
  varphi: "φ", chi: "χ", psi: "ψ", omega: "ω", Gamma: "Γ", Delta: "Δ", Theta: "Θ", Lambda: "Λ", Sigma: "Σ",
  Phi: "Φ", Psi: "Ψ", Omega: "Ω", hbar: "ℏ", ell: "ℓ",
}; // biome-ignore format: a table reads better in rows

export function readTerms(text: string): Terms {
  const all = new Set<string>();
  const results = new Set<string>();
  for (const match of text.matchAll(NUMBER)) all.add(canonicalNumber(match[0]));
  // In the order of the text: the last one is what the sentence comes to.
  const arrived = [...text.matchAll(RESULT), ...text.matchAll(RESULT_FAR)];
  arrived.sort((a, b) => a.index + a[0].length - (b.index + b[0].length));
  for (const match of arrived) {
    const value = canonicalNumber(match[1]!.replace(/^-|,+$/g, ""));
    results.delete(value);
    results.add(value);
  }
  for (const match of text.matchAll(SYMBOL)) {
    const symbol = readSymbol(match[0], text, match.index);
    if (symbol) all.add(symbol);
  }
  return { all, results };
}

const HAN_NUMBERS: Readonly<Record<string, string>> = {
  零: "0", 一: "1", 二: "2", 两: "2", 三: "3", 四: "4", 五: "5", 六: "6", 七: "7", 八: "8", 九: "9", 十: "10",
  百: "100", 千: "1000", 万: "10000", 半: "2",
}; // biome-ignore format: a table reads better in rows

/** The terms that a problem hands out: as above, and the numbers it writes as words. */
export function readProblemTerms(problem: string): Set<string> {
  const terms = new Set(readTerms(foldWidth(problem)).all);
  for (const [word] of problem.toLowerCase().matchAll(/[a-z]+/g)) {
    const number = WORD_NUMBERS[word];
    if (number) terms.add(number);
  }
  for (const sign of problem) if (Object.hasOwn(HAN_NUMBERS, sign)) terms.add(HAN_NUMBERS[sign]!);
  return terms;
}

/** `1,000.50` -> `1000.5`; leading zeros go, so that one value has one spelling. */
export function canonicalNumber(digits: string): string {
  const plain = digits.replaceAll(",", "");
  const [whole = "", fraction] = plain.split(".");
  const head = whole.replace(/^0+(?=\d)/, "") || "0";
  const tail = fraction?.replace(/0+$/, "");
  return tail ? `${head}.${tail}` : head;
}

function readSymbol(word: string, text: string, at: number): string | undefined {
  if (word.startsWith("\\")) return GREEK[/^\\([A-Za-z]+)/.exec(word)![1]!];
  if (/^[α-ωΑ-Ωℏ]$/.test(word)) return word;
  const [head = "", index] = splitIndex(word);
  if (index !== undefined) return word.replace(/[{}]/g, "");
  if (head.length === 1) {
    const before = text[at - 1] ?? " ";
    const after = text[at + word.length] ?? " ";
    if (before === "'" || before === "’" || after === "'" || after === "’") return undefined;
    if (/[aAI]/.test(head) && word === head && !isMathNeighbour(before, after, text, at)) return undefined;
    return word;
  }
  return /^[A-Z]{2,4}$/.test(head) && !ACRONYM.has(head) ? word : undefined;
}

const ACRONYM = new Set([
  "OK",
  "LCM",
  "GCD",
  "QED",
  "AM",
  "PM",
  "USA",
  "US",
  "UK",
  "TV",
  "LHS",
  "RHS",
  "GM",
  "CD",
  "DVD",
  "AND",
  "OR",
  "NOT",
]);

/** `v_{max}` -> `v` and its index; `x1` too. */
function splitIndex(word: string): [string, string?] {
  const cut = word.search(/[_\d]/);
  return cut === -1 ? [word.replace(/'+$/, "")] : [word.slice(0, cut), word.slice(cut)];
}

function isMathNeighbour(before: string, after: string, text: string, at: number): boolean {
  if (/[$^_{}()+\-*/=|\d\\]/.test(before) || /[$^_{}()+*/=|\\]/.test(after)) return true;
  return /^\s*[=<>+≤≥∈]/.test(text.slice(at + 1, at + 4)) || /[=<>+≤≥]\s*$/.test(text.slice(Math.max(0, at - 3), at));
}

/**
 * Letters that stand for something: which a text uses, and where it says what they are.
 *
 * `isDefinedIn` is strict ("let n be", "n = ", "denote ... by n"): only what was surely said can be missed.
 * `isIntroducedIn` is generous ("the radius r", "for all n"): whoever might have said it has said it.
 */
import { readTerms } from "../core/terms.ts";

/** Every symbol that stands in the formulas of a text. */
export function namedIn(text: string): string[] {
  return [...readTerms(text).all].filter((term) => !/^\d/.test(term) && !CONSTANT.has(term) && usedIn(text, term));
}

/** What needs no introduction. */
const CONSTANT: ReadonlySet<string> = new Set(["π", "ℏ", "e", "i"]);

/** Is it used as a symbol: beside an operator, a relation, a bracket, in dollars? */
export function usedIn(text: string, symbol: string): boolean {
  return standsIn(
    text,
    symbol,
    (before, after) => /[-+*/=^<>≤≥×·($|]\s?$/.test(before) || /^\s?[-+*/=^<>≤≥×·)$|_]/.test(after),
  );
}

export function isDefinedIn(text: string, symbol: string): boolean {
  return standsIn(text, symbol, (before, after) => {
    const [said, goes] = [before.replace(DRESS_BEFORE, ""), after.replace(DRESS_AFTER, "")];
    return (
      NAMES.test(said) ||
      (IS_LET.test(said) && /^(?:=|be\b|denote|represent|stand)/.test(goes)) ||
      (/\bwhere$/.test(said) && /^(?:is|denotes?|represents?)\b/.test(goes)) ||
      /^(?:be|denotes?|represents?|stands? for) (?:the|a|an|some|any|number|length)\b/.test(goes)
    );
  });
}

export function isIntroducedIn(text: string, symbol: string): boolean {
  const isSaid = standsIn(text, symbol, (before, after) => {
    const word = /(\p{L}+):?$/u.exec(before.replace(DRESS_BEFORE, ""))?.[1];
    return (
      /^(?:\^\{?\d\}?)?[$*\\) ]*(?:=|≈|:|\\approx|\\in|∈|,|is\b|are\b|for\b|\(|[₀-₉]|\p{Script=Han})/u.test(after) ||
      (/[(|{,]\s*$/.test(before) && /^\s*[)|},]/.test(after)) ||
      /_\{?\s*$/.test(before) ||
      (word !== undefined &&
        (/^(?:is|as|by|be|to|of)$|\p{Script=Han}$/u.test(word) ||
          (word.length > 2 && !WORKS_WITH.has(word.toLowerCase()))))
    );
  });
  return isSaid || isDefinedIn(text, symbol);
}

/** Does it stand somewhere between two such texts? Each is cut off at a sentence's length. */
function standsIn(text: string, symbol: string, fits: (before: string, after: string) => boolean): boolean {
  for (const match of text.matchAll(new RegExp(`${EDGE}${patternOf(symbol)}(?![\\p{L}'’])`, "gu"))) {
    const end = match.index + match[0].length;
    if (fits(text.slice(Math.max(0, match.index - REACH), match.index), text.slice(end, end + REACH))) return true;
  }
  return false;
}

const REACH = 64;
/** Dollars, brackets and bold around a symbol in prose. */
const DRESS_BEFORE = /[$*\\(\s]+$/;
const DRESS_AFTER = /^[$*\\)\s]+/;
const IS_LET = /\b[Ll]et(?: us| me)?(?: say)?$|[设令记]$/;
const NAMES =
  /\b(?:[Cc]all(?:ed)?|[Dd]enoted?|[Dd]efine|[Nn]ame)\b[^.\n$\\=]{1,50}\b(?:as|by|it|this|that|be)$|\b(?:[Ll]et|[Ss]uppose)\b[^.\n$\\=]{3,50}\bbe$|[设令记][^。，\n]{1,16}[为是]$|[设令记]$/;
/** After these a symbol is used, not introduced. */
const WORKS_WITH: ReadonlySet<string> = new Set(
  "then give gives get find solve from into that have thus and hence since divide substitute subtract multiply add".split(
    " ",
  ),
);

const EDGE = String.raw`(?<![\p{L}\\'’])`;

const GREEK: Readonly<Record<string, string>> = {
  α: "alpha", β: "beta", γ: "gamma", δ: "delta", ε: "(?:var)?epsilon", ζ: "zeta", η: "eta", θ: "(?:var)?theta",
  κ: "kappa", λ: "lambda", μ: "mu", ν: "nu", ξ: "xi", π: "pi", ρ: "rho", σ: "sigma", τ: "tau", φ: "(?:var)?phi",
  χ: "chi", ψ: "psi", ω: "omega", Γ: "Gamma", Δ: "Delta", Θ: "Theta", Λ: "Lambda", Σ: "Sigma", Φ: "Phi",
  Ψ: "Psi", Ω: "Omega", ℏ: "hbar", ℓ: "ell",
}; // biome-ignore format: a table reads better in rows

function patternOf(symbol: string): string {
  const greek = GREEK[symbol];
  if (greek !== undefined) return `(?:${symbol}|\\\\${greek}(?![A-Za-z]))`;
  const [letter = "", index = ""] = symbol.split("_");
  const plain = letter.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  return index === "" ? plain : `${plain}_\\{?${index.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")}\\}?`;
}

/**
 * One notation out of many: Unicode signs, LaTeX spellings of the same thing and marks that only change the looks are
 * brought to one form before an answer is parsed. Nothing here changes a value.
 *
 * Text (`\text{...}`, `\mbox{...}`) is kept between the marks TEXT_OPEN and TEXT_CLOSE, which no input can hold.
 */

export const TEXT_OPEN = "\ue000";
export const TEXT_CLOSE = "\ue001";

/** Longer answers are compared as text only: no real final answer is this long, and every pass below stays cheap. */
export const MAX_ANSWER_LENGTH = 4000;

const SIGNS: Readonly<Record<string, string>> = {
  "−": "-",
  "–": "-",
  "—": "-",
  "‐": "-",
  "‑": "-",
  "×": "\\times ",
  "·": "\\cdot ",
  "⋅": "\\cdot ",
  "∙": "\\cdot ",
  "∗": "*",
  "÷": "/",
  "⁄": "/",
  "∕": "/",
  "≤": "\\leq ",
  "≥": "\\geq ",
  "⩽": "\\leq ",
  "⩾": "\\geq ",
  "≠": "\\neq ",
  "≈": "\\approx ",
  "≡": "\\equiv ",
  "∞": "\\infty ",
  "√": "\\sqrt ",
  "∪": "\\cup ",
  "∩": "\\cap ",
  "∈": "\\in ",
  "∖": "\\setminus ",
  "±": "\\pm ",
  "∓": "\\mp ",
  "°": "^\\circ ",
  "∘": "\\circ ",
  "∅": "\\emptyset ",
  ℝ: "\\mathbb{R}",
  ℤ: "\\mathbb{Z}",
  ℕ: "\\mathbb{N}",
  ℚ: "\\mathbb{Q}",
  "∠": "\\angle ",
  "△": "\\triangle ",
  "⌊": "\\lfloor ",
  "⌋": "\\rfloor ",
  "⌈": "\\lceil ",
  "⌉": "\\rceil ",
  "⟨": "\\langle ",
  "⟩": "\\rangle ",
  "→": "\\to ",
  "′": "'",
  "’": "'",
  "‘": "'",
  "“": '"',
  "”": '"',
  "、": ",",
  "。": ".",
  ħ: "\\hbar ",
  ℏ: "\\hbar ",
  "∑": "\\sum ",
  "∫": "\\int ",
  "∏": "\\prod ",
};

const GREEK: readonly (readonly [string, string])[] = Object.entries({
  α: "alpha",
  β: "beta",
  γ: "gamma",
  δ: "delta",
  ε: "varepsilon",
  ζ: "zeta",
  η: "eta",
  θ: "theta",
  κ: "kappa",
  λ: "lambda",
  μ: "mu",
  ν: "nu",
  ξ: "xi",
  π: "pi",
  ρ: "rho",
  σ: "sigma",
  τ: "tau",
  φ: "phi",
  χ: "chi",
  ψ: "psi",
  ω: "omega",
  Γ: "Gamma",
  Δ: "Delta",
  Θ: "Theta",
  Λ: "Lambda",
  Σ: "Sigma",
  Φ: "Phi",
  Ψ: "Psi",
  Ω: "Omega",
});

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻";
const LOWERED = "₀₁₂₃₄₅₆₇₈₉";
const SIGN = new RegExp(`[${Object.keys(SIGNS).join("")}]`, "gu");
const ONE_GREEK = new RegExp(`[${GREEK.map(([letter]) => letter).join("")}]`, "gu");
const GREEK_NAMES = new Map(GREEK.map(([letter, name]) => [letter, `\\${name} `]));
const VULGAR: Readonly<Record<string, string>> = {
  "½": "1}{2",
  "⅓": "1}{3",
  "⅔": "2}{3",
  "¼": "1}{4",
  "¾": "3}{4",
  "⅕": "1}{5",
  "⅙": "1}{6",
  "⅛": "1}{8",
};

/** Marks that only change the looks. Longer names come first so that none is cut in two. */
const LOOKS =
  /\\(?:left|right|middle|biggl|biggr|Biggl|Biggr|bigl|bigr|Bigl|Bigr|bigg|Bigg|big|Big|displaystyle|textstyle|scriptstyle|limits|nolimits|nonumber|hline|rm|bf|it|mathstrut|strut|noindent|centering)(?![A-Za-z])/g;
const WRAPPER =
  /\\(?:boxed|fbox|mathbf|boldsymbol|bm|mathit|mathsf|mathtt|mathcal|mathscr|vec|overrightarrow|hat|widehat|tilde|overline|bar|underline|ensuremath|mathrel|mathop|operatorname\*?|operatorname|mathrm|mathnormal)\s?(?=\{)/g;
const TEXT_COMMAND = /\\(?:text|textbf|textit|textrm|textsf|texttt|textnormal|mbox|hbox|emph|textup|mathrm)\s?\{/g;

const WORDED: Readonly<Record<string, string>> = {
  "divided by": "/",
  "out of": "/",
  "multiplied by": "*",
  times: "*",
  plus: "+",
  minus: "-",
};

/** The one notation that the parser reads. */
export function tidy(answer: string): string {
  let text = answer.slice(0, MAX_ANSWER_LENGTH).replaceAll(TEXT_OPEN, "").replaceAll(TEXT_CLOSE, "");
  text = unifySigns(text);
  text = undouble(text);
  text = text.replace(/\\n(?![a-z])/g, " ").replace(/[\u200b-\u200f\ufeff\u2060]/g, "");
  text = text.replace(/(?<![\w)])\*\*|\*\*(?![\w(])|`+/g, "");
  text = text.replace(/\\\\\[[^\]]{0,9}\]/g, "\\\\ ").replace(/\\\$/g, " ");
  text = text.replace(/(?:US|A|C)?\$|[€£¥₹₽¢]|\\[()[\]]/g, " ");
  text = text.replace(REPEATING, repeatingFraction).replace(DOTTED, repeatingFraction);
  // These three can only be thousands: "29,\!322", "29{,}322", "29\,322".
  text = text.replace(/(?<=\d)(?:\{,\}|,(?:\\!)+ ?|\\,)(?=\d{3}(?!\d))/g, "").replaceAll("{,}", ",");
  text = text.replace(
    /(?<!\\)\\(?:[,;:! ]|quad(?![A-Za-z])|qquad(?![A-Za-z])|thinspace)|~|[\t\r\n\u00a0\u2009\u202f]/g,
    " ",
  );
  text = text.replace(/\\(?:hspace|vspace|hskip|phantom|hphantom|vphantom)\*?\s?\{[^{}]{0,40}\}/g, " ");
  text = basisVector(text);
  text = text.replace(LOOKS, "").replace(/\\[dtc]frac(?![A-Za-z])/g, "\\frac");
  text = markText(layOut(text))
    .replace(WRAPPER, "")
    .replace(/\^\{\s?\}/g, "");
  text = text.replace(/\\(le|ge|ne)(?![A-Za-z])/g, "\\$1q ").replace(/\\(?:leqslant|leqq)(?![A-Za-z])/g, "\\leq ");
  text = text
    .replace(/\\(?:geqslant|geqq)(?![A-Za-z])/g, "\\geq ")
    .replace(/<=|=</g, "\\leq ")
    .replace(/>=/g, "\\geq ");
  text = text.replace(/!=/g, (mark, at: number) => (at > 0 && /[\w)}]/.test(text[at - 1] ?? "") ? mark : "\\neq "));
  text = text
    .replace(/\\lt(?![A-Za-z])/g, "<")
    .replace(/\\gt(?![A-Za-z])/g, ">")
    .replace(/\\colon(?![A-Za-z])/g, ":");
  text = text
    .replace(/ {2,}/g, " ")
    .replace(
      /(?<=[\d)!%}]) (divided by|out of|multiplied by|times|plus|minus) (?=[-\d(\\$])/g,
      (_, word: string) => WORDED[word] ?? word,
    );
  text = text.replace(RELATION_IN_CHINESE, (word) => RELATIONS[word.trim()] ?? word);
  text = text.replace(/(?<=\d) ?[xX] ?(?=10 ?\^)/g, "\\times ");
  text = text.replace(/(?<=\d ?)([A-Za-z]{1,12}) per ([A-Za-z]{1,12})(?![A-Za-z])/g, "$1/$2");
  text = text.replace(OR_IN_CHINESE, " or ").replace(AND_IN_CHINESE, " and ");
  return trimEnds(text.replace(TEN_THOUSANDS, (_all, number: string, sign: string) => manifold(number, sign)));
}

/** "x大于3", "y 不小于 2x": the sign in words. The longer ones first. */
const RELATIONS: Readonly<Record<string, string>> = {
  大于或等于: "\\geq ",
  大于等于: "\\geq ",
  小于或等于: "\\leq ",
  小于等于: "\\leq ",
  不小于: "\\geq ",
  不大于: "\\leq ",
  不等于: "\\neq ",
  大于: ">",
  小于: "<",
};
const RELATION_IN_CHINESE = new RegExp(
  String.raw`(?<=[A-Za-z\d)}] ?)(?:${Object.keys(RELATIONS).join("|")})(?= ?[-\\\dA-Za-z(])`,
  "g",
);

/** Between two values: "x = 3 或 x = -3", "2 和 3". */
const OR_IN_CHINESE = /(?<=[^\s,;]) ?,? ?(?:或者?|或是) ?(?=[-+\d(\\√πA-Za-z[{])/g;
const AND_IN_CHINESE = /(?<=[^\s,;]) ?,? ?(?:以及|并且|和|与|及|且) ?(?=[-+\d(\\√πA-Za-z[{])/g;

/** "1.2万" is 12000. */
const TEN_THOUSANDS = /(?<![\d.])(\d{1,9}(?:\.\d{1,8})?) ?([万亿])(?!分)/g;

function manifold(number: string, sign: string): string {
  const [whole = "", parts = ""] = number.split(".");
  const zeros = sign === "万" ? 4 : 8;
  const digits = `${whole}${parts.padEnd(zeros, "0")}`;
  const [front, behind] = [digits.slice(0, whole.length + zeros), digits.slice(whole.length + zeros)];
  return `${front.replace(/^0+(?=\d)/, "")}${behind === "" ? "" : `.${behind}`}`;
}

/** 0.1\overline{6} is 1/6: the bar is no mere looks here. */
const REPEATING = /(\d{0,12})\.(\d{0,12})\\(?:overline|bar|dot)\s?\{?(\d{1,12})\}?/g;

/** 0.1666... goes on as it began. */
const DOTTED = /(\d{0,12})\.(\d{0,12}?)(\d{1,6}?)\3{1,6}(?:\.{3}|…|\\[lc]?dots)/g;

function repeatingFraction(_all: string, whole: string, fixed: string, repeated: string): string {
  const under = "9".repeat(repeated.length) + "0".repeat(fixed.length);
  const over = BigInt(whole + fixed + repeated || "0") - BigInt(whole + fixed || "0");
  return `(${over}/${under})`;
}

const BASIS =
  /\\(?:hat|vec|mathbf|boldsymbol|bm|widehat)\s?\{?\s?(?:\\(?:mathbf|boldsymbol|bm|imath|jmath)\s?)?\{?\s?\\?([ijk])(?:math)?\s?\}{0,2}/g;
const TERM = /\s*([+-]?)\s*([^+\-@]{0,40}?)\s*\*?\s*@([ijk])/y;

/** 2\mathbf{i} + 3\mathbf{j} is the vector with these parts. What is no plain sum of them stays as it is. */
function basisVector(text: string): string {
  const marked = text.replace(BASIS, "@$1");
  if (!/@[ijk]/.test(marked)) return text;
  const start = /^[^=@]{0,20}=/.exec(marked)?.[0].length ?? 0;
  const parts: Record<string, string> = { i: "0", j: "0", k: "0" };
  let at = start;
  for (TERM.lastIndex = at; at < marked.trimEnd().length; at = TERM.lastIndex) {
    const term = TERM.exec(marked);
    if (term === null || parts[term[3]!] !== "0") return text;
    parts[term[3]!] = `${term[1] === "-" ? "-" : ""}${term[2] === "" ? "1" : term[2]}`;
  }
  const list = marked.includes("@k") ? [parts.i, parts.j, parts.k] : [parts.i, parts.j];
  return `\\langle ${list.join(", ")} \\rangle`;
}

/** Ends that belong to the sentence and not to the answer. */
export function trimEnds(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && " :,;.".includes(text[start] ?? "") && !/^\.\d/.test(text.slice(start, start + 2))) start++;
  while (end > start && " .,;:\\".includes(text[end - 1] ?? "")) end--;
  return text.slice(start, end);
}

function unifySigns(text: string): string {
  let out = text.replace(/[½⅓⅔¼¾⅕⅙⅛]/g, (sign) => `\\frac{${VULGAR[sign]}}`);
  out = out.replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]{1,20}/g, (run) => `^{${[...run].map(fromRaised).join("")}}`);
  out = out.replace(/[₀₁₂₃₄₅₆₇₈₉]{1,20}/g, (run) => `_{${[...run].map((digit) => LOWERED.indexOf(digit)).join("")}}`);
  out = out.replace(SIGN, (sign) => SIGNS[sign] ?? sign);
  return out.normalize("NFKC").replace(ONE_GREEK, (letter) => GREEK_NAMES.get(letter) ?? letter);
}

function fromRaised(sign: string): string {
  const place = RAISED.indexOf(sign);
  return place < 10 ? String(place) : place === 10 ? "+" : "-";
}

/** `\\frac` out of a JSON or Python source that was escaped once too often; a matrix keeps its row ends. */
function undouble(text: string): string {
  if (/\\\\begin\{/.test(text)) return text.replaceAll("\\\\", "\\");
  return /\\begin\{/.test(text) ? text : text.replace(/\\\\(?=[A-Za-z{}%$!,;:()[\]])/g, "\\");
}

/** Environments that only line things up: their rows are a list. */
function layOut(text: string): string {
  if (!/\\begin\s?\{(?:aligned|align|alignat|gathered|gather|split|cases|equation|multline)\*?\}/.test(text))
    return text;
  if (/\\begin\s?\{[a-zA-Z]*(?:matrix|array)/.test(text)) return text;
  // A function by cases: "x & x > 0" is a value and when it holds, not a list.
  if (/\\begin\s?\{cases\}[\s\S]*&/.test(text)) return text;
  const rows = text.replace(/\\(?:begin|end)\s?\{[a-z]+\*?\}/g, " ").replace(/\\\\(?=\s*$)/, " ");
  return rows.replace(/(?:,|;)?\s?\\\\/g, ", ").replaceAll("&", " ");
}

/** `\text{and}` becomes TEXT_OPEN and TEXT_CLOSE around its words. `\mathrm{cm}` too, but `\mathrm{e}` is a letter. */
function markText(text: string): string {
  let out = "";
  let from = 0;
  TEXT_COMMAND.lastIndex = 0;
  for (let match = TEXT_COMMAND.exec(text); match; match = TEXT_COMMAND.exec(text)) {
    const open = match.index + match[0].length;
    const close = closingBrace(text, open);
    if (close < 0) break;
    const inner = text.slice(open, close).replace(/[{}]/g, " ");
    // Behind a value a letter is a unit, "5 \\mathrm{V}"; but e and i are numbers, and elsewhere it is a name.
    const follows = /[\d})]\s*$/.test(text.slice(Math.max(0, match.index - 4), match.index));
    if (inner.trim() === "") {
      out += text.slice(from, match.index);
      from = close + 1;
      TEXT_COMMAND.lastIndex = from;
      continue;
    }
    const isLetter = follows ? /^\s?[ei]\s?$/.test(inner) : /^\s?[A-Za-z]\s?$/.test(inner);
    out += text.slice(from, match.index);
    out += isLetter ? ` ${inner} ` : TEXT_OPEN + inner + TEXT_CLOSE;
    from = close + 1;
    TEXT_COMMAND.lastIndex = from;
  }
  return out + text.slice(from);
}

/** Where the group ends whose inside starts at `from`; -1 when it never does. */
export function closingBrace(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    const sign = text[at];
    if (sign === "\\") at++;
    else if (sign === "{") depth++;
    else if (sign === "}" && --depth === 0) return at;
  }
  return -1;
}

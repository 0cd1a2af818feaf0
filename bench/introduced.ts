/**
 * An independent check of a shortened trace: does every number and symbol that a kept sentence uses stand in the problem,
 * or in what was kept before it, if the original had introduced it before that sentence?
 *
 * It shares no code with what it checks (src/models/baseline): its own sentences, its own tokens, its own alignment. A
 * kept sentence is found again in the original by its words; one that is not there was written anew (an expansion), and
 * introduces what it says.
 */

export interface Shortened {
  readonly problem: string;
  readonly original: string;
  readonly kept: string;
}

/** What is used without having been introduced, as `token: sentence`; empty when all is well. */
export function findUnintroduced({ problem, original, kept }: Shortened): string[] {
  const introduced = new Set([...readTokens(problem), ...readNumberWords(problem)]);
  const source = cutText(original).map((text) => ({ words: readWords(text), tokens: readTokens(text) }));
  const firstUse = new Map<string, number>();
  source.forEach(({ tokens }, index) => {
    for (const token of tokens) if (!firstUse.has(token)) firstUse.set(token, index);
  });
  const byWord = indexWords(source.map(({ words }) => words));
  const missing: string[] = [];
  for (const sentence of cutText(kept)) {
    const tokens = readTokens(sentence);
    const fresh = [...tokens].filter((token) => !introduced.has(token) && firstUse.has(token));
    if (fresh.length > 0) {
      const words = readWords(sentence);
      const place = findPlace(words, source, byWord);
      for (const token of fresh) {
        const first = firstUse.get(token)!;
        if (place !== undefined && first < place && coverage(words, source[first]!.words) < SAME)
          missing.push(`${token}: ${sentence}`);
      }
    }
    for (const token of tokens) introduced.add(token);
  }
  return missing;
}

/** Share of a kept sentence's words that must stand in an original one for the two to be the same sentence. */
const SAME = 0.8;
const CANDIDATES = 200;

/** Where the sentence stands in the original: the earliest place that has (nearly) all of its words. */
function findPlace(
  words: readonly string[],
  source: readonly { readonly words: readonly string[] }[],
  byWord: ReadonlyMap<string, readonly number[]>,
): number | undefined {
  if (words.length === 0) return undefined;
  const rarest = words.map((word) => byWord.get(word) ?? []).filter((places) => places.length > 0);
  rarest.sort((a, b) => a.length - b.length);
  for (const places of rarest.slice(0, 3)) {
    const found = places.slice(0, CANDIDATES).find((place) => coverage(words, source[place]!.words) >= SAME);
    if (found !== undefined) return found;
  }
  return undefined;
}

function coverage(words: readonly string[], inside: readonly string[]): number {
  if (words.length === 0) return 1;
  const left = new Map<string, number>();
  for (const word of inside) left.set(word, (left.get(word) ?? 0) + 1);
  let covered = 0;
  for (const word of words) {
    const count = left.get(word) ?? 0;
    if (count === 0) continue;
    left.set(word, count - 1);
    covered++;
  }
  return covered / words.length;
}

function indexWords(sentences: readonly (readonly string[])[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  sentences.forEach((words, index) => {
    for (const word of new Set(words)) {
      const list = places.get(word) ?? [];
      list.push(index);
      places.set(word, list);
    }
  });
  return places;
}

/** Lines, cut again after a stop, question or exclamation mark that white space and a capital, digit or sign follow. */
function cutText(text: string): string[] {
  return (
    text
      .split(/\n+/)
      // A list's own number is no number of the text: off before the cut, or "1." would be a sentence.
      .map((line) => line.replace(/^\s*(?:\(?\d{1,3}[.)]|[-*+•])(?:\s+|$)/, ""))
      .flatMap((line) => line.split(/(?<=[.?!])\s+(?=[^a-z\s])/))
      .map((sentence) => sentence.trim())
      .filter((sentence) => sentence !== "")
  );
}

/** Words and numbers in small letters; other signs one by one, so that formulas have words too. */
function readWords(sentence: string): string[] {
  return sentence.toLowerCase().match(/[\p{L}]+|\d+(?:[.,]\d+)*|[^\s\p{L}\d.,;:!?()'"*$]/gu) ?? [];
}

const GREEK_COMMAND =
  /\\(alpha|beta|gamma|delta|(?:var)?epsilon|zeta|eta|(?:var)?theta|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|(?:var)?phi|chi|psi|omega|hbar)(?![A-Za-z])/gi;
const GREEK_LETTERS: Readonly<Record<string, string>> = {
  alpha: "α", beta: "β", gamma: "γ", delta: "δ", epsilon: "ε", zeta: "ζ", eta: "η", theta: "θ", kappa: "κ",
  lambda: "λ", mu: "μ", nu: "ν", xi: "ξ", pi: "π", rho: "ρ", sigma: "σ", tau: "τ", phi: "φ", chi: "χ", psi: "ψ",
  omega: "ω", hbar: "ℏ",
}; // biome-ignore format: a table reads better in rows

/** Numbers in one spelling, Greek letters, and single Latin letters (with an index, if they have one) in formulas. */
function readTokens(text: string): Set<string> {
  const tokens = new Set<string>();
  const body = text.replace(/^\s*(?:\(?\d{1,3}[.)]|[-*+•])\s+/, "");
  for (const [digits] of body.matchAll(/\d+(?:,\d{3})*(?:\.\d+)?/g))
    tokens.add(String(Number(digits.replaceAll(",", ""))));
  for (const match of body.matchAll(GREEK_COMMAND)) {
    const name = match[1]!;
    const letter = GREEK_LETTERS[name.toLowerCase().replace(/^var/, "")]!;
    tokens.add(/^[A-Z]/.test(name) ? letter.toUpperCase() : letter);
  }
  for (const [letter] of body.matchAll(/[α-ωΑ-Ω]/g)) tokens.add(letter);
  const plain = body.replace(/\\(?:text|mathrm|textbf|operatorname)\{[^{}]*\}/g, " ").replace(/\\[A-Za-z]+/g, " ");
  for (const match of plain.matchAll(/(?<![A-Za-z'’])([A-Za-z])(_\{?[A-Za-z0-9]{1,8}\}?|\d+)?(?![A-Za-z'’])/g)) {
    const [whole, letter, index] = match;
    if (index === undefined && !isFormula(plain, match.index, letter!)) continue;
    tokens.add(whole.replace(/[{}]/g, ""));
  }
  return tokens;
}

/** A single letter is a symbol when a sign of mathematics touches it, and always when it can't be a word. */
function isFormula(text: string, at: number, letter: string): boolean {
  const before = text.slice(Math.max(0, at - 2), at);
  const after = text.slice(at + 1, at + 3);
  const touched = /[$(=+*/^<>≤≥|·×-]\s?$/.test(before) || /^\s?[=+*/^<>≤≥|·×)$]/.test(after) || /\d$/.test(before);
  return touched || !/[aAI]/.test(letter);
}

const NUMBER_WORDS =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty".split(
    " ",
  );
const OTHER_WORDS: Readonly<Record<string, number>> = {
  thirty: 30, forty: 40, fifty: 50, sixty: 60, seventy: 70, eighty: 80, ninety: 90, hundred: 100, thousand: 1000,
  once: 1, twice: 2, double: 2, half: 2, third: 3, quarter: 4, dozen: 12, triple: 3, thrice: 3,
}; // biome-ignore format: a table reads better in rows

function readNumberWords(text: string): Set<string> {
  const found = new Set<string>();
  for (const [word] of text.toLowerCase().matchAll(/[a-z]+/g)) {
    const value = NUMBER_WORDS.includes(word)
      ? NUMBER_WORDS.indexOf(word)
      : (OTHER_WORDS[word.replace(/s$/, "")] ?? OTHER_WORDS[word]);
    if (value !== undefined) found.add(String(value));
  }
  return found;
}

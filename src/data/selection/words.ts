/**
 * A text as the words that a comparison of texts goes by: lower case, one width, digits and Chinese characters each a word,
 * LaTeX dress and punctuation gone. `\frac{1}{2}`, `$\dfrac12$` and `1/2` share their words, not their marks.
 */

/** LaTeX that says how something looks, not what it is. */
const DRESS =
  /\\(?:left|right|displaystyle|text|textbf|mathrm|mathbf|mathit|operatorname|quad|qquad|begin|end|[dt]frac|frac)(?![a-zA-Z])/g;

const WORD = /\p{Script=Han}|\p{Nd}|[\p{L}\p{M}]+/gu;

export function wordsOf(text: string): string[] {
  return text.normalize("NFKC").replace(DRESS, " ").toLowerCase().match(WORD) ?? [];
}

/** 32-bit FNV-1a of each run of `n` words: enough to tell runs apart, and a number is kept where a text was. */
export function* shingles(words: readonly string[], n: number): Generator<number> {
  for (let at = 0; at + n <= words.length; at++) {
    let hash = 0x811c9dc5;
    for (let next = at; next < at + n; next++) {
      const word = words[next]!;
      for (let char = 0; char < word.length; char++) hash = Math.imul(hash ^ word.charCodeAt(char), 0x01000193);
      hash = Math.imul(hash ^ 0x20, 0x01000193);
    }
    yield hash >>> 0;
  }
}

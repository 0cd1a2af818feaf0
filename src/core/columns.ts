/** How wide a text is where every character has its column: Chinese, Japanese, Korean and full-width ones take two. */

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
/** Those before the first wide one take a column each: most texts have none. */
const PLAIN = /^[\u0020-\u02ff]*$/;

export function columnsOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let columns = 0;
  for (const char of text) columns += WIDE.test(char) ? 2 : 1;
  return columns;
}

/** As much of the text as fits; whole characters. */
export function fitColumns(text: string, most: number): string {
  if (columnsOf(text) <= most) return text;
  let columns = 0;
  let end = 0;
  for (const char of text) {
    columns += WIDE.test(char) ? 2 : 1;
    if (columns > most) break;
    end += char.length;
  }
  return text.slice(0, end);
}

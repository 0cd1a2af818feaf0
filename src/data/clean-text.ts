/**
 * Text that whatever comes after can hold: half a surrogate pair has no UTF-8 (a database or an endpoint would get
 * another text than the one that was hashed, and two ids could become one), and U+0000 is refused by Postgres and ends
 * a string for C-based tokenizers. Real traces hold both: cut in the middle of an emoji, or printed from binary.
 */
export function cleanText(text: string): string {
  return text.toWellFormed().replaceAll("\u0000", "");
}

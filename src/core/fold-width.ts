/**
 * Full-width digits, letters and signs as their half-width selves, one for one: every place in the folded text is the same
 * place in the text as it came. Commas and colons of Chinese prose stay what they are; one between values in brackets is
 * a comma of mathematics, and a full-width point before a digit is a decimal point, elsewhere a full stop.
 */

const WIDE = /[\uff01-\uff5e]/;
const FOLDED = /[０-９Ａ-Ｚａ-ｚ／＋－＝＜＞（）％＾＊｛｝［］]/g;
const BRACKETED = /[([{][^()[\]{}\n\p{Script=Han}]{1,80}[)\]}]/gu;

export function foldWidth(text: string): string {
  if (!WIDE.test(text)) return text;
  return text
    .replace(FOLDED, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0))
    .replace(/．/g, (_sign, at: number, all: string) => (/\d/.test(all[at + 1] ?? "") ? "." : "。"))
    .replace(BRACKETED, (inside) => inside.replaceAll("，", ","));
}

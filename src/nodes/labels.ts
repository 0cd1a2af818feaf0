/** Numbers by which a text speaks of its own parts: "from (3)", "Step 4", "Lemma 2", 由(1): who says them, and who is called so. */

const NAMED =
  /\b(equations?|eqs?\.|formulas?|expressions?|relations?|inequalit(?:y|ies)|conditions?|steps?|cases?|lemmas?|claims?|theorems?|facts?|parts?)\s+(?:\((\d{1,2})\)|(\d{1,2})(?![\w)]|[.,]\d|\s*[-+*/=^×]))/giu;
const BARE =
  /\b(?:from|by|in|into|using|see|to|of|and|with|combining|subtracting|substituting)\s+(?:\$|\\\()?\((\d{1,2})\)/giu;
const CHINESE =
  /(?:由|从|根据|代入|见|将)\s*(?:式|方程|公式)?\s*[(（](\d{1,2})[)）]|第\s*(\d{1,2}|[一二三四五六七八九十]{1,3})\s*步/gu;

/** Every label that a text refers to, as `kind number` (the kind of what defines it), and the words it does so in. */
export function labelsIn(text: string): Map<string, string> {
  const found = new Map<string, string>();
  const note = (key: string, said: string) => found.has(key) || found.set(key, said);
  for (const match of text.matchAll(NAMED)) {
    const kind = match[1]!.toLowerCase().replace(/s$|s?\.$/, "");
    const key = /^(?:eq|formula|expression|relation|inequali|condition)/.test(kind) ? "" : kind;
    note(`${key} ${match[2] ?? match[3]}`, match[0]);
  }
  for (const match of text.matchAll(BARE)) note(` ${match[1]}`, `(${match[1]})`);
  for (const match of text.matchAll(CHINESE))
    note(match[1] === undefined ? `步 ${match[2]}` : ` ${match[1]}`, match[0]);
  return found;
}

/** Does the text state what has this label: a line that begins with it, a formula that ends with it? */
export function defines(text: string, label: string): boolean {
  const [kind = "", number = ""] = label.split(" ");
  const begins = String.raw`(?:^|\n)[^\p{L}\n]{0,12}`;
  if (kind === "步") return new RegExp(`${begins}第\\s*${number}\\s*步|(?:^|\n)\\s*${number}[.、）)]`, "u").test(text);
  const listed = new RegExp(String.raw`(?:^|\n)[\s>*_#-]*\(?${number}(?:[.)、:）])`, "u").test(text);
  if (kind !== "") return listed || new RegExp(String.raw`${begins}${kind}s?\s+\(?${number}\b`, "iu").test(text);
  const tagged = new RegExp(String.raw`\\tag\{\(?${number}\)?\}|\\(?:label|text)\{\(?${number}\)?\}`).test(text);
  // "x + y = 5 (1)", "Equation (1): ...", "call this (1)": the label beside what it names.
  const beside = new RegExp(
    String.raw`[=<>≤≥][^\n]{1,160}[(（]${number}[)）]\s*(?:[.,;:$\\]|\n|$)|\b(?:call|label|number)\w*\s+(?:this|it|the \w+)\s+(?:as\s+)?(?:equation\s+)?\(?${number}\b|\b(?:equation|eq\.?|inequality|condition)\s+\(?${number}\)?\**\s*[:：]`,
    "iu",
  ).test(text);
  return tagged || listed || beside;
}

/**
 * Reads an answer in the one notation of notation.ts (LaTeX, plain, or a mixture) into a tree. A hand-written
 * descent: linear in practice, bounded in depth, and it either understands the whole answer or says that it does not;
 * half an understanding is how a grader comes to call wrong things equal.
 *
 *   answer    item ("," | ";" | "and" | "or") item ...
 *   item      joined (= < > in) joined ...
 *   joined    sum (cup | cap | setminus) sum ...
 *   sum       product (+ | - | pm) product ...
 *   product   power, power * power, power / power, and things side by side
 *   power     primary with ! % ' _ ^ behind it
 */
import { endsInDigit, isMixed, isValueLike, ratio, signed, subscripted, times } from "./build.ts";
import type { Expression, RelationSign } from "./expression.ts";
import { PrimaryParser } from "./parse-primary.ts";
import { NotMath } from "./scanner.ts";
import { isUnit } from "./units.ts";

/** Undefined when the text is not wholly an answer in mathematical notation. */
export function parseAnswer(text: string): Expression | undefined {
  try {
    return new Parser(text).whole();
  } catch (thrown) {
    if (thrown instanceof NotMath) return undefined;
    throw thrown;
  }
}

type Joiner = Extract<Expression, { kind: "list" }>["joiner"];

/** Marks behind one thing: 5!, f'', x_1^2; every mark makes the tree deeper. */
const MOST_MARKS = 12;
const RELATIONS: Readonly<Record<string, RelationSign>> = {
  leq: "<=",
  geq: ">=",
  neq: "!=",
  approx: "~",
  simeq: "~",
  sim: "~",
  equiv: "=",
  in: "in",
  doteq: "=",
};

class Parser extends PrimaryParser {
  whole(): Expression {
    const tree = this.answer();
    this.space();
    if (this.at < this.text.length) throw new NotMath();
    return tree;
  }

  protected answer(): Expression {
    const items = [this.item()];
    let strongest: Joiner = ",";
    for (;;) {
      const joiner = this.joiner();
      if (!joiner) break;
      if (joiner !== ",") strongest = joiner;
      this.space();
      if (this.at >= this.text.length || this.peek(/[)\]}]|\\[}]/y)) break;
      items.push(this.item());
    }
    return items.length === 1 ? items[0]! : { kind: "list", items, joiner: strongest };
  }

  /** "," or ", and" or ";" between two items; the word says that order is free. */
  protected joiner(): Joiner | undefined {
    const from = this.at;
    this.space();
    let found: Joiner | undefined;
    for (;;) {
      const word = this.take(
        /[,;]|and\b|or\b|&|\\(?:text)?and\b|\\lor\b|\\vee\b|[和或及与]|\ue000\s*(?:,?\s*(?:and|or|und|et|y|o|ou|和|或|及|与)|,)\s*\ue001/y,
      );
      if (word === undefined) break;
      found = strongerJoiner(found, word);
      this.space();
    }
    if (found === undefined) this.at = from;
    return found;
  }

  protected item(): Expression {
    return this.deeper(() => {
      const members = [this.joined()];
      const signs: RelationSign[] = [];
      for (;;) {
        this.space();
        const sign = this.relationSign();
        if (!sign) break;
        signs.push(sign);
        members.push(this.joined());
      }
      return signs.length === 0 ? members[0]! : { kind: "relation", signs, members };
    });
  }

  protected relationSign(): RelationSign | undefined {
    const plain = this.take(/:=|=|<|>/y);
    if (plain) return plain === ":=" ? "=" : (plain as RelationSign);
    const from = this.at;
    const name = this.take(/\\([A-Za-z]+)/y)?.slice(1);
    if (name && RELATIONS[name]) return RELATIONS[name];
    this.at = from;
    return undefined;
  }

  protected joined(): Expression {
    let left = this.sum();
    for (;;) {
      this.space();
      const sign = this.take(/\\(?:cup|cap|setminus|backslash)(?![A-Za-z])/y);
      if (!sign) return left;
      const right = this.sum();
      left = { kind: "join", sign: sign === "\\cup" ? "union" : sign === "\\cap" ? "meet" : "minus", left, right };
    }
  }

  protected sum(): Expression {
    return this.deeper(() => {
      const terms: Expression[] = [];
      this.space();
      let sign = this.take(/[+-]|\\pm(?![A-Za-z])|\\mp(?![A-Za-z])|\+\/-/y);
      for (;;) {
        terms.push(signed(sign, this.product()));
        this.space();
        sign = this.take(/\+\/-|[+-]|\\pm(?![A-Za-z])|\\mp(?![A-Za-z])/y);
        if (!sign) break;
      }
      return terms.length === 1 ? terms[0]! : { kind: "add", terms };
    });
  }

  protected product(): Expression {
    let left = this.signedPower();
    for (;;) {
      this.space();
      const sign = this.take(/\*(?!\*)|\/|:(?=[\s\d(\\A-Za-z])|\\(?:cdot|times|div|ast|bmod|pmod|mod)(?![A-Za-z])/y);
      if (sign === "*" || sign === "\\cdot" || sign === "\\times" || sign === "\\ast")
        left = times(left, this.signedPower());
      else if (sign === "/" || sign === "\\div") left = { kind: "divide", over: left, under: this.signedPower() };
      else if (sign === ":") left = ratio(left, this.signedPower());
      else if (sign) left = { kind: "call", name: "mod", of: [left, this.signedPower()] };
      else {
        const next = this.beside(left);
        if (!next) return left;
        left = next;
      }
    }
  }

  /** What follows without a sign: a unit, a mixed number's fraction, or one more factor. */
  protected beside(left: Expression): Expression | undefined {
    const unit = this.unit(left);
    if (unit) return unit;
    if (!this.peek(/[A-Za-z\d(\\.]|[[{|\ue000]/y)) return undefined;
    if (this.peek(/and\b|or\b/y)) return undefined;
    if (this.peek(/\|/y) && this.bars > 0) return undefined;
    if (this.peek(/\\([A-Za-z]+)/y) && this.closesOrRelates()) return undefined;
    if (this.peek(/\\[}|\\]/y)) return undefined;
    if (this.peek(/\ue000/y)) return undefined;
    const from = this.at;
    const digitsSideBySide = endsInDigit(left) && this.peek(/\d|\.\d/y);
    const isSquare = this.peek(/\[/y);
    const next = this.power();
    // 2[3 + x] is a product; k [1, 2] is nothing.
    if (isSquare && next.kind === "group") throw new NotMath();
    const fraction = next.kind === "call" && /^(?:percent|degree)$/.test(next.name) ? next.of[0]! : next;
    if (isMixed(left, fraction, this.text.slice(from, from + 5))) {
      const mixed: Expression = { kind: "add", terms: [left, fraction] };
      return next.kind === "call" ? { ...next, of: [mixed] } : mixed;
    }
    // "3 1/2" is a mixed number, any other two numbers in a row are not an answer.
    if (digitsSideBySide) {
      if (left.kind !== "number" || left.text.includes(".") || next.kind !== "number") throw new NotMath();
      this.space();
      if (!this.take(/\//y)) throw new NotMath();
      const under = this.power();
      if (under.kind !== "number") throw new NotMath();
      return { kind: "add", terms: [left, { kind: "divide", over: next, under }] };
    }
    return times(left, next);
  }

  /** Words behind a value: `\text{meters}`, "35 cm", "28 percent". */
  protected unit(of: Expression): Expression | undefined {
    const from = this.at;
    let unit = "";
    let remark = false;
    for (;;) {
      this.space();
      const text = this.take(/\ue000[^\ue000\ue001]*\ue001/y);
      if (text !== undefined) {
        // "(or approximately 400.5 nm)" is a remark.
        if (/^\ue000\s*\(/.test(text)) {
          remark = true;
          continue;
        }
        if (/^\ue000\s*,?\s*(?:and|or|和|或)\s*\ue001$/.test(text)) {
          this.at -= text.length;
          break;
        }
        unit += ` ${text.slice(1, -1).trim()}`;
        const raised = this.take(/\s?\^\s?(?:\{?-?\d\}?)/y);
        if (raised) unit += raised.replace(/[{}\s]/g, "");
        continue;
      }
      const word = this.plainUnit(of);
      if (word === undefined) break;
      unit += ` ${word}`;
      if (/^percent|^pct|^per cent/i.test(word)) break;
    }
    unit = unit.trim();
    if (unit === "" && remark) return of;
    if (unit === "") {
      this.at = from;
      return undefined;
    }
    if (/^(?:percent|percentage|pct|per cent)\b/i.test(unit)) return { kind: "call", name: "percent", of: [of] };
    if (/^degrees?$/i.test(unit)) return { kind: "call", name: "degree", of: [of] };
    return { kind: "unit", of, unit };
  }

  protected plainUnit(of: Expression): string | undefined {
    const word =
      /[A-Za-z]\s?\/\s?(?:s|h|kg|m|mol|K|N|C)(?:\^\s?\{?\d\}?)?(?![A-Za-z])|[A-Za-z]{2,}(?:[²³]|\^\s?\{?-?\d\}?)?(?:\s?\/\s?[A-Za-z]+(?:\^\s?\{?\d\}?)?)?|\p{Script=Han}+|\\(?:Omega|mu)\s?[A-Za-z]*(?![A-Za-z])/uy;
    const from = this.at;
    const text = this.take(word);
    if (text === undefined) return undefined;
    const bare = text
      .replace(/[{}\s]/g, "")
      .replace("\\mu", "μ")
      .replace("\\Omega", "Ω");
    if (isUnit(bare) && isValueLike(of)) return bare;
    this.at = from;
    return undefined;
  }

  protected closesOrRelates(): boolean {
    const from = this.at;
    const name = this.take(/\\([A-Za-z]+)/y)!.slice(1);
    this.at = from;
    return (
      name in RELATIONS ||
      [
        "cup",
        "cap",
        "setminus",
        "backslash",
        "pm",
        "mp",
        "rfloor",
        "rceil",
        "rvert",
        "rVert",
        "rangle",
        "end",
        "lor",
        "vee",
        "cr",
        "textand",
        "to",
        "mid",
      ].includes(name)
    );
  }

  protected signedPower(): Expression {
    this.space();
    const sign = this.take(/[+-]/y);
    return sign ? this.deeper(() => signed(sign, this.signedPower())) : this.power();
  }

  protected power(): Expression {
    let base = this.primary();
    for (let marks = 0; ; marks++) {
      if (marks > MOST_MARKS) throw new NotMath();
      this.space();
      if (this.take(/!(?!=)/y)) base = { kind: "call", name: "factorial", of: [base] };
      else if (this.take(/\\?%/y)) base = { kind: "call", name: "percent", of: [base] };
      else if (this.take(/'/y)) base = { kind: "call", name: "prime", of: [base] };
      else if (this.take(/\^\s?\{?\s?\\(?:circ|degree)\s?\}?/y)) base = { kind: "call", name: "degree", of: [base] };
      else if (this.take(/\^\s?\{?\s?\\prime\s?\}?/y)) base = { kind: "call", name: "prime", of: [base] };
      else if (this.take(/\*\*|\^/y)) base = { kind: "power", base, exponent: this.deeper(() => this.script()) };
      else if (this.take(/_/y)) base = subscripted(base, this.subscript());
      else return base;
    }
  }

  /** The argument of ^: a braced group, or one signed thing. */
  protected script(): Expression {
    this.space();
    if (this.peek(/\{/y)) return this.braced();
    const sign = this.take(/-/y);
    return signed(sign, this.power());
  }

  protected subscript(): string {
    this.space();
    if (this.take(/\{/y)) {
      const from = this.at;
      const close = this.text.indexOf("}", from);
      if (close < 0) throw new NotMath();
      this.at = close + 1;
      return this.text.slice(from, close).replace(/[\s\ue000\ue001{}]/g, "");
    }
    const one = this.take(/\\[A-Za-z]+|\d+|[A-Za-z]|\ue000[^\ue000\ue001]*\ue001/y);
    if (!one) throw new NotMath();
    return one.replace(/[\ue000\ue001\s]/g, "");
  }
}

function strongerJoiner(sofar: Joiner | undefined, word: string): Joiner {
  const bare = word.replace(/[\ue000\ue001\s]/g, "");
  if (bare === ",") return sofar ?? ",";
  if (bare === ";") return sofar === "and" || sofar === "or" ? sofar : ";";
  return /or|ou|\bo\b|或|vee|oder/.test(bare) ? "or" : "and";
}

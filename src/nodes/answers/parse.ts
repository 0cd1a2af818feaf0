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
import { type Expression, type RelationSign, TEXT_NAME } from "./expression.ts";
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

class NotMath extends Error {}

type Joiner = Extract<Expression, { kind: "list" }>["joiner"];

const MAX_DEPTH = 60;
/** Marks behind one thing: 5!, f'', x_1^2; every mark makes the tree deeper. */
const MOST_MARKS = 12;
const FUNCTIONS = new Set(
  "sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh coth log ln lg exp max min gcd lcm det arg Re Im deg dim sgn sign mod floor ceil sqrt cbrt abs factorial binom erf".split(
    " ",
  ),
);
const LETTERS = new Set(
  "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta kappa lambda mu nu xi rho sigma tau phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega hbar ell emptyset varnothing angle triangle nabla partial Re Im dots ldots cdots prime circ perp parallel star degree".split(
    " ",
  ),
);
const BIG = new Set(["sum", "prod", "int", "lim", "iint", "oint", "bigcup", "bigcap"]);
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
const PROSE =
  /^(?:and|or|is|are|the|of|to|no|yes|not|at|by|if|so|we|in|on|was|his|her|he|she|it|its|for|all|per|you|can|has|had|but|out|who|him|our|us|my|me|now|one|two|six|ten|any|as|an|be|do|did|get|got|let|may|too|use|way|why|how)$/i;
const CLOSERS: Readonly<Record<string, string>> = {
  lfloor: "rfloor",
  lceil: "rceil",
  lvert: "rvert",
  lVert: "rVert",
  langle: "rangle",
};

class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  /** Inside `|...|` a bar closes; elsewhere it opens. */
  #bars = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Expression {
    const tree = this.#answer();
    this.#space();
    if (this.#at < this.#text.length) throw new NotMath();
    return tree;
  }

  #answer(): Expression {
    const items = [this.#item()];
    let strongest: Joiner = ",";
    for (;;) {
      const joiner = this.#joiner();
      if (!joiner) break;
      if (joiner !== ",") strongest = joiner;
      this.#space();
      if (this.#at >= this.#text.length || this.#peek(/[)\]}]|\\[}]/y)) break;
      items.push(this.#item());
    }
    return items.length === 1 ? items[0]! : { kind: "list", items, joiner: strongest };
  }

  /** "," or ", and" or ";" between two items; the word says that order is free. */
  #joiner(): Joiner | undefined {
    const from = this.#at;
    this.#space();
    let found: Joiner | undefined;
    for (;;) {
      const word = this.#take(
        /[,;]|and\b|or\b|&|\\(?:text)?and\b|\\lor\b|\\vee\b|[和或及与]|\ue000\s*(?:,?\s*(?:and|or|und|et|y|o|ou|和|或|及|与)|,)\s*\ue001/y,
      );
      if (word === undefined) break;
      found = strongerJoiner(found, word);
      this.#space();
    }
    if (found === undefined) this.#at = from;
    return found;
  }

  #item(): Expression {
    return this.#deeper(() => {
      const members = [this.#joined()];
      const signs: RelationSign[] = [];
      for (;;) {
        this.#space();
        const sign = this.#relationSign();
        if (!sign) break;
        signs.push(sign);
        members.push(this.#joined());
      }
      return signs.length === 0 ? members[0]! : { kind: "relation", signs, members };
    });
  }

  #relationSign(): RelationSign | undefined {
    const plain = this.#take(/:=|=|<|>/y);
    if (plain) return plain === ":=" ? "=" : (plain as RelationSign);
    const from = this.#at;
    const name = this.#take(/\\([A-Za-z]+)/y)?.slice(1);
    if (name && RELATIONS[name]) return RELATIONS[name];
    this.#at = from;
    return undefined;
  }

  #joined(): Expression {
    let left = this.#sum();
    for (;;) {
      this.#space();
      const sign = this.#take(/\\(?:cup|cap|setminus|backslash)(?![A-Za-z])/y);
      if (!sign) return left;
      const right = this.#sum();
      left = { kind: "join", sign: sign === "\\cup" ? "union" : sign === "\\cap" ? "meet" : "minus", left, right };
    }
  }

  #sum(): Expression {
    return this.#deeper(() => {
      const terms: Expression[] = [];
      this.#space();
      let sign = this.#take(/[+-]|\\pm(?![A-Za-z])|\\mp(?![A-Za-z])|\+\/-/y);
      for (;;) {
        terms.push(signed(sign, this.#product()));
        this.#space();
        sign = this.#take(/\+\/-|[+-]|\\pm(?![A-Za-z])|\\mp(?![A-Za-z])/y);
        if (!sign) break;
      }
      return terms.length === 1 ? terms[0]! : { kind: "add", terms };
    });
  }

  #product(): Expression {
    let left = this.#signedPower();
    for (;;) {
      this.#space();
      const sign = this.#take(/\*(?!\*)|\/|:(?=[\s\d(\\A-Za-z])|\\(?:cdot|times|div|ast|bmod|pmod|mod)(?![A-Za-z])/y);
      if (sign === "*" || sign === "\\cdot" || sign === "\\times" || sign === "\\ast")
        left = times(left, this.#signedPower());
      else if (sign === "/" || sign === "\\div") left = { kind: "divide", over: left, under: this.#signedPower() };
      else if (sign === ":") left = ratio(left, this.#signedPower());
      else if (sign) left = { kind: "call", name: "mod", of: [left, this.#signedPower()] };
      else {
        const next = this.#beside(left);
        if (!next) return left;
        left = next;
      }
    }
  }

  /** What follows without a sign: a unit, a mixed number's fraction, or one more factor. */
  #beside(left: Expression): Expression | undefined {
    const unit = this.#unit(left);
    if (unit) return unit;
    if (!this.#peek(/[A-Za-z\d(\\.]|[[{|\ue000]/y)) return undefined;
    if (this.#peek(/and\b|or\b/y)) return undefined;
    if (this.#peek(/\|/y) && this.#bars > 0) return undefined;
    if (this.#peek(/[[]/y)) return undefined;
    if (this.#peek(/\\([A-Za-z]+)/y) && this.#closesOrRelates()) return undefined;
    if (this.#peek(/\\[}|\\]/y)) return undefined;
    if (this.#peek(/\ue000/y)) return undefined;
    const from = this.#at;
    const digitsSideBySide = endsInDigit(left) && this.#peek(/\d|\.\d/y);
    const next = this.#power();
    const fraction = next.kind === "call" && /^(?:percent|degree)$/.test(next.name) ? next.of[0]! : next;
    if (isMixed(left, fraction, this.#text.slice(from, from + 5))) {
      const mixed: Expression = { kind: "add", terms: [left, fraction] };
      return next.kind === "call" ? { ...next, of: [mixed] } : mixed;
    }
    // "3 1/2" is a mixed number, any other two numbers in a row are not an answer.
    if (digitsSideBySide) {
      if (left.kind !== "number" || left.text.includes(".") || next.kind !== "number") throw new NotMath();
      this.#space();
      if (!this.#take(/\//y)) throw new NotMath();
      const under = this.#power();
      if (under.kind !== "number") throw new NotMath();
      return { kind: "add", terms: [left, { kind: "divide", over: next, under }] };
    }
    return times(left, next);
  }

  /** Words behind a value: `\text{meters}`, "35 cm", "28 percent". */
  #unit(of: Expression): Expression | undefined {
    const from = this.#at;
    let unit = "";
    let remark = false;
    for (;;) {
      this.#space();
      const text = this.#take(/\ue000[^\ue000\ue001]*\ue001/y);
      if (text !== undefined) {
        // "(or approximately 400.5 nm)" is a remark.
        if (/^\ue000\s*\(/.test(text)) {
          remark = true;
          continue;
        }
        if (/^\ue000\s*,?\s*(?:and|or|和|或)\s*\ue001$/.test(text)) {
          this.#at -= text.length;
          break;
        }
        unit += ` ${text.slice(1, -1).trim()}`;
        const raised = this.#take(/\s?\^\s?(?:\{?-?\d\}?)/y);
        if (raised) unit += raised.replace(/[{}\s]/g, "");
        continue;
      }
      const word = this.#plainUnit(of);
      if (word === undefined) break;
      unit += ` ${word}`;
      if (/^percent|^pct|^per cent/i.test(word)) break;
    }
    unit = unit.trim();
    if (unit === "" && remark) return of;
    if (unit === "") {
      this.#at = from;
      return undefined;
    }
    if (/^(?:percent|percentage|pct|per cent)\b/i.test(unit)) return { kind: "call", name: "percent", of: [of] };
    if (/^degrees?$/i.test(unit)) return { kind: "call", name: "degree", of: [of] };
    return { kind: "unit", of, unit };
  }

  #plainUnit(of: Expression): string | undefined {
    const word =
      /[A-Za-z]\s?\/\s?(?:s|h|kg|m|mol|K|N|C)(?:\^\s?\{?\d\}?)?(?![A-Za-z])|[A-Za-z]{2,}(?:[²³]|\^\s?\{?-?\d\}?)?(?:\s?\/\s?[A-Za-z]+(?:\^\s?\{?\d\}?)?)?|\p{Script=Han}+|\\(?:Omega|mu)\s?[A-Za-z]*(?![A-Za-z])/uy;
    const from = this.#at;
    const text = this.#take(word);
    if (text === undefined) return undefined;
    const bare = text
      .replace(/[{}\s]/g, "")
      .replace("\\mu", "μ")
      .replace("\\Omega", "Ω");
    if (isUnit(bare) && isValueLike(of)) return bare;
    this.#at = from;
    return undefined;
  }

  #closesOrRelates(): boolean {
    const from = this.#at;
    const name = this.#take(/\\([A-Za-z]+)/y)!.slice(1);
    this.#at = from;
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

  #signedPower(): Expression {
    this.#space();
    const sign = this.#take(/[+-]/y);
    return sign ? this.#deeper(() => signed(sign, this.#signedPower())) : this.#power();
  }

  #power(): Expression {
    let base = this.#primary();
    for (let marks = 0; ; marks++) {
      if (marks > MOST_MARKS) throw new NotMath();
      this.#space();
      if (this.#take(/!(?!=)/y)) base = { kind: "call", name: "factorial", of: [base] };
      else if (this.#take(/\\?%/y)) base = { kind: "call", name: "percent", of: [base] };
      else if (this.#take(/'/y)) base = { kind: "call", name: "prime", of: [base] };
      else if (this.#take(/\^\s?\{?\s?\\(?:circ|degree)\s?\}?/y)) base = { kind: "call", name: "degree", of: [base] };
      else if (this.#take(/\^\s?\{?\s?\\prime\s?\}?/y)) base = { kind: "call", name: "prime", of: [base] };
      else if (this.#take(/\*\*|\^/y)) base = { kind: "power", base, exponent: this.#deeper(() => this.#script()) };
      else if (this.#take(/_/y)) base = subscripted(base, this.#subscript());
      else return base;
    }
  }

  /** The argument of ^: a braced group, or one signed thing. */
  #script(): Expression {
    this.#space();
    if (this.#peek(/\{/y)) return this.#braced();
    const sign = this.#take(/-/y);
    return signed(sign, this.#power());
  }

  #subscript(): string {
    this.#space();
    if (this.#take(/\{/y)) {
      const from = this.#at;
      const close = this.#text.indexOf("}", from);
      if (close < 0) throw new NotMath();
      this.#at = close + 1;
      return this.#text.slice(from, close).replace(/[\s\ue000\ue001{}]/g, "");
    }
    const one = this.#take(/\\[A-Za-z]+|\d+|[A-Za-z]|\ue000[^\ue000\ue001]*\ue001/y);
    if (!one) throw new NotMath();
    return one.replace(/[\ue000\ue001\s]/g, "");
  }

  #braced(): Expression {
    this.#need(/\{/y);
    const inside = this.#inside(() => this.#answer());
    this.#space();
    this.#need(/\}/y);
    return inside;
  }

  #primary(): Expression {
    return this.#deeper(() => {
      this.#space();
      const digits = this.#take(/\d+(?:\.\d+)?(?:[eE][+-]?\d{1,4}(?![\d.A-Za-z]))?|\.\d+/y);
      if (digits !== undefined) return numberOf(digits, this.#take(/\.(?=\s*(?:$|[,)\]}]))/y));
      if (this.#peek(/\(/y)) return this.#group("(");
      if (this.#peek(/\[/y)) return this.#group("[");
      if (this.#peek(/\\\{/y)) return this.#set();
      if (this.#peek(/\{/y)) return this.#plainBraces();
      if (this.#peek(/\\?\|/y)) return this.#absolute();
      const word = this.#take(/[A-Za-z]+/y);
      if (word !== undefined) return this.#word(word);
      const command = this.#take(/\\[A-Za-z]+/y);
      if (command !== undefined) return this.#command(command.slice(1));
      const text = this.#take(/\ue000[^\ue000\ue001]*\ue001/y);
      if (text !== undefined) return { kind: "symbol", name: TEXT_NAME + text.slice(1, -1).trim().toLowerCase() };
      throw new NotMath();
    });
  }

  #group(open: "(" | "["): Expression {
    this.#at++;
    const inside = this.#inside(() => this.#answer());
    this.#space();
    const close = this.#take(/[)\]]/y) as ")" | "]" | undefined;
    if (!close) throw new NotMath();
    const items = inside.kind === "list" ? inside.items : [inside];
    // Round brackets around one thing only hold it together; so do square ones, as in 2[3+4].
    if (items.length === 1 && (open === "(") === (close === ")")) return items[0]!;
    return { kind: "group", open, close, items };
  }

  #set(): Expression {
    this.#at += 2;
    this.#space();
    if (this.#take(/\\\}/y)) return { kind: "group", open: "{", close: "}", items: [] };
    const inside = this.#inside(() => this.#answer());
    this.#space();
    // { x | x > 3 } is the set of its condition.
    if (this.#take(/\\?\||:|\\mid(?![A-Za-z])/y)) {
      const condition = this.#inside(() => this.#answer());
      this.#need(/\s?\\\}/y);
      return condition;
    }
    this.#need(/\\\}/y);
    return { kind: "group", open: "{", close: "}", items: inside.kind === "list" ? inside.items : [inside] };
  }

  /** LaTeX braces hold together and show nothing: `{1,2}` is a bare list, `{x}` is x. */
  #plainBraces(): Expression {
    return this.#braced();
  }

  #absolute(): Expression {
    this.#take(/\\?\|/y);
    this.#bars++;
    const inside = this.#sum();
    this.#bars--;
    this.#space();
    this.#need(/\\?\|/y);
    return { kind: "call", name: "abs", of: [inside] };
  }

  #word(word: string): Expression {
    if (word === "pi") return { kind: "symbol", name: "pi" };
    if (/^(?:inf|infinity|oo)$/i.test(word)) return { kind: "symbol", name: "infinity" };
    if (FUNCTIONS.has(word)) return this.#function(word);
    if (word === "C" && this.#peek(/\(\s?\d+\s?,\s?\d+\s?\)/y))
      return { kind: "call", name: "binom", of: this.#bracketed() };
    if (word.length === 1) return { kind: "symbol", name: word };
    if (PROSE.test(word)) throw new NotMath();
    // A few letters in a row are a product (abc) or a name (AB); more of them are a word, and a word is not math.
    const known = /^([a-z]{1,2})(?:sin|cos|tan|ln|log|sqrt|pi)$/.exec(word)?.[1];
    if (!known && word.length > (word === word.toUpperCase() ? 5 : 3)) throw new NotMath();
    // The last letter is left for its own power or index: in 4Tmc^2 only c is squared.
    const letters = known ?? word.slice(0, -1);
    this.#at -= word.length - letters.length;
    const factors = [...letters].map((name): Expression => ({ kind: "symbol", name }));
    return factors.length === 1 ? factors[0]! : { kind: "multiply", factors };
  }

  #command(name: string): Expression {
    if (name === "frac") return { kind: "divide", over: this.#argument(), under: this.#argument() };
    if (name === "sqrt") return this.#root();
    if (name === "binom" || name === "dbinom" || name === "tbinom") {
      return { kind: "call", name: "binom", of: [this.#argument(), this.#argument()] };
    }
    if (name === "pi") return { kind: "symbol", name: "pi" };
    if (name === "infty") return { kind: "symbol", name: "infinity" };
    if (name === "begin") return this.#matrix();
    if (name in CLOSERS) return this.#between(name);
    if (name === "mathbb") return { kind: "symbol", name: `set ${this.#braceText()}` };
    if (BIG.has(name)) return this.#big(name);
    if (FUNCTIONS.has(name)) return this.#function(name);
    if (name === "pm" || name === "mp") return { kind: "sign", flipped: name === "mp", of: this.#power() };
    if (LETTERS.has(name))
      return { kind: "symbol", name: name === "varnothing" ? "emptyset" : name.replace(/^var/, "") };
    throw new NotMath();
  }

  /** An argument of \frac: a group, or, as TeX has it, one single digit or letter. */
  #argument(): Expression {
    this.#space();
    if (this.#peek(/\{/y)) return this.#braced();
    const digit = this.#take(/\d/y);
    return digit === undefined ? this.#primary() : { kind: "number", text: digit };
  }

  #root(): Expression {
    this.#space();
    let degree: Expression | undefined;
    if (this.#take(/\[/y)) {
      degree = this.#inside(() => this.#sum());
      this.#need(/\s?\]/y);
    }
    this.#space();
    const of = this.#peek(/\{/y) ? this.#braced() : this.#primary();
    return { kind: "call", name: "root", of: degree ? [of, degree] : [of] };
  }

  #between(name: string): Expression {
    const closer = CLOSERS[name]!;
    const inside = this.#inside(() => this.#answer());
    this.#space();
    this.#need(new RegExp(`\\\\${closer}(?![A-Za-z])`, "y"));
    if (name === "langle") {
      return { kind: "group", open: "<", close: ">", items: inside.kind === "list" ? inside.items : [inside] };
    }
    return { kind: "call", name: name === "lfloor" ? "floor" : name === "lceil" ? "ceil" : "abs", of: [inside] };
  }

  #braceText(): string {
    const text = this.#take(/\s?\{[^{}]*\}|\s?[A-Z]/y);
    if (!text) throw new NotMath();
    return text.replace(/[{}\s]/g, "");
  }

  #big(name: string): Expression {
    let sub: Expression | undefined;
    let sup: Expression | undefined;
    for (;;) {
      this.#space();
      if (this.#take(/_/y)) sub = this.#peek(/\s?\{/y) ? this.#limits() : this.#primary();
      else if (this.#take(/\^/y)) sup = this.#script();
      else break;
    }
    return { kind: "big", name, ...(sub && { sub }), ...(sup && { sup }), body: this.#product() };
  }

  #limits(): Expression {
    this.#space();
    this.#need(/\{/y);
    const inside = this.#answer();
    this.#space();
    if (this.#take(/\\to(?![A-Za-z])/y)) {
      const target = this.#sum();
      this.#need(/\s?\}/y);
      return { kind: "relation", signs: ["="], members: [inside, target] };
    }
    this.#need(/\}/y);
    return inside;
  }

  #function(name: string): Expression {
    let exponent: Expression | undefined;
    let sub: Expression | undefined;
    for (;;) {
      this.#space();
      if (this.#take(/\^/y)) exponent = this.#peek(/\{/y) ? this.#braced() : this.#primary();
      else if (this.#take(/_/y)) sub = this.#peek(/\s?\{/y) ? this.#braced() : this.#argument();
      else break;
    }
    const inside = this.#peek(/[({]/y) ? this.#bracketed() : [this.#bareArgument()];
    const inverse = exponent?.kind === "negate" && /^(?:sin|cos|tan)$/.test(name);
    const call: Expression = {
      kind: "call",
      name: rename(inverse ? `arc${name}` : name),
      of: sub ? [...inside, sub] : inside,
    };
    return exponent && !inverse ? { kind: "power", base: call, exponent } : call;
  }

  #bracketed(): readonly Expression[] {
    const open = this.#take(/[({]/y);
    const inside = this.#inside(() => this.#answer());
    this.#space();
    this.#need(open === "(" ? /\)/y : /\}/y);
    return inside.kind === "list" ? inside.items : [inside];
  }

  /** sin 2x is sin(2x), sin x cos x is not sin(x cos x). */
  #bareArgument(): Expression {
    let left = this.#signedPower();
    for (;;) {
      this.#space();
      if (!this.#peek(/[a-z(\d]|\\(?:pi|frac|sqrt|alpha|beta|theta|omega|phi|lambda)(?![A-Za-z])/y)) return left;
      if (this.#peek(/and\b|or\b|sin|cos|tan|ln|log|\(/y) || (endsInDigit(left) && this.#peek(/\d/y))) return left;
      left = times(left, this.#power());
    }
  }

  #matrix(): Expression {
    const environment = this.#braceText();
    if (environment.startsWith("array")) this.#take(/\s?\{[^{}]{0,60}\}/y);
    if (!/^(?:[bpvVB]?matrix|smallmatrix|array)\*?$/.test(environment)) throw new NotMath();
    const rows: Expression[][] = [[]];
    for (;;) {
      this.#space();
      if (this.#take(/\\end\s?\{[^{}]{0,20}\}/y)) break;
      if (this.#take(/\\\\|\\cr(?![A-Za-z])/y)) rows.push([]);
      else if (this.#take(/&/y)) continue;
      else rows.at(-1)!.push(this.#inside(() => this.#item()));
    }
    const filled = rows.filter((row) => row.length > 0);
    if (/^[vV]/.test(environment)) return { kind: "call", name: "det", of: [{ kind: "matrix", rows: filled }] };
    return { kind: "matrix", rows: filled };
  }

  #inside<T>(read: () => T): T {
    const bars = this.#bars;
    this.#bars = 0;
    const result = this.#deeper(read);
    this.#bars = bars;
    return result;
  }

  #deeper<T>(read: () => T): T {
    if (++this.#depth > MAX_DEPTH * 4) throw new NotMath();
    const result = read();
    this.#depth--;
    return result;
  }

  #space(): void {
    while (this.#text[this.#at] === " ") this.#at++;
  }

  #peek(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    return pattern.test(this.#text);
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (!match) return undefined;
    this.#at += match[0].length;
    return match[0];
  }

  #need(pattern: RegExp): void {
    if (this.#take(pattern) === undefined) throw new NotMath();
  }
}

function strongerJoiner(sofar: Joiner | undefined, word: string): Joiner {
  const bare = word.replace(/[\ue000\ue001\s]/g, "");
  if (bare === ",") return sofar ?? ",";
  if (bare === ";") return sofar === "and" || sofar === "or" ? sofar : ";";
  return /or|ou|\bo\b|或|vee|oder/.test(bare) ? "or" : "and";
}

function rename(name: string): string {
  return name === "sqrt" ? "root" : name === "lg" ? "log" : name;
}

function signed(sign: string | undefined, of: Expression): Expression {
  if (of.kind === "unit") return { ...of, of: signed(sign, of.of) };
  if (sign === "-") return { kind: "negate", of };
  if (sign === "\\pm" || sign === "+/-") return { kind: "sign", flipped: false, of };
  return sign === "\\mp" ? { kind: "sign", flipped: true, of } : of;
}

function times(left: Expression, right: Expression): Expression {
  return { kind: "multiply", factors: left.kind === "multiply" ? [...left.factors, right] : [left, right] };
}

function ratio(left: Expression, right: Expression): Expression {
  return {
    kind: "call",
    name: "ratio",
    of: left.kind === "call" && left.name === "ratio" ? [...left.of, right] : [left, right],
  };
}

function numberOf(digits: string, _point: string | undefined): Expression {
  const [mantissa, exponent] = digits.split(/[eE]/);
  const plain: Expression = { kind: "number", text: mantissa!.startsWith(".") ? `0${mantissa}` : mantissa! };
  if (exponent === undefined) return plain;
  const ten: Expression = { kind: "number", text: "10" };
  return times(plain, {
    kind: "power",
    base: ten,
    exponent: signed(exponent.startsWith("-") ? "-" : "", { kind: "number", text: exponent.replace(/^[+-]/, "") }),
  });
}

/** 12_5 is a number in another base; a_1 is a name. */
function subscripted(base: Expression, sub: string): Expression {
  if (base.kind === "number" && /^\d+$/.test(sub))
    return { kind: "call", name: "base", of: [base, { kind: "number", text: sub }] };
  if (base.kind === "symbol") return { kind: "symbol", name: `${base.name}_${sub}` };
  return { kind: "call", name: `sub_${sub}`, of: [base] };
}

function endsInDigit(tree: Expression): boolean {
  if (tree.kind === "number") return true;
  if (tree.kind === "multiply") return endsInDigit(tree.factors.at(-1)!);
  return tree.kind === "divide" ? endsInDigit(tree.under) : false;
}

/** 3\frac{1}{2} is three and a half: nobody writes a product of two numbers like that. */
function isMixed(whole: Expression, next: Expression, written: string): boolean {
  return (
    written.trimStart().startsWith("\\frac") &&
    whole.kind === "number" &&
    !whole.text.includes(".") &&
    next.kind === "divide" &&
    next.over.kind === "number" &&
    next.under.kind === "number"
  );
}

/** Something that a unit can follow. */
function isValueLike(tree: Expression): boolean {
  if (tree.kind === "number") return true;
  if (tree.kind === "symbol") return tree.name === "pi";
  if (tree.kind === "divide") return isValueLike(tree.over) && isValueLike(tree.under);
  if (tree.kind === "multiply") return tree.factors.every(isValueLike);
  if (tree.kind === "add") return tree.terms.every(isValueLike);
  if (tree.kind === "power") return isValueLike(tree.base);
  if (tree.kind === "negate" || tree.kind === "unit") return isValueLike(tree.of);
  return tree.kind === "call" && ["root", "percent", "degree"].includes(tree.name);
}

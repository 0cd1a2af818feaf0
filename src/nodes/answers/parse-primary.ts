/** The smallest parts of an answer: numbers, letters, brackets, functions, roots, matrices. parse.ts puts them together. */
import { endsInDigit, numberOf, rename, times } from "./build.ts";
import { type Expression, TEXT_NAME } from "./expression.ts";
import { NotMath, Scanner } from "./scanner.ts";

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
const PROSE =
  /^(?:and|or|is|are|the|of|to|no|yes|not|at|by|if|so|we|in|on|was|his|her|he|she|it|its|for|all|per|you|can|has|had|but|out|who|him|our|us|my|me|now|one|two|six|ten|any|as|an|be|do|did|get|got|let|may|too|use|way|why|how)$/i;
const CLOSERS: Readonly<Record<string, string>> = {
  lfloor: "rfloor",
  lceil: "rceil",
  lvert: "rvert",
  lVert: "rVert",
  langle: "rangle",
};

export abstract class PrimaryParser extends Scanner {
  protected abstract answer(): Expression;
  protected abstract item(): Expression;
  protected abstract sum(): Expression;
  protected abstract product(): Expression;
  protected abstract power(): Expression;
  protected abstract signedPower(): Expression;
  protected abstract script(): Expression;

  protected primary(): Expression {
    return this.deeper(() => {
      this.space();
      const digits = this.take(/\d+(?:\.\d+)?(?:[eE][+-]?\d{1,4}(?![\d.A-Za-z]))?|\.\d+/y);
      if (digits !== undefined) {
        this.take(/\.(?=\s*(?:$|[,)\]}]))/y);
        return numberOf(digits);
      }
      if (this.peek(/\(/y)) return this.group("(");
      if (this.peek(/\[/y)) return this.group("[");
      if (this.peek(/\\\{/y)) return this.set();
      if (this.peek(/\{/y)) return this.braced();
      if (this.peek(/\\?\|/y)) return this.absolute();
      const word = this.take(/[A-Za-z]+/y);
      if (word !== undefined) return this.word(word);
      const command = this.take(/\\[A-Za-z]+/y);
      if (command !== undefined) return this.command(command.slice(1));
      const text = this.take(/\ue000[^\ue000\ue001]*\ue001/y);
      if (text !== undefined) return { kind: "symbol", name: TEXT_NAME + text.slice(1, -1).trim().toLowerCase() };
      throw new NotMath();
    });
  }

  protected group(open: "(" | "["): Expression {
    this.at++;
    const inside = this.inside(() => this.answer());
    this.space();
    const close = this.take(/[)\]]/y) as ")" | "]" | undefined;
    if (!close) throw new NotMath();
    const items = inside.kind === "list" ? inside.items : [inside];
    // Round brackets around one thing only hold it together; so do square ones, as in 2[3+4].
    if (items.length === 1 && (open === "(") === (close === ")")) return items[0]!;
    return { kind: "group", open, close, items };
  }

  protected set(): Expression {
    this.at += 2;
    this.space();
    if (this.take(/\\\}/y)) return { kind: "group", open: "{", close: "}", items: [] };
    const bars = this.bars;
    this.bars = 1;
    const inside = this.deeper(() => this.answer());
    this.bars = bars;
    this.space();
    // { x | x > 3 } is the set of its condition.
    if (this.take(/\\?\||:|\\mid(?![A-Za-z])/y)) {
      const condition = this.inside(() => this.answer());
      this.need(/\s?\\\}/y);
      return condition;
    }
    this.need(/\\\}/y);
    return { kind: "group", open: "{", close: "}", items: inside.kind === "list" ? inside.items : [inside] };
  }

  /** LaTeX braces hold together and show nothing: `{1,2}` is a bare list, `{x}` is x. */
  protected braced(): Expression {
    this.need(/\{/y);
    const inside = this.inside(() => this.answer());
    this.space();
    this.need(/\}/y);
    return inside;
  }

  protected absolute(): Expression {
    this.take(/\\?\|/y);
    this.bars++;
    const inside = this.sum();
    this.bars--;
    this.space();
    this.need(/\\?\|/y);
    return { kind: "call", name: "abs", of: [inside] };
  }

  protected word(word: string): Expression {
    if (word === "pi") return { kind: "symbol", name: "pi" };
    if (/^(?:inf|infinity|oo)$/i.test(word)) return { kind: "symbol", name: "infinity" };
    if (FUNCTIONS.has(word)) return this.function(word);
    if (word === "C" && this.peek(/\(\s?\d+\s?,\s?\d+\s?\)/y))
      return { kind: "call", name: "binom", of: this.bracketed() };
    if (word.length === 1) return { kind: "symbol", name: word };
    if (PROSE.test(word)) throw new NotMath();
    // A few letters in a row are a product (abc) or a name (AB); more of them are a word, and a word is not math.
    const known = /^([a-z]{1,2})(?:sin|cos|tan|ln|log|sqrt|pi)$/.exec(word)?.[1];
    if (!known && word.length > (word === word.toUpperCase() ? 5 : 3)) throw new NotMath();
    // The last letter is left for its own power or index: in 4Tmc^2 only c is squared.
    const letters = known ?? word.slice(0, -1);
    this.at -= word.length - letters.length;
    const factors = [...letters].map((name): Expression => ({ kind: "symbol", name }));
    return factors.length === 1 ? factors[0]! : { kind: "multiply", factors };
  }

  protected command(name: string): Expression {
    if (name === "frac") return { kind: "divide", over: this.argument(), under: this.argument() };
    if (name === "sqrt") return this.root();
    if (name === "binom" || name === "dbinom" || name === "tbinom") {
      return { kind: "call", name: "binom", of: [this.argument(), this.argument()] };
    }
    if (name === "pi") return { kind: "symbol", name: "pi" };
    if (name === "infty") return { kind: "symbol", name: "infinity" };
    if (name === "begin") return this.matrix();
    if (name in CLOSERS) return this.between(name);
    if (name === "mathbb") return { kind: "symbol", name: `set ${this.braceText()}` };
    if (BIG.has(name)) return this.big(name);
    if (FUNCTIONS.has(name)) return this.function(name);
    if (name === "pm" || name === "mp") return { kind: "sign", flipped: name === "mp", of: this.power() };
    if (LETTERS.has(name))
      return { kind: "symbol", name: name === "varnothing" ? "emptyset" : name.replace(/^var/, "") };
    throw new NotMath();
  }

  /** An argument of \frac: a group, or, as TeX has it, one single digit or letter. */
  protected argument(): Expression {
    this.space();
    if (this.peek(/\{/y)) return this.braced();
    const digit = this.take(/\d/y);
    return digit === undefined ? this.primary() : { kind: "number", text: digit };
  }

  protected root(): Expression {
    this.space();
    let degree: Expression | undefined;
    if (this.take(/\[/y)) {
      degree = this.inside(() => this.sum());
      this.need(/\s?\]/y);
    }
    this.space();
    const of = this.peek(/\{/y) ? this.braced() : this.primary();
    return { kind: "call", name: "root", of: degree ? [of, degree] : [of] };
  }

  protected between(name: string): Expression {
    const closer = CLOSERS[name]!;
    const inside = this.inside(() => this.answer());
    this.space();
    this.need(new RegExp(`\\\\${closer}(?![A-Za-z])`, "y"));
    if (name === "langle") {
      return { kind: "group", open: "<", close: ">", items: inside.kind === "list" ? inside.items : [inside] };
    }
    return { kind: "call", name: name === "lfloor" ? "floor" : name === "lceil" ? "ceil" : "abs", of: [inside] };
  }

  protected braceText(): string {
    const text = this.take(/\s?\{[^{}]*\}|\s?[A-Z]/y);
    if (!text) throw new NotMath();
    return text.replace(/[{}\s]/g, "");
  }

  protected big(name: string): Expression {
    let sub: Expression | undefined;
    let sup: Expression | undefined;
    for (;;) {
      this.space();
      if (this.take(/_/y)) sub = this.peek(/\s?\{/y) ? this.limits() : this.primary();
      else if (this.take(/\^/y)) sup = this.script();
      else break;
    }
    return { kind: "big", name, ...(sub && { sub }), ...(sup && { sup }), body: this.product() };
  }

  protected limits(): Expression {
    this.space();
    this.need(/\{/y);
    const inside = this.answer();
    this.space();
    if (this.take(/\\to(?![A-Za-z])/y)) {
      const target = this.sum();
      this.need(/\s?\}/y);
      return { kind: "relation", signs: ["="], members: [inside, target] };
    }
    this.need(/\}/y);
    return inside;
  }

  protected function(name: string): Expression {
    let exponent: Expression | undefined;
    let sub: Expression | undefined;
    for (;;) {
      this.space();
      if (this.take(/\^/y)) exponent = this.peek(/\{/y) ? this.braced() : this.primary();
      else if (this.take(/_/y)) sub = this.peek(/\s?\{/y) ? this.braced() : this.argument();
      else break;
    }
    if (name === "lg") sub = { kind: "number", text: "10" };
    const inside = this.peek(/[({]/y) ? this.bracketed() : [this.bareArgument()];
    const inverse = exponent?.kind === "negate" && /^(?:sin|cos|tan)$/.test(name);
    const call: Expression = {
      kind: "call",
      name: rename(inverse ? `arc${name}` : name),
      of: sub ? [...inside, sub] : inside,
    };
    return exponent && !inverse ? { kind: "power", base: call, exponent } : call;
  }

  protected bracketed(): readonly Expression[] {
    const open = this.take(/[({]/y);
    const inside = this.inside(() => this.answer());
    this.space();
    this.need(open === "(" ? /\)/y : /\}/y);
    return inside.kind === "list" ? inside.items : [inside];
  }

  /** sin 2x is sin(2x), sin x cos x is not sin(x cos x). */
  protected bareArgument(): Expression {
    let left = this.signedPower();
    for (;;) {
      this.space();
      if (!this.peek(/[a-z(\d]|\\(?:pi|frac|sqrt|alpha|beta|theta|omega|phi|lambda)(?![A-Za-z])/y)) return left;
      if (this.peek(/and\b|or\b|sin|cos|tan|ln|log|\(/y) || (endsInDigit(left) && this.peek(/\d/y))) return left;
      left = times(left, this.power());
    }
  }

  protected matrix(): Expression {
    const environment = this.braceText();
    if (environment.startsWith("array")) this.take(/\s?\{[^{}]{0,60}\}/y);
    if (!/^(?:[bpvVB]?matrix|smallmatrix|array)\*?$/.test(environment)) throw new NotMath();
    const rows: Expression[][] = [[]];
    for (;;) {
      this.space();
      if (this.take(/\\end\s?\{[^{}]{0,20}\}/y)) break;
      if (this.take(/\\\\|\\cr(?![A-Za-z])/y)) rows.push([]);
      else if (this.take(/&/y)) continue;
      else rows.at(-1)!.push(this.inside(() => this.item()));
    }
    const filled = rows.filter((row) => row.length > 0);
    if (/^[vV]/.test(environment)) return { kind: "call", name: "det", of: [{ kind: "matrix", rows: filled }] };
    return { kind: "matrix", rows: filled };
  }
}

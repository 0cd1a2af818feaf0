/** What an answer is once it has been read. Plain data: every rule is a function over this tree. */

export type Expression =
  /** Digits as written, with `.` as the point and no separators: exact, and its precision can still be seen. */
  | { readonly kind: "number"; readonly text: string }
  | { readonly kind: "symbol"; readonly name: string }
  | { readonly kind: "add"; readonly terms: readonly Expression[] }
  | { readonly kind: "multiply"; readonly factors: readonly Expression[] }
  | { readonly kind: "divide"; readonly over: Expression; readonly under: Expression }
  | { readonly kind: "power"; readonly base: Expression; readonly exponent: Expression }
  | { readonly kind: "negate"; readonly of: Expression }
  /** A named function, or a mark such as `percent`, `degree`, `factorial`, `base`, `prime`, `ratio`. */
  | { readonly kind: "call"; readonly name: string; readonly of: readonly Expression[] }
  /** Plus-minus (or minus-plus): stands for two values. */
  | { readonly kind: "sign"; readonly flipped: boolean; readonly of: Expression }
  /** Brackets that mean something: tuple, interval, set, vector. */
  | {
      readonly kind: "group";
      readonly open: "(" | "[" | "{" | "<";
      readonly close: ")" | "]" | "}" | ">";
      readonly items: readonly Expression[];
    }
  | { readonly kind: "matrix"; readonly rows: readonly (readonly Expression[])[] }
  /** Sum, product, integral, limit: read, but not worked out here. */
  | {
      readonly kind: "big";
      readonly name: string;
      readonly sub?: Expression;
      readonly sup?: Expression;
      readonly body: Expression;
    }
  | { readonly kind: "relation"; readonly signs: readonly RelationSign[]; readonly members: readonly Expression[] }
  | {
      readonly kind: "join";
      readonly sign: "union" | "meet" | "minus";
      readonly left: Expression;
      readonly right: Expression;
    }
  /** Several answers side by side, and the strongest sign between them: a comma keeps an order, a word or ";" does not. */
  | { readonly kind: "list"; readonly items: readonly Expression[]; readonly joiner: "," | ";" | "and" | "or" }
  | { readonly kind: "unit"; readonly of: Expression; readonly unit: string };

export type RelationSign = "=" | "<" | ">" | "<=" | ">=" | "!=" | "~" | "in";

/** A spelling that is the same for the same tree up to the order of sums and products. */
export function canonical(tree: Expression): string {
  switch (tree.kind) {
    case "number":
      return tree.text;
    case "symbol":
      return tree.name;
    case "add":
      return `(+ ${tree.terms.map(canonical).sort().join(" ")})`;
    case "multiply":
      return `(* ${tree.factors.map(canonical).sort().join(" ")})`;
    case "divide":
      return `(/ ${canonical(tree.over)} ${canonical(tree.under)})`;
    case "power":
      return `(^ ${canonical(tree.base)} ${canonical(tree.exponent)})`;
    case "negate":
      return `(- ${canonical(tree.of)})`;
    case "call":
      return `(${tree.name} ${tree.of.map(canonical).join(" ")})`;
    case "sign":
      return `(${tree.flipped ? "mp" : "pm"} ${canonical(tree.of)})`;
    case "group": {
      const items = tree.items.map(canonical);
      return `${tree.open} ${(tree.open === "{" ? items.sort() : items).join(" ")} ${tree.close}`;
    }
    case "matrix":
      return `[${tree.rows.map((row) => row.map(canonical).join(" ")).join("; ")}]`;
    case "big":
      return `(${tree.name} ${tree.sub ? canonical(tree.sub) : ""} ${tree.sup ? canonical(tree.sup) : ""} ${canonical(tree.body)})`;
    case "relation":
      return `(rel ${tree.members.map((member, at) => `${at > 0 ? tree.signs[at - 1] : ""} ${canonical(member)}`).join(" ")})`;
    case "join":
      return `(${tree.sign} ${canonical(tree.left)} ${canonical(tree.right)})`;
    case "list":
      return `(list ${tree.items.map(canonical).join(" ")})`;
    case "unit":
      return `(unit ${canonical(tree.of)} ${tree.unit})`;
  }
}

/** The trees right below a tree. */
export function childrenOf(tree: Expression): readonly Expression[] {
  switch (tree.kind) {
    case "number":
    case "symbol":
      return [];
    case "add":
      return tree.terms;
    case "multiply":
      return tree.factors;
    case "divide":
      return [tree.over, tree.under];
    case "power":
      return [tree.base, tree.exponent];
    case "negate":
    case "sign":
    case "unit":
      return [tree.of];
    case "call":
      return tree.of;
    case "group":
    case "list":
      return tree.items;
    case "matrix":
      return tree.rows.flat();
    case "big":
      return [tree.body, ...(tree.sub ? [tree.sub] : []), ...(tree.sup ? [tree.sup] : [])];
    case "relation":
      return tree.members;
    case "join":
      return [tree.left, tree.right];
  }
}

export function some(tree: Expression, test: (tree: Expression) => boolean): boolean {
  return test(tree) || childrenOf(tree).some((child) => some(child, test));
}

/** Begins the name of a symbol that is a piece of text: `\text{erfc}`. */
export const TEXT_NAME = "text:";

/** Letters that stand for themselves and not for an unknown. */
export const CONSTANTS: ReadonlySet<string> = new Set(["pi", "e", "i", "infinity"]);

/** d/dx and dy/dx are no quotients of letters. */
export function isDerivative(over: Expression, under: Expression): boolean {
  return [over, under].every((tree) => {
    const first = tree.kind === "multiply" ? tree.factors[0]! : tree.kind === "power" ? tree.base : tree;
    return first.kind === "symbol" && (first.name === "d" || first.name === "partial");
  });
}

/** The unknowns of a tree. */
export function unknownsOf(tree: Expression): ReadonlySet<string> {
  const names = new Set<string>();
  some(tree, (each) => {
    if (each.kind === "symbol" && !CONSTANTS.has(each.name)) names.add(each.name);
    return false;
  });
  return names;
}

/** Every ± resolved: first all upper signs, then all lower ones. A tree without one is returned as it is. */
export function bothSigns(tree: Expression): readonly Expression[] {
  return some(tree, (each) => each.kind === "sign") ? [withSign(tree, true), withSign(tree, false)] : [tree];
}

function withSign(tree: Expression, upper: boolean): Expression {
  return rewritten(tree, (each) => {
    if (each.kind !== "sign") return each;
    return upper !== each.flipped ? each.of : { kind: "negate", of: each.of };
  });
}

/** The tree with every part replaced, from the leaves up. */
export function rewritten(tree: Expression, change: (tree: Expression) => Expression): Expression {
  const on = (child: Expression) => rewritten(child, change);
  switch (tree.kind) {
    case "add":
      return change({ ...tree, terms: tree.terms.map(on) });
    case "multiply":
      return change({ ...tree, factors: tree.factors.map(on) });
    case "divide":
      return change({ ...tree, over: on(tree.over), under: on(tree.under) });
    case "power":
      return change({ ...tree, base: on(tree.base), exponent: on(tree.exponent) });
    case "negate":
    case "unit":
    case "sign":
      return change({ ...tree, of: on(tree.of) });
    case "call":
      return change({ ...tree, of: tree.of.map(on) });
    case "group":
    case "list":
      return change({ ...tree, items: tree.items.map(on) });
    case "relation":
      return change({ ...tree, members: tree.members.map(on) });
    default:
      return change(tree);
  }
}

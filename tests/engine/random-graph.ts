/**
 * Graphs drawn at random that are valid by construction: a row of blocks, each leading to the next, the last to an outcome.
 *
 *   step    generate, rewrite (whole or in pieces), set; with a `when`, an `onError`
 *   rating  by labels, to the next block or an outcome
 *   cases   an ordered list of conditions
 *   loop    a rating with a bound and a rewrite that leads back
 *   fork    two or three branches of one or two nodes, each writing a field of its own
 */
import fc from "fast-check";

type Node = Record<string, unknown>;

export interface RandomGraph {
  readonly nodes: Readonly<Record<string, Node>>;
  readonly start: string;
}

const CONDITIONS = [
  "has(trace)",
  "!has(trace) || tokens(trace) > 40",
  "has(rating) && rating in ['easy', 'medium']",
  "has(rounds) && rounds > 1",
  "tokens(problem) / 2 > 3.5",
  "steps(problem) == 1 && size(problem) > 20",
  "problem.contains('apple')",
] as const;
const condition = fc.constantFrom(...CONDITIONS);
const outcome = fc.constantFrom("accepted", "rejected", "exhausted", "undecided");

type Block = (name: string, next: string) => Record<string, Node>;

const ask = { model: "m", prompt: "t.md", tries: 2 };
const writing = fc.constantFrom("trace", "short");
const pieces = fc.option(fc.record({ size: fc.integer({ min: 1, max: 3 }), parallel: fc.integer({ min: 1, max: 2 }) }));
const rounds = fc.constantFrom("visits(NAME) + 0.5", "has(rounds) ? rounds + 1 : 0.0", "tokens(problem)");

/** A node's own keys; in a branch, one that writes this field. */
const work: fc.Arbitrary<(field?: string) => Node> = fc.oneof(
  writing.map((writes) => (field?: string) => ({ kind: "generate", ...ask, writes: field ?? writes })),
  pieces.map((each) => (field: string = "trace") => ({
    // What nothing has written before can't be rewritten.
    ...(field === "trace" ? { kind: "rewrite", ...(each && { each }) } : { kind: "generate" }),
    ...{ ...ask, writes: field },
  })),
  rounds.map((sum) => (field?: string) => ({
    kind: "set",
    values: field === undefined ? { rounds: sum } : { [field]: "'set: ' + problem" },
  })),
);

const step: fc.Arbitrary<Block> = fc
  .tuple(work, fc.option(condition), fc.option(outcome))
  .map(([node, when, onError]) => (name, next) => ({
    [name]: { ...node(), ...(when && { when }), ...(onError && { onError }), then: next },
  }));

const rating: fc.Arbitrary<Block> = outcome.map((end) => (name, next) => ({
  [name]: {
    kind: "rate",
    model: "m",
    prompt: "j.md",
    writes: "rating",
    votes: 3,
    then: { easy: next, medium: next, hard: end },
  },
}));

const cases: fc.Arbitrary<Block> = fc
  .tuple(work, fc.uniqueArray(condition, { minLength: 1, maxLength: 2 }), outcome)
  .map(([node, conditions, end]) => (name, next) => ({
    [name]: { ...node(), then: [...conditions.map((when) => ({ when, to: end })), { to: next }] },
  }));

const loop: fc.Arbitrary<Block> = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.option(condition), fc.boolean())
  .map(([limit, when, counts]) => (name, next) => ({
    [name]: {
      ...{ kind: "rate", model: "m", prompt: "j.md", writes: "rating", limit },
      then: { easy: `${name}-again`, hard: `${name}-again`, medium: next, exhausted: next },
    },
    [`${name}-again`]: {
      ...{ kind: "rewrite", ...ask, writes: "trace", ...(when && { when }) },
      ...(counts
        ? { then: [{ when: `visits(${name}) > 1`, to: next }, { to: name }], when: undefined }
        : { then: name }),
    },
  }));

const branch = fc.tuple(work, fc.option(work), fc.option(condition), fc.option(outcome));
const fork: fc.Arbitrary<Block> = fc.array(branch, { minLength: 2, maxLength: 3 }).map((branches) => (name, next) => {
  const nodes: Record<string, Node> = {};
  for (const [index, [first, second, when, onError]] of branches.entries()) {
    const head = `${name}-${index}`;
    const field = ["trace", "short", "note"][index]!;
    const more = { ...(when && { when }), ...(onError && { onError }) };
    nodes[head] = { ...first(field), ...more, then: second === null ? next : `${head}-2` };
    if (second !== null) nodes[`${head}-2`] = { ...second(field), then: next };
  }
  const heads = branches.map((_, index) => `${name}-${index}`);
  return { [name]: { kind: "set", values: { rounds: 1 }, then: { fork: heads, join: next } }, ...nodes };
});

const block: fc.Arbitrary<Block> = fc.oneof(step, rating, cases, loop, { arbitrary: fork, weight: 2 });

export const randomGraph: fc.Arbitrary<RandomGraph> = fc
  .tuple(fc.array(block, { minLength: 1, maxLength: 5 }), outcome)
  .map(([blocks, end]) => {
    // A fork's join is a node: the last block is a plain one.
    const last = { last: { kind: "set", values: { note: "'done'" }, then: end } };
    const built = blocks.map((make, at) => make(`b${at}`, at + 1 < blocks.length ? `b${at + 1}` : "last"));
    const nodes: Record<string, Node> = Object.assign({}, ...built, last);
    for (const [name, node] of Object.entries(nodes)) {
      nodes[name] = JSON.parse(JSON.stringify(node).replaceAll("NAME", name)) as Node;
    }
    return { nodes, start: "b0" };
  });

/** As a line a node, the way planOf takes them. JSON is YAML. */
export function linesOf({ nodes }: RandomGraph): string {
  return Object.entries(nodes)
    .map(([name, node]) => `  ${name}: ${JSON.stringify(node)}`)
    .join("\n");
}

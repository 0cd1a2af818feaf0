/** `mezzo grade`, as people run it over a file of pairs. */
import { expect, test } from "vitest";
import { findSandbox } from "../../src/nodes/code/index.ts";
import { hasData, readVectors } from "../nodes/answers/shared-data.ts";
import { makeRig, type Rig } from "../rig.ts";

interface Graded {
  readonly id: string;
  readonly verdict: string;
  readonly reason: string;
  readonly rule: string;
  readonly found: string | null;
}

async function gradeRows(rig: Rig, rows: readonly object[], ...flags: string[]) {
  await rig.write("pairs.jsonl", rows.map((row) => JSON.stringify(row)).join("\n"));
  const { code, stdout, stderr } = await rig.mezzo("grade", "--input", "pairs.jsonl", "--json", ...flags);
  const lines = stdout.split("\n").filter((line) => line !== "");
  return { code, stderr, rows: lines.map((line) => JSON.parse(line) as Graded) };
}

test("grade says of each row, in order, whether its final answer is the accepted one, and why", async () => {
  const { code, rows, stderr } = await gradeRows(await makeRig(), [
    { id: "a", gold: "1/2", pred: "So it is \\boxed{0.5}." },
    { id: "b", gold: "12", pred: "The answer is 13." },
    { id: "c", gold: "12", pred: "I could not" },
    { id: "d", gold: ["x=2", "2"], pred: "2" },
  ]);
  expect(code).toBe(0);
  expect(rows.map(({ id, verdict }) => [id, verdict])).toEqual([
    ["a", "equal"],
    ["b", "different"],
    ["c", "undecided"],
    ["d", "equal"],
  ]);
  expect(rows.every(({ reason, rule }) => reason !== "" && /^[a-z-]+$/.test(rule))).toBe(true);
  expect(rows[0]!.found).toBe("0.5");
  expect(stderr).toContain('{"graded":4,"equal":2,"different":1,"undecided":1}');
});

test("numbers count as the file spells them, a missing id becomes the line, an absent response is undecided", async () => {
  const { rows } = await gradeRows(await makeRig(), [
    { id: 7, gold: 15, pred: 15.0 },
    { gold: true, pred: "yes" },
    { id: "n", gold: "4", pred: null },
  ]);
  expect(rows.map(({ id, verdict }) => [id, verdict])).toEqual([
    ["7", "equal"],
    ["line 2", "equal"],
    ["n", "undecided"],
  ]);
});

test("with its problem beside it a letter is the option that it names; without it, a letter", async () => {
  const row = { gold: "4", pred: "So \\boxed{B}." };
  const problem = "What is two plus two?\n\n(A) 3\n(B) 4\n(C) 5";
  const { rows } = await gradeRows(await makeRig(), [
    { id: "with", ...row, problem },
    { id: "without", ...row },
  ]);
  expect(rows[0]).toMatchObject({ id: "with", verdict: "equal", rule: "choice-text" });
  expect(rows[1]!.verdict).not.toBe("equal");
});

test("a program is graded by its tests, in a sandbox, or undecided where there is none", async () => {
  const tests = { language: "python", style: "assert", asserts: ["assert double(2) == 4", "assert double(-1) == -2"] };
  const { rows } = await gradeRows(await makeRig(), [
    { id: "right", tests, pred: "So:\n\n```python\ndef double(x):\n    return 2 * x\n```" },
    { id: "wrong", tests, pred: "```python\ndef double(x):\n    return x * x\n```" },
    { id: "odd", tests: { language: "python" }, pred: "```python\nx = 1\n```" },
  ]);
  const isThere = !("missing" in (await findSandbox()));
  expect(rows.map(({ verdict }) => verdict)).toEqual([
    isThere ? "equal" : "undecided",
    isThere ? "different" : "undecided",
    "undecided",
  ]);
  expect(rows[2]).toMatchObject({ rule: "unreadable-tests" });
});

test("--map takes the columns of another file, --only counts no other form of answer", async () => {
  const { rows } = await gradeRows(
    await makeRig(),
    [{ problem_id: "p", answer: "4", output: "The answer is 4." }],
    ...["--map", "id=problem_id,gold=answer,pred=output", "--only", "boxed"],
  );
  expect(rows).toMatchObject([{ id: "p", verdict: "undecided", rule: "no-answer" }]);
});

test("a row without a column is an error that names its line and the columns there; skipping such rows is a choice", async () => {
  const rig = await makeRig();
  const rows = [
    { id: "a", gold: "1", pred: "1" },
    { id: "b", gold: "1", prediction: "1" },
  ];
  const stopped = await gradeRows(rig, rows);
  expect(stopped.code).toBe(2);
  expect(stopped.stderr).toContain('pairs.jsonl:2: there is no column "pred" with the response to grade');
  expect(stopped.stderr).toContain("--map pred=COLUMN");
  const skipped = await gradeRows(rig, rows, "--bad-rows", "skip");
  expect(skipped.rows).toHaveLength(1);
  expect(skipped.stderr).toContain("left out pairs.jsonl:2:");
});

test("a mapping that fills nothing and a form that is none are told with what there is", async () => {
  const rig = await makeRig();
  const mapped = await gradeRows(rig, [{ gold: "1", pred: "1" }], "--map", "golden=x");
  expect(mapped.stderr).toContain("Did you mean gold?");
  const form = await gradeRows(rig, [{ gold: "1", pred: "1" }], "--only", "box");
  expect(form.code).toBe(2);
  expect(form.stderr).toContain('"box" is no form');
});

test.skipIf(!hasData("grading_vectors.jsonl"))(
  "graded as whole texts the public vectors agree, at most 3 wrongly equal",
  async () => {
    const vectors = readVectors().filter((each) => each.kind !== "eval_log_verdict");
    const rows = vectors.map(({ gold, pred }, n) => ({ id: n, gold, pred }));
    const graded = (await gradeRows(await makeRig(), rows)).rows;
    const other = graded.filter(({ verdict }, n) => (verdict === "equal") !== vectors[n]!.expected);
    expect(graded).toHaveLength(230);
    // Two of them want a <think> section, which only the vectors' own option tells.
    expect(other.filter(({ verdict }) => verdict === "equal").length).toBeLessThanOrEqual(3);
    expect(other.length).toBeLessThanOrEqual(6);
  },
);

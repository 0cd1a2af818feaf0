/** Who decides that a chain fits, and a warning where it is one model twice. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { decidersOf, describeDeciders } from "../../src/graph/deciders.ts";
import { openGraph } from "../../src/graph/open.ts";

const GRAPHS = join(import.meta.dirname, "../../graphs");
const model = (role: string, name: string) =>
  `models.${role}={ provider: openai, model: ${name}, baseUrl: "http://127.0.0.1:9/v1" }`;
const open = (graph: string, ...set: string[]) => openGraph(join(GRAPHS, graph), { env: {}, set });
const told = (graph: string, ...set: string[]) => describeDeciders(decidersOf(open(graph, ...set).plan!));

describe("that a chain fits", () => {
  test("rests on rules, one model, several models, or the student", () => {
    expect(told("distill.yaml")).toBe("rests on the opinion of one model, the baseline's rules");
    expect(told("distill.yaml", model("judge", "qwq-32b"))).toBe("rests on the opinion of one model, qwq-32b");
    const two = [model("judge", "qwq-32b"), model("teacher", "other"), "nodes.accept.model=teacher"];
    expect(told("distill.yaml", ...two)).toBe("rests on the opinions of 2 models");
    expect(told("asked-student.yaml")).toBe("rests on the student");
    expect(told("stage-one.yaml")).toBe("");
  });

  test("is no second opinion where two roles are one model at one address", () => {
    const same = [model("judge", "qwq-32b"), model("teacher", "qwq-32b"), "nodes.accept.model=teacher"];
    expect(told("distill.yaml", ...same)).toBe("rests on the opinion of one model, qwq-32b");
  });
});

describe("an acceptance by the judge of the loop", () => {
  const codes = (graph: string, ...set: string[]) =>
    open(graph, ...set).diagnostics.map(({ code, severity }) => `${severity} ${code}`);

  test("is a warning, with the place and what to do, and the graph runs", () => {
    const { plan, diagnostics } = open("distill.yaml", model("judge", "qwq-32b"));
    expect(plan).toBeDefined();
    expect(diagnostics).toMatchObject([
      {
        severity: "warning",
        code: "same-judge",
        message: '"accept" asks the model that "judge" asked: a mistake that it holds to passes here too',
        hint: expect.stringContaining("models: [judge, second]"),
      },
    ]);
  });

  test("is none where another model accepts, rules do, or the student is asked", () => {
    expect(codes("distill.yaml")).toEqual([]);
    expect(
      codes("distill.yaml", model("judge", "qwq-32b"), model("teacher", "other"), "nodes.accept.model=teacher"),
    ).toEqual([]);
    expect(codes("asked-student.yaml", model("judge", "qwq-32b"))).toEqual([]);
  });
});

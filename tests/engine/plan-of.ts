/** Plans of a few nodes, for tests of the engine: a line a node. */
import { openGraph } from "../../src/graph/open.ts";
import { makeFolder } from "../graph/folder.ts";

/** A graph over `problem` and `trace`, with these nodes; its models are simulated. */
export function planOf(nodes: string, start = "a", models: readonly string[] = ["m"]) {
  const graph = `graph: g
student: { name: s }
models: { ${models.map((model) => `${model}: { provider: simulated }`).join(", ")} }
state: { problem: string, trace: { type: string, optional: true }, short: { type: string, optional: true }, rating: { enum: [easy, medium, hard], optional: true }, rounds: { type: number, optional: true }, note: { type: string, optional: true } }
start: ${start}
nodes:
${nodes}`;
  const prompt = "---\npurpose: expand\nvariables: [problem]\n---\n# user\n{{ problem }}\n";
  const rewriting = prompt
    .replace("[problem]", "[problem, trace]")
    .replace("{{ problem }}", "{{ problem }} {{ trace }}");
  const judge = prompt.replace("expand", "judge").replace("]\n", "]\nreply: verdict\n");
  const folder = makeFolder({ "g.yaml": graph, "p.md": prompt, "t.md": rewriting, "j.md": judge });
  const { plan, diagnostics } = openGraph(`${folder}/g.yaml`, { env: {} });
  if (plan === undefined) throw new Error(diagnostics.map(({ code, message }) => `${code}: ${message}`).join("\n"));
  return plan;
}

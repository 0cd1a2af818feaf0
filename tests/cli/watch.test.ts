/** `mezzo validate --watch`, and prompts checked by themselves. */
import { rename } from "node:fs/promises";
import { expect, test } from "vitest";
import { makeRig } from "../rig.ts";

test("--watch checks again at each save of the graph or a prompt, also where an editor puts a new file in its place", async () => {
  const rig = await makeRig();
  const graph = await rig.distillAt("http://127.0.0.1:1/v1");
  // Whoever accepts is not who judged: a graph without a warning.
  const good = (await rig.read("graphs/distill.yaml")).replace(/(accept:[\s\S]*?model: )judge/, "$1teacher");
  await rig.write("graphs/distill.yaml", good);
  const going = rig.start("validate", "--watch", graph);
  await going.says("watching; Ctrl-C ends it");
  await rig.write("graphs/distill.yaml", good.replace("then: long-to-short", "then: long-to-shrt"));
  await going.says('Did you mean "long-to-short"');
  await rig.write("graphs/.distill.yaml.swp", good.replace("graph: distill", "graph: better"));
  await rename(rig.path("graphs/.distill.yaml.swp"), graph);
  await going.says("1 error\nok  ");
  await rig.write("prompts/judge.md", "---\npurpose: judge\nvariables: [problem]\n---\n# user\nNothing.\n");
  await going.says('"problem" is declared and never used');
  going.child.kill("SIGINT");
  expect(await going.ended).toMatchObject({ code: 130 });
});

test("a prompt is checked by itself: what is wrong with it, or what it is for", async () => {
  const rig = await makeRig();
  await rig.write("good.md", "---\npurpose: judge\nvariables: [problem]\n---\n# user\n{{ problem }}\n");
  await rig.write("bad.md", "---\npurpose: judge\nvariables: []\n---\n# user\n{{ problem }}\n");
  const { code, stderr } = await rig.mezzo("validate", "good.md", "bad.md");
  expect(code).toBe(1);
  expect(stderr).toContain("ok  good.md  prompt to judge, of problem");
  expect(stderr).toContain("bad.md:6:1  error  prompt-undeclared");
});

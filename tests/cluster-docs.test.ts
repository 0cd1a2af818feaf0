/** docs/cluster.md and its files: what they start exists, and what they say of it is so. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";

const read = (name: string) => readFileSync(`docs/${name}`, "utf8");
const main = readFileSync("src/cli/main.ts", "utf8");

/** Is every word after `mezzo` a command with flags that there are? */
function expectSound(words: readonly string[]): void {
  expect(main).toContain(`command("${words[0]}")`);
  for (const flag of words.filter((word) => word.startsWith("--"))) expect(main).toContain(`"${flag}`);
}

interface Service {
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
}

it("has a compose file whose services are there, and start commands that there are", () => {
  const { services, volumes } = parse(read("cluster/compose.yaml"), { merge: true }) as {
    services: Record<string, Service>;
    volumes: object;
  };
  expect(Object.keys(services)).toEqual(["db", "worker", "studio"]);
  expect(Object.keys(volumes)).toEqual(["db"]);
  for (const { depends_on = {} } of Object.values(services)) {
    for (const needed of Object.keys(depends_on)) expect(services).toHaveProperty(needed);
  }
  expectSound(services.worker!.command!);
  const shell = services.studio!.entrypoint!.at(-1)!;
  expectSound(shell.slice(shell.indexOf("mezzo ") + 6).split(" "));
});

interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: {
    readonly selector?: { readonly matchLabels: object };
    readonly template: {
      readonly metadata?: { readonly labels: object };
      readonly spec: {
        readonly containers: readonly { args: readonly string[]; volumeMounts?: readonly { name: string }[] }[];
        readonly volumes?: readonly { readonly name: string }[];
      };
    };
  };
}

it("has a manifest whose labels, volumes and commands agree", () => {
  const resources = parseAllDocuments(read("cluster/kubernetes.yaml")).map((document) => document.toJS() as Resource);
  expect(resources.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)).toEqual([
    "apps/v1 Deployment",
    "batch/v1 Job",
  ]);
  for (const { spec } of resources) {
    const { containers, volumes = [] } = spec.template.spec;
    if (spec.selector !== undefined) expect(spec.template.metadata!.labels).toMatchObject(spec.selector.matchLabels);
    for (const { args, volumeMounts = [] } of containers) {
      expectSound(args);
      for (const { name } of volumeMounts) expect(volumes.map((volume) => volume.name)).toContain(name);
      expect(args.every((word) => typeof word === "string")).toBe(true);
    }
  }
});

it("has a page that names only commands and flags that there are", () => {
  const page = read("cluster.md");
  const commands = [...page.matchAll(/mezzo ([a-z]+)\b/g)].map((match) => match[1]!);
  expect([...new Set(commands)].filter((name) => !main.includes(`command("${name}")`))).toEqual([]);
  const flags = [...page.replace(/docker.*|npm install.*/g, "").matchAll(/(--[a-z][a-z-]*)/g)].map(
    (match) => match[1]!,
  );
  expect([...new Set(flags)].filter((flag) => !main.includes(`"${flag}`))).toEqual([]);
});

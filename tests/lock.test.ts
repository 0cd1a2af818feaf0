/** The lock file must serve machines other than the one that wrote it; npm does not see to that by itself. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as {
  readonly packages: Readonly<Record<string, Locked>>;
};

// npm leaves out platforms that its registry did not have at that moment, and `npm ci` then refuses the whole file.
it("names the binaries of every platform", () => {
  const missing = Object.entries(packages).flatMap(([folder, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => (packages[`${folder}/node_modules/${name}`] ?? packages[`node_modules/${name}`])?.version === undefined,
    ),
  );
  expect(missing).toEqual([]);
});

it("names no registry", () => {
  const hosts = Object.values(packages).flatMap((locked) => locked.resolved ?? []);
  expect(hosts).toEqual([]);
});

/** ARCHITECTURE.md is the configuration: its three tables say what may import and touch what, and this holds src to it. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseSource, readSource, type SourceFile } from "./source-files.ts";

const document = readFileSync("ARCHITECTURE.md", "utf8");
/** Rows for a folder within another come first: each file is held to the narrowest row that it is in. */
const folders = readTable("folder")
  .map(([folder, , mayImport]) => ({ folder: names(folder)[0]!, may: names(mayImport) }))
  .sort((one, other) => other.folder.length - one.folder.length);
const packages = readTable("package").map(([these, doors]) => ({ these: names(these), doors: names(doors) }));
const globals = readTable("global").map(([these, doors]) => ({ these: names(these), doors: names(doors) }));
const source = readSource("src");

describe("ARCHITECTURE.md", () => {
  it("has a row for every folder of src, and none for one that is not there", () => {
    const there = readdirSync("src").map((name) => `src/${name}`);
    const rows = folders.map((row) => row.folder);
    expect(there.filter((folder) => !rows.includes(folder))).toEqual([]);
    expect(rows.filter((folder) => !existsSync(folder))).toEqual([]);
  });

  it("names no door that is not there", () => {
    const doors = [...folders.flatMap((row) => row.may), ...[...packages, ...globals].flatMap((row) => row.doors)];
    expect(doors.filter((door) => !existsSync(door))).toEqual([]);
  });

  it("names every package that src imports", () => {
    const known = new Set(packages.flatMap((row) => row.these));
    const unknown = source.flatMap((file) => packagesOf(file).filter((name) => !known.has(name)));
    expect([...new Set(unknown)]).toEqual([]);
  });

  it("names only files that are there, wherever it points into src", () => {
    const pointers = [
      ...document.matchAll(/`((?:core|models|nodes|graph|store|data|engine|cli|studio)\/[\w/-]+\.ts)`/g),
    ];
    expect(pointers.map((match) => `src/${match[1]}`).filter((path) => !existsSync(path))).toEqual([]);
  });
});

describe("src", () => {
  it("imports along the arrows only", () => {
    expect(source.flatMap((file) => againstTheArrows(file))).toEqual([]);
  });

  it("has no ring of imports", () => {
    expect(findRing(source)).toBeUndefined();
  });

  it("uses a package only behind its door", () => {
    expect(source.flatMap((file) => packagesBeyondTheirDoor(file))).toEqual([]);
  });

  it("touches time, the process and the network only behind their doors", () => {
    expect(source.flatMap((file) => globalsBeyondTheirDoor(file))).toEqual([]);
  });

  it("has no folder for whatever fits nowhere, and neither have tests, scripts and bench", () => {
    const everywhere = ["src", "tests", "scripts", "bench"].flatMap((root) => foldersIn(root));
    expect(everywhere.filter((path) => /\/(utils?|helpers?|common|lib|misc)$/.test(path))).toEqual([]);
  });

  it("has no file of more than 600 lines", () => {
    expect(source.filter((file) => file.lines > 600).map((file) => `${file.path}: ${file.lines}`)).toEqual([]);
  });
});

describe("these rules", () => {
  it("see an import against the arrows, also a type's and a lazy one", () => {
    const text = 'import type { Plan } from "../graph/plan.ts";\nconst late = () => import("../cli/main.ts");\n';
    expect(againstTheArrows(parseSource("src/core/x.ts", text))).toEqual([
      "src/core/x.ts imports src/graph/plan.ts",
      "src/core/x.ts imports src/cli/main.ts",
    ]);
  });

  it("see imports over several lines and re-exports", () => {
    const text =
      'import {\n  one,\n  two,\n} from "./a.ts";\nexport { three } from "./b.ts";\nexport * from "./c.ts";\n';
    const { imports } = parseSource("src/core/x.ts", text);
    expect(imports).toEqual(["a", "b", "c"].map((name) => ({ ours: `src/core/${name}.ts`, isType: false })));
  });

  it("see no import in a comment or a text", () => {
    const text = '// import { a } from "./a.ts";\nthrow new Error(`not from "${name}"`); /* import "./b.ts" */\n';
    expect(parseSource("src/core/x.ts", text).imports).toEqual([]);
  });

  it("see a package by the part of it that is imported", () => {
    const text = 'import { END } from "@langchain/langgraph/web";\n';
    expect(packagesBeyondTheirDoor(parseSource("src/nodes/x.ts", text))).toEqual([
      "src/nodes/x.ts uses @langchain/langgraph",
    ]);
  });

  it("see a clock, a variable of the environment and a print beyond their doors, but none in a comment or a text", () => {
    const text =
      'const at = `${Date.now()}`; // Math.random()\nconst home = process.env.HOME; console.log("fetch()");\n';
    const found = globalsBeyondTheirDoor(parseSource("src/nodes/x.ts", text));
    expect(found.map((line) => line.replace("src/nodes/x.ts uses ", ""))).toEqual([
      "Date.now",
      "process.env",
      "console",
    ]);
  });

  it("see no ring where one of the imports is a type's", () => {
    const back = parseSource("src/core/b.ts", 'import type { A } from "./a.ts";\n');
    expect(findRing([parseSource("src/core/a.ts", 'import { b } from "./b.ts";\n'), back])).toBeUndefined();
  });

  it("see a ring of three files", () => {
    const file = (name: string, next: string) => parseSource(`src/core/${name}.ts`, `import "./${next}.ts";\n`);
    expect(findRing([file("a", "b"), file("b", "c"), file("c", "a")])).toEqual([
      "src/core/a.ts",
      "src/core/b.ts",
      "src/core/c.ts",
      "src/core/a.ts",
    ]);
  });
});

function againstTheArrows(file: SourceFile): string[] {
  const row = folders.find((known) => isIn(file.path, known.folder));
  const allowed = row === undefined ? [] : [row.folder, ...row.may];
  return file.imports
    .flatMap((target) => ("ours" in target ? [target.ours] : []))
    .filter((target) => !allowed.some((place) => isIn(target, place)))
    .map((target) => `${file.path} imports ${target}`);
}

function packagesBeyondTheirDoor(file: SourceFile): string[] {
  return packagesOf(file)
    .filter((name) =>
      packages.some((row) => row.these.includes(name) && !row.doors.some((door) => isIn(file.path, door))),
    )
    .map((name) => `${file.path} uses ${name}`);
}

function globalsBeyondTheirDoor(file: SourceFile): string[] {
  return globals
    .filter((row) => !row.doors.some((door) => isIn(file.path, door)))
    .flatMap((row) => row.these.filter((name) => useOf(name).test(file.code)))
    .map((name) => `${file.path} uses ${name}`);
}

/** `Date.now` as a member, `new Date()` as it stands, `console` and `fetch` as names that are used. */
function useOf(name: string): RegExp {
  if (name.startsWith("new ")) return new RegExp(name.replace(/[()]/g, "\\$&"));
  const escaped = name.replaceAll(".", "\\s*\\.\\s*");
  return name === "console" || name.includes(".")
    ? new RegExp(`(?<![\\w.])${escaped}\\b`)
    : new RegExp(`(?<![\\w.]|function )${escaped}\\s*\\(`);
}

/** A ring as the way round it, or undefined. */
function findRing(files: readonly SourceFile[]): string[] | undefined {
  const targets = new Map(
    files.map((file) => [
      file.path,
      file.imports.flatMap((target) => ("ours" in target && !target.isType ? [target.ours] : [])),
    ]),
  );
  const done = new Set<string>();
  const follow = (path: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path];
    if (done.has(path)) return undefined;
    for (const target of targets.get(path) ?? []) {
      const ring = follow(target, [...way, path]);
      if (ring !== undefined) return ring;
    }
    done.add(path);
    return undefined;
  };
  for (const file of files) {
    const ring = follow(file.path, []);
    if (ring !== undefined) return ring;
  }
  return undefined;
}

function packagesOf(file: SourceFile): string[] {
  return file.imports.flatMap((target) => ("package" in target ? [target.package] : []));
}

function isIn(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`);
}

function foldersIn(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${entry.parentPath}/${entry.name}`);
}

/** The rows of the table whose first heading is `first`; throws where there is none, since then nothing would be checked. */
function readTable(first: string): string[][] {
  const rows = document.split(`\n| ${first} |`)[1]?.split("\n").slice(2) ?? [];
  const end = rows.findIndex((line) => !line.startsWith("|"));
  if (end < 1) throw new Error(`ARCHITECTURE.md has no table that begins with "| ${first} |"`);
  return rows.slice(0, end).map((line) => line.split("|").slice(1, -1));
}

function names(cell: string | undefined): string[] {
  return [...(cell ?? "").matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
}

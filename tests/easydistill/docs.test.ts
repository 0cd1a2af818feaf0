/** docs/coming-over.md says what the code does: every job type, every defect, every note. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withDefects } from "../../scripts/write-coming-over.ts";
import { JOBS } from "../../src/easydistill/job-types.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/coming-over.md"), "utf8");

test("docs/coming-over.md has the table that the code makes (node scripts/write-coming-over.ts)", () => {
  expect(page).toBe(withDefects(page));
});

test("docs/coming-over.md names every job type that has a counterpart", () => {
  const named = [...page.matchAll(/`([a-z][\w*]+)`/g)].map(
    (match) => new RegExp(`^${match[1]!.replaceAll("*", "\\w*")}$`),
  );
  for (const type of Object.keys(JOBS))
    expect(
      named.some((name) => name.test(type)),
      type,
    ).toBe(true);
});

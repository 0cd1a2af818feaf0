/** An ordered list of ways with conditions: one that no sample can come to, or that every sample takes. */
import type { Condition } from "./conditions.ts";
import type { KeyPath } from "./load.ts";
import type { Report } from "./report.ts";

interface Case {
  readonly when?: string;
  readonly to: string;
}

/** `conditions` are those of the cases, undefined where there is none or it is not sound. */
export function checkCases(
  cases: readonly Case[],
  conditions: readonly (Condition | undefined)[],
  { at, report }: { at: KeyPath; report: Report },
): void {
  const plain = (text: string | undefined) => text?.replace(/\s+/g, " ").trim();
  for (const [index, { when, to }] of cases.entries()) {
    if (when === undefined) continue;
    const path = [...at, index, "when"];
    const first = cases.findIndex((other) => plain(other.when) === plain(when));
    if (first < index) {
      const related = { message: "The same condition stands here", place: report.yaml.place([...at, first, "when"]) };
      const message = `Samples for which this holds have gone to "${cases[first]!.to}" already, so the way to "${to}" is never taken`;
      report.error("way-never-taken", message, path, { related, hint: "Change one of the two, or take this way out." });
      continue;
    }
    const constant = constantOf(conditions[index]);
    if (constant === undefined) continue;
    const message = constant
      ? `This holds for every sample, so the ways below it are never taken`
      : `This holds for no sample, so the way to "${to}" is never taken`;
    const hint = constant ? "Put a way without `when` last, in place of this one." : "Ask for a field of the sample.";
    report.error("way-never-taken", message, path, { hint });
  }
}

/** What a condition comes to that asks for nothing of a sample. */
function constantOf(condition: Condition | undefined): boolean | undefined {
  if (condition?.isConstant !== true) return undefined;
  try {
    return condition.holds({}, {});
  } catch {
    return undefined; // 1 / 0: it has no answer for anybody, and says so when it is asked.
  }
}

/** What fills a prompt's places: the sample's state, the student, what the last judge found. */
import type { Verdict } from "../core/events.ts";
import { describeVerdict } from "../core/prompt.ts";
import type { State } from "../core/sample.ts";
import { describeStudent, type Plan } from "../graph/plan.ts";

export function promptValues(
  plan: Pick<Plan, "state" | "student" | "language">,
  state: State,
  finding: Verdict | undefined,
): Record<string, string> {
  const values: Record<string, string> = {};
  for (const field of Object.keys(plan.state)) values[field] = asText(state[field]);
  values.student = describeStudent(plan.student);
  values.finding = finding === undefined ? "" : describeVerdict(finding, plan.language);
  return values;
}

function asText(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What Zod found, at the place in the file where it was found, in words for people who have never heard of Zod. */
import type * as z from "zod";
import type { Diagnostic } from "../core/errors.ts";
import { suggestion } from "../core/suggest.ts";
import type { KeyPath, YamlFile } from "./load.ts";

/** `at` is where the checked value sits in the file; `known` are the keys allowed there, for suggestions. */
export function diagnoseIssues(
  issues: readonly z.core.$ZodIssue[],
  yaml: YamlFile,
  at: KeyPath,
  known: readonly string[] = [],
): Diagnostic[] {
  return issues.flatMap((issue) => diagnoseIssue(issue, yaml, at, known));
}

function diagnoseIssue(issue: z.core.$ZodIssue, yaml: YamlFile, at: KeyPath, known: readonly string[]): Diagnostic[] {
  const path = [...at, ...(issue.path as (string | number)[])];
  const key = path.at(-1);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((name) => ({
        code: "unknown-key",
        severity: "error",
        message: `"${name}" is not a key here`,
        hint: suggestion(name, known),
        place: yaml.place([...path, name], { key: true }),
      }));
    case "invalid_type": {
      if (!yaml.has(path)) {
        return [diagnostic("missing-key", `"${key}" is missing: ${issue.expected} expected`, yaml.place(path))];
      }
      return [diagnostic("wrong-type", `"${key}" must be ${article(issue.expected)}`, yaml.place(path))];
    }
    case "invalid_value": {
      const values = issue.values.map(String);
      const message = `"${key}" must be ${values.length === 1 ? `"${values[0]}"` : `one of ${values.join(", ")}`}`;
      return [diagnostic("wrong-value", message, yaml.place(path))];
    }
    case "invalid_union": {
      if ("discriminator" in issue && typeof issue.discriminator === "string") {
        return [
          diagnostic("wrong-value", `"${issue.discriminator}" must be one of ${optionsOf(issue)}`, yaml.place(path)),
        ];
      }
      return [diagnostic("wrong-value", `"${key}" has a form that is not known here`, yaml.place(path))];
    }
    case "too_small":
      return [
        diagnostic(
          "out-of-range",
          `"${key}" must be ${issue.inclusive ? "at least" : "above"} ${issue.minimum}`,
          yaml.place(path),
        ),
      ];
    case "too_big":
      return [
        diagnostic(
          "out-of-range",
          `"${key}" must be ${issue.inclusive ? "at most" : "below"} ${issue.maximum}`,
          yaml.place(path),
        ),
      ];
    default:
      return [diagnostic("wrong-value", `"${key}": ${issue.message}`, yaml.place(path))];
  }
}

function diagnostic(code: string, message: string, place: Diagnostic["place"]): Diagnostic {
  return { code, severity: "error", message, place };
}

function article(type: string): string {
  return /^(array|object|int)/.test(type) ? `an ${type}` : `a ${type}`;
}

function optionsOf(issue: z.core.$ZodIssueInvalidUnion): string {
  const options: unknown = Object.entries(issue).find(([key]) => key === "options")?.[1];
  return Array.isArray(options) ? options.map(String).join(", ") : "the known ones";
}

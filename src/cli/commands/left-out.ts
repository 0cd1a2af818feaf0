/** What an export left out, in a line for each reason: how many, why, and the first of them by name. */
import { type LeftOut, meaningOf } from "../../data/export.ts";
import { plural } from "../words.ts";

export function leftOutWords(left: LeftOut): string {
  const more = left.count > left.firstIds.length ? ", ..." : "";
  return `left out ${plural(left.count, "sample")}: ${meaningOf(left)} (${left.firstIds.join(", ")}${more})`;
}

/** `--map field=column`, as several commands take it. */
import { MezzoError } from "../../core/errors.ts";

export function parseMap(pairs: readonly string[]): Record<string, string> {
  const map: Record<string, string> = {};
  for (const pair of pairs.flatMap((flag) => flag.split(","))) {
    const equals = pair.indexOf("=");
    if (equals < 1 || equals === pair.length - 1) {
      const hint = "For example: --map trace=reasoning";
      throw new MezzoError("usage", `--map ${pair}: a state field and a column are expected`, { hint, exitCode: 2 });
    }
    map[pair.slice(0, equals)] = pair.slice(equals + 1);
  }
  return map;
}

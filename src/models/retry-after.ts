/** How long a server asks us to stay away: `Retry-After` first, then what OpenAI, Azure and proxies send instead. */
import type { IncomingHttpHeaders } from "node:http";

/** A server that says "tomorrow" has run out of quota; we look again after an hour. */
const LONGEST_MS = 3_600_000;

/** Milliseconds from `now` (epoch), or undefined when no header says so in a way we can read. */
export function retryAfterOf(headers: IncomingHttpHeaders, now: number): number | undefined {
  const said =
    milliseconds(one(headers["retry-after-ms"])) ??
    secondsOrDate(one(headers["retry-after"]), now) ??
    duration(one(headers["x-ratelimit-reset-requests"])) ??
    duration(one(headers["x-ratelimit-reset-tokens"]));
  return said === undefined ? undefined : Math.min(Math.max(0, said), LONGEST_MS);
}

function one(value: string | string[] | undefined): string | undefined {
  return (Array.isArray(value) ? value[0] : value)?.trim();
}

function milliseconds(value: string | undefined): number | undefined {
  return value !== undefined && /^\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
}

function secondsOrDate(value: string | undefined, now: number): number | undefined {
  if (value === undefined || value === "") return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
  const at = /[a-z]/i.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : at - now;
}

/** OpenAI's own form: `6m0s`, `1.5s`, `20ms`. */
function duration(value: string | undefined): number | undefined {
  if (value === undefined || !/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(value)) return undefined;
  const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
  let sum = 0;
  for (const [, amount, name] of value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    sum += Number(amount) * unit[name as keyof typeof unit];
  }
  return sum;
}

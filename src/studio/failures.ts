/** The HTTP edge of errors: one clear answer for each, with no key in it and no stack. */
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { MezzoError, messageOf } from "../core/errors.ts";
import { maskSecrets } from "../graph/secrets.ts";
import type { Failure, Schema } from "./api.ts";
import { isApi } from "./guard.ts";

type Status = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 422 | 500 | 503;

/** What is not listed is 422: understood, and it can't be done as things are. */
const STATUS: Readonly<Record<string, Status>> = {
  "bad-request": 400,
  "bad-cursor": 400,
  "no-token": 401,
  "wrong-token": 401,
  "wrong-host": 403,
  "wrong-origin": 403,
  "outside-project": 403,
  "no-such-path": 404,
  "no-file": 404,
  "no-run": 404,
  "no-sample": 404,
  "no-text": 404,
  "unknown-run": 404,
  "unknown-sample": 404,
  "file-changed": 409,
  "run-held": 409,
  "run-exists": 409,
  "decided-already": 409,
  "not-decided": 409,
  "not-for-person": 409,
  "taken-up": 409,
  "too-large": 413,
};

export function answerFailure(context: Context, thrown: unknown): Response {
  if (thrown instanceof HTTPException && thrown.status === 413) {
    return answer(context, new MezzoError("too-large", "The request is larger than this server takes."), 413);
  }
  if (thrown instanceof MezzoError) {
    return answer(context, thrown, STATUS[thrown.code] ?? (thrown.code.startsWith("store-") ? 503 : 422));
  }
  return answer(context, new MezzoError("internal", `Internal error: ${messageOf(thrown)}`), 500);
}

function answer(context: Context, { code, message, hint, diagnostics }: MezzoError, status: Status): Response {
  // Somebody has opened an address: words, as text.
  if (!isApi(context.req.path) && /\btext\/html\b/.test(context.req.header("accept") ?? "")) {
    return context.text(maskSecrets([message, hint ?? ""].join("\n")), status);
  }
  const error = {
    code,
    message: maskSecrets(message),
    ...(hint === undefined ? {} : { hint: maskSecrets(hint) }),
    ...(diagnostics.length === 0 ? {} : { diagnostics }),
  };
  return context.json<Failure>({ error }, status);
}

/** Parses what came from outside. Throws `bad-request`, naming the field. */
export function parse<T>(schema: Schema<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new MezzoError("bad-request", path.length === 0 ? message : `${path.join(".")}: ${message}`);
}

/** PostgreSQL's troubles: which of them pass, and in words a user can act on those that do not. */
import { MezzoError, messageOf } from "../../core/errors.ts";

/** Raised by our own function (schema.ts): the batch rests on what another store has changed meanwhile. */
export const STALE = "MZ001";
/** Raised by our own function: samples whose fence is no longer ours; their keys are the error's detail. */
export const LOST = "MZ002";

const GONE =
  /^(ECONN(REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|ENOTFOUND|EAI_AGAIN)$/;

/** What passes by itself: what is the matter meanwhile, in the words "PostgreSQL ...". Undefined for what does not. */
export function passingTrouble(thrown: unknown): string | undefined {
  const code = codeOf(thrown);
  if (GONE.test(code)) return "is away";
  if (/^(08|57P0[1235])/.test(code)) return code === "57P03" ? "is starting or stopping" : "is away";
  if (code === "53300") return "takes no more connections";
  if (code === "53100") return "has no room left on its disk";
  if (code === "53200") return "has no memory left";
  if (code === "25006") return "takes no writes now";
  if (/^(40001|40P01|55P03)$/.test(code)) return "is busy";
  // The client's own words for a connection that has ended, or that did not come about in time.
  if (
    code === "" &&
    /Connection terminated|timeout expired|timeout exceeded when trying to connect|not queryable|Client was closed|Query read timeout|Client has encountered a connection error/i.test(
      messageOf(thrown),
    )
  )
    return "is away";
  return undefined;
}

/** Two of us wanted the same rows in another order: at once again, on the same connection. */
export function isCollision(thrown: unknown): boolean {
  return /^(40001|40P01)$/.test(codeOf(thrown));
}

/** What a trouble is to us; an error that is neither PostgreSQL's nor its connection's comes back as it is. */
export function asPostgresError(thrown: unknown, shown: string): unknown {
  if (thrown instanceof MezzoError) return thrown;
  const code = codeOf(thrown);
  const message = messageOf(thrown);
  const story = storyOf(code, shown, message);
  if (story === undefined) return thrown;
  const [name, words, hint] = story;
  return new MezzoError(name, words, {
    hint,
    cause: thrown,
    exitCode: /^(store-denied|no-database|store-tls)$/.test(name) ? 2 : 1,
  });
}

type Story = readonly [name: string, message: string, hint?: string];

function storyOf(code: string, shown: string, message: string): Story | undefined {
  if (/SSL|TLS|certificate/i.test(message) && !/^[0-9A-Z]{5}$/.test(code)) {
    const hint =
      "sslmode=verify-full with sslrootcert=<file> checks the server's certificate; sslmode=disable goes without.";
    return ["store-tls", `${shown}: no encrypted connection: ${message}.`, hint];
  }
  if (code === "53300")
    return ["store-busy", `${shown} takes no more connections.`, "Stop some clients, or raise its max_connections."];
  if (code === "53100")
    return ["store-full", `No room left for ${shown}.`, "Free some space on the server's disk, then resume the run."];
  if (code === "25006")
    return ["store-readonly", `${shown} takes no writes.`, "Name the primary server, not a standby."];
  if (/^28/.test(code))
    return [
      "store-denied",
      `${shown} lets nobody in by that name and password: ${message}.`,
      "Check user and PGPASSWORD.",
    ];
  if (code === "3D000") return ["no-database", `${shown}: ${message}.`, "Make it first: createdb, or CREATE DATABASE."];
  if (code === "42501")
    return [
      "store-denied",
      `${shown}: ${message}.`,
      "The user must be allowed to create the schema `mezzo` and to write to its tables.",
    ];
  const passing = passingTrouble(thrown_(code, message));
  if (passing !== undefined)
    return [
      "store-away",
      `${shown} does not answer: ${message}.`,
      "Check its address, and that PostgreSQL is running there.",
    ];
  if (/^[0-9A-Z]{5}$/.test(code)) return ["store-broken", `${shown}: ${message} (${code}).`];
  return undefined;
}

function thrown_(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

export function codeOf(thrown: unknown): string {
  const { code, errors } = (thrown instanceof Error ? thrown : {}) as { code?: unknown; errors?: readonly unknown[] };
  // Several addresses were tried.
  if (code === undefined && errors !== undefined && errors.length > 0) return codeOf(errors[0]);
  return typeof code === "string" ? code : "";
}

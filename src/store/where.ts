/**
 * Where a store is: a file, or a PostgreSQL server by its URL. What people see of a URL never holds its password; it may be
 * left out of the URL (PGPASSWORD, or what PostgreSQL's own client reads), or stand there as `${NAME}`.
 */
import { MezzoError } from "../core/errors.ts";

export type StorePlace =
  | { readonly kind: "file"; readonly path: string; readonly shown: string }
  | { readonly kind: "server"; readonly url: string; readonly shown: string };

export type Environment = Readonly<Record<string, string | undefined>>;

export function isServer(text: string): boolean {
  return /^postgres(ql)?:\/\//i.test(text);
}

/** Throws `bad-store` for a URL that cannot be one, and for a `${NAME}` that is not set. */
export function readPlace(text: string, env: Environment): StorePlace {
  if (!isServer(text)) return { kind: "file", path: text, shown: text };
  const shown = maskPassword(text);
  const filled = text.replace(/\$\{([A-Za-z_]\w*)\}/g, (_, name: string) =>
    encodeURIComponent(readName(name, env, shown)),
  );
  const url = URL.parse(filled);
  if (url?.password) url.password = encodeURIComponent(decode(url.password));
  if (url === null) throw badStore(`${shown} is no address of a PostgreSQL database`);
  if (url.pathname.length < 2 && !url.searchParams.has("host")) throw badStore(`${shown} names no database`);
  if (url.password === "" && !url.searchParams.has("password") && env.PGPASSWORD) {
    // A socket's address has no host, and a URL without a host takes no password.
    if (url.host === "") url.searchParams.set("password", env.PGPASSWORD);
    else url.password = encodeURIComponent(env.PGPASSWORD);
  }
  // As PostgreSQL's own programs understand them: `require` encrypts, `verify-full` also looks who is there.
  if (url.searchParams.has("sslmode")) url.searchParams.set("uselibpqcompat", "true");
  return { kind: "server", url: url.href, shown };
}

/** The address without its password, and that; what is no address, or holds none, comes back as it is. */
export function takePassword(text: string): { readonly address: string; readonly password?: string } {
  const url = isServer(text) ? URL.parse(text) : null;
  const password = url === null ? "" : decode(url.password) || url.searchParams.get("password") || "";
  if (url === null || password === "" || /^\$\{\w+\}$/.test(password)) return { address: text };
  url.password = "";
  url.searchParams.delete("password");
  return { address: url.href, password };
}

/** A password whose `@` was forgotten stands where the port would. */
const NO_PORT = /^(postgres(?:ql)?:\/\/[^:@/?#]+):(?!\d+(?:[/?#]|$))([^@/?#]+)(?=[/?#]|$)/i;

/** An address as it may be shown: `***` in place of a password; a `${NAME}` stays. */
export function maskPassword(text: string): string {
  const mask = (secret: string) => (/^\$\{\w+\}$/.test(secret) ? secret : "***");
  return text
    .replace(NO_PORT, (_, before: string, secret: string) => `${before}:${mask(secret)}`)
    .replace(
      /^(postgres(?:ql)?:\/\/[^:@/?#]*):(.*)@/i,
      (_, before: string, secret: string) => `${before}:${mask(secret)}@`,
    )
    .replace(
      /([?&](?:password|sslpassword)=)([^&#]*)/gi,
      (_, before: string, secret: string) => `${before}${mask(secret)}`,
    );
}

/** A `%` that begins no escape is meant as it stands. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replace(/%(?![0-9a-f]{2})/gi, "%25"));
  } catch {
    return text; // Escapes that are no UTF-8.
  }
}

function readName(name: string, env: Environment, shown: string): string {
  const value = env[name];
  if (value === undefined || value === "") throw badStore(`${shown} needs \${${name}}, which is not set`);
  return value;
}

function badStore(message: string): MezzoError {
  const hint = "--store takes a file, or postgres://user@host:5432/database (the password from PGPASSWORD or ${NAME}).";
  return new MezzoError("bad-store", message, { hint, exitCode: 2 });
}

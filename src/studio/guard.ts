/**
 * Who may ask, and what the browser may do with the answer. A page on any other site can make this browser send requests
 * here; it must neither read nor change anything.
 *
 *   Host          must be ours: a name that an attacker points at 127.0.0.1 (DNS rebinding) is not
 *   Origin        where there is one, must be ours; and so must Sec-Fetch-Site, save for following a link to a page
 *   changes       carry a header with a token that stands in the page, which only our own origin can read; the header
 *                 alone already makes the browser ask first (CORS), and nobody is ever told yes
 *   from outside  with --host every request needs the secret of --token: `?token=` once, a cookie from then on, or
 *                 `Authorization: Bearer`
 *
 * Answers carry a policy under which no script runs that is not a file of ours, nothing is sent elsewhere, and nobody
 * frames us.
 */
import { timingSafeEqual } from "node:crypto";
import { hostname } from "node:os";
import type { Context, MiddlewareHandler } from "hono";
import { MezzoError } from "../core/errors.ts";
import { hashText } from "../core/hash.ts";
import { TOKEN_HEADER } from "./api.ts";

export interface GuardOptions {
  /** The address that is listened on. */
  readonly host: string;
  /** What `--token` says; needed for any host but loopback. */
  readonly secret: string | undefined;
  /** What changes need; stands in the page. */
  readonly token: string;
}

export const COOKIE = "mezzo-studio";
const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

export function isLoopback(host: string): boolean {
  return LOOPBACK.includes(host) || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

export function guard(options: GuardOptions): MiddlewareHandler {
  return async (context, next) => {
    for (const [name, value] of Object.entries(HEADERS)) context.header(name, value);
    checkHost(context, options);
    checkOrigin(context);
    if (options.secret !== undefined) {
      const redirect = checkSecret(context, options.secret);
      if (redirect) return redirect;
    }
    const isChange = !["GET", "HEAD"].includes(context.req.method);
    if (isChange && !isSame(context.req.header(TOKEN_HEADER), options.token)) {
      const hint = "Open the studio's page again: it holds the token of the server that runs now.";
      throw new MezzoError("wrong-token", "A change needs the token that stands in the studio's page.", { hint });
    }
    return next();
  };
}

export function contentSecurityPolicy(): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

const HEADERS = {
  "content-security-policy": contentSecurityPolicy(),
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
} as const;

function checkHost({ req }: Context, { host }: GuardOptions): void {
  const given = (req.header("host") ?? "").toLowerCase();
  const name = given.replace(/:\d+$/, "");
  const isOurs = isLoopback(host)
    ? LOOPBACK.includes(name) || name === host
    : LOOPBACK.includes(name) || name === host.toLowerCase() || name === hostname().toLowerCase() || isAddress(name);
  if (!isOurs) {
    const hint = isLoopback(host) ? "Open it as http://localhost or http://127.0.0.1." : "Open it by its address.";
    throw new MezzoError("wrong-host", "This server does not go by the name that the request asks for.", { hint });
  }
}

/** A number, which nobody's name server can point elsewhere. */
function isAddress(name: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(name) || /^\[[0-9a-f:.]+\]$/.test(name);
}

function checkOrigin({ req }: Context): void {
  const origin = req.header("origin");
  if (origin !== undefined && origin.replace(/^https?:\/\//, "") !== req.header("host")) {
    throw new MezzoError("wrong-origin", "The request comes from another site.");
  }
  const site = req.header("sec-fetch-site");
  if (site === undefined || site === "same-origin" || site === "none") return;
  const followsLink = req.method === "GET" && req.header("sec-fetch-mode") === "navigate" && !isApi(req.path);
  if (!followsLink || req.header("sec-fetch-dest") !== "document") {
    throw new MezzoError("wrong-origin", "The request comes from another site.");
  }
}

export function isApi(path: string): boolean {
  return path === "/api" || path.startsWith("/api/");
}

/** Gives the answer that puts the secret into a cookie and takes it out of the address. */
function checkSecret(context: Context, secret: string): Response | undefined {
  const { req } = context;
  const url = new URL(req.url);
  const asked = url.searchParams.get("token");
  if (asked !== null && req.method === "GET" && !isApi(req.path) && isSame(asked, secret)) {
    url.searchParams.delete("token");
    const value = hashText(secret).toString("base64url");
    // Lax, so that a view's address opens from a mail; nothing is changed, and no API answers, on such a way here.
    context.header("set-cookie", `${COOKIE}=${value}; HttpOnly; SameSite=Lax; Path=/`);
    return context.redirect(`${url.pathname.replace(/^\/+/, "/")}${url.search}`, 303);
  }
  const bearer = /^Bearer (.+)$/.exec(req.header("authorization") ?? "")?.[1];
  const cookie = new RegExp(`(?:^|; )${COOKIE}=([\\w-]+)`).exec(req.header("cookie") ?? "")?.[1];
  if (isSame(bearer, secret) || isSame(cookie, hashText(secret).toString("base64url"))) return undefined;
  throw new MezzoError("no-token", "This studio is open only to those who have its token.", {
    hint: "Open it with the address that `mezzo studio` printed: .../?token=...",
  });
}

/** In a time that does not tell how much of it was right. */
function isSame(given: string | undefined, wanted: string): boolean {
  return given !== undefined && timingSafeEqual(hashText(given), hashText(wanted));
}

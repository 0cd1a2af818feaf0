/**
 * Identity by content. Two things with the same hash are the same thing to Mezzo: a text is stored once, a plan is
 * recognised, a request is found again. SHA-256 throughout, cut where the full length buys nothing.
 */
import { hash as nodeHash } from "node:crypto";

/** 16 bytes naming a text's UTF-8 content. A collision among 10^12 texts has odds of about 10^-15. */
export function hashText(text: string): Buffer {
  return nodeHash("sha256", text, "buffer").subarray(0, 16);
}

/** 32 hex characters naming any JSON value, whatever the order of its keys. */
export function fingerprint(value: unknown): string {
  return fingerprintText(canonicalJson(value));
}

/** The same of a text. */
export function fingerprintText(text: string): string {
  return nodeHash("sha256", text, "hex").slice(0, 32);
}

/** A 32-bit seed drawn from words: the same words give the same seed on every machine and worker. */
export function seedFrom(...words: (string | number)[]): number {
  return nodeHash("sha256", words.join("\u0000"), "buffer").readUInt32BE(0) & 0x7fffffff;
}

/** JSON with object keys sorted at every depth; `undefined` members are left out, as JSON.stringify does. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

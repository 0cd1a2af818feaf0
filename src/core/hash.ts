/**
 * Identity by content. Two things with the same hash are the same thing to Mezzo: a text is stored once, a plan is
 * recognised, a request is found again. SHA-256 throughout, cut where the full length buys nothing.
 */
import { createHash, hash as nodeHash } from "node:crypto";

/** 16 bytes naming a text's UTF-8 content. A collision among 10^12 texts has odds of about 10^-15. */
export function hashText(text: string): Buffer {
  return createHash("sha256").update(text).digest().subarray(0, 16);
}

/** 32 hex characters naming any JSON value, whatever the order of its keys. */
export function fingerprint(value: unknown): string {
  return nodeHash("sha256", canonicalJson(value), "hex").slice(0, 32);
}

/** A 32-bit seed drawn from words: the same words give the same seed on every machine and worker. */
export function seedFrom(...words: (string | number)[]): number {
  return createHash("sha256").update(words.join("\u0000")).digest().readUInt32BE(0) & 0x7fffffff;
}

/** JSON with object keys sorted at every depth; `undefined` members are left out, as JSON.stringify does. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

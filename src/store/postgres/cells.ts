/** How our values stand in columns of type bytea. */

/** zstd's magic number, which begins no UTF-8: a body says by itself whether it is packed. */
const ZSTD = 0x28b52ffd;

/** A body as SQLite gives it: text, or bytes where it is packed. */
export function bodyOf(bytes: Buffer): string | Buffer {
  return bytes.length >= 4 && bytes.readUInt32BE(0) === ZSTD ? bytes : bytes.toString();
}

const [BYTES, NUMBER] = [1, 2];

/** A value that is text, bytes or a number, with its sort in front; texts sort before bytes, as on SQLite. */
export function mixed(value: string | Buffer | number): Buffer {
  if (Buffer.isBuffer(value)) return Buffer.concat([Buffer.of(BYTES), value]);
  if (typeof value === "number") return Buffer.from(`\u0002${value}`);
  return Buffer.from(`\u0000${value}`);
}

export function unmixed(bytes: Buffer): string | Buffer | number {
  const rest = bytes.subarray(1);
  if (bytes[0] === BYTES) return rest;
  return bytes[0] === NUMBER ? Number(rest.toString()) : rest.toString();
}

/** Sorts after every mixed value. */
export const NO_BOUND = Buffer.of(0xff);

/**
 * LiveCodeBench's private tests: base64 of zlib of a Python pickle of one string of JSON. A pickle is a program for a
 * small machine that can call anything; nothing of it is run here. The only form accepted is "one string, then stop",
 * which is what those files hold.
 */
import { inflateSync } from "node:zlib";

/** Nobody's tests are larger; a packed bomb is. */
const MOST_BYTES = 256 * 1024 * 1024;

/** The list of cases; undefined where the text is something else. Never throws. */
export function readPackedTests(text: string): unknown {
  if (!/^[A-Za-z0-9+/=\s]+$/.test(text)) return undefined;
  try {
    const pickle = inflateSync(Buffer.from(text, "base64"), { maxOutputLength: MOST_BYTES });
    const json = readPickledString(pickle);
    return json === undefined ? undefined : JSON.parse(json);
  } catch {
    return undefined; // Neither zlib nor JSON: the caller says that there are no tests.
  }
}

const [PROTO, FRAME, SHORT_TEXT, TEXT, LONG_TEXT, MEMOIZE, PUT, LONG_PUT, STOP] = [
  0x80, 0x95, 0x8c, 0x58, 0x8d, 0x94, 0x71, 0x72, 0x2e,
];

function readPickledString(bytes: Buffer): string | undefined {
  let text: string | undefined;
  const take = (at: number, length: number) => {
    if (text !== undefined || at + length > bytes.length) return undefined;
    text = bytes.toString("utf8", at, at + length);
    return at + length;
  };
  for (let at = 0; at < bytes.length; ) {
    let next: number | undefined;
    switch (bytes[at]) {
      case PROTO:
      case PUT:
        next = at + 2;
        break;
      case LONG_PUT:
        next = at + 5;
        break;
      case FRAME:
        next = at + 9;
        break;
      case MEMOIZE:
        next = at + 1;
        break;
      case SHORT_TEXT:
        next = take(at + 2, bytes.readUInt8(at + 1));
        break;
      case TEXT:
        next = take(at + 5, bytes.readUInt32LE(at + 1));
        break;
      case LONG_TEXT:
        next = take(at + 9, Number(bytes.readBigUInt64LE(at + 1)));
        break;
      case STOP:
        return text;
      default:
        return undefined;
    }
    if (next === undefined) return undefined;
    at = next;
  }
  return undefined;
}

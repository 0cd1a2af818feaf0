/** Files that are no text, told by their first bytes, each with what to do about it. */
import { inputError } from "./rows.ts";

const NOT_TEXT: readonly {
  readonly magic: string;
  readonly code: string;
  readonly what: string;
  readonly hint: string;
}[] = [
  {
    magic: "PK\u0003\u0004",
    code: "input-binary",
    what: "a zip archive or a spreadsheet",
    hint: "Unpack it, or save the sheet as CSV.",
  },
  {
    magic: "\u0028\u00b5\u002f\u00fd",
    code: "input-binary",
    what: "compressed with zstd",
    hint: "Unpack it first: zstd -d FILE",
  },
  { magic: "BZh", code: "input-binary", what: "compressed with bzip2", hint: "Unpack it first: bunzip2 FILE" },
  { magic: "\u00fd7zXZ", code: "input-binary", what: "compressed with xz", hint: "Unpack it first: unxz FILE" },
  {
    magic: "\u001f\u008b",
    code: "input-binary",
    what: "compressed with gzip twice",
    hint: "Unpack it once: gunzip FILE",
  },
  {
    magic: "\u00ff\u00fe",
    code: "input-utf16",
    what: "in UTF-16, not UTF-8",
    hint: "Convert it: iconv -f UTF-16 -t UTF-8 old > new",
  },
  {
    magic: "\u00fe\u00ff",
    code: "input-utf16",
    what: "in UTF-16, not UTF-8",
    hint: "Convert it: iconv -f UTF-16 -t UTF-8 old > new",
  },
  {
    magic: "version https://git-lfs",
    code: "input-lfs",
    what: "a Git LFS pointer, not the data it points to",
    hint: "Fetch the data: git lfs pull",
  },
];

/** Throws MezzoError when the head of a file says that it can't be JSON or a table. */
export function refuseWhatIsNotText(head: Buffer, name: string): void {
  const start = head.subarray(0, 32).toString("latin1");
  const known = NOT_TEXT.find(({ magic }) => start.startsWith(magic));
  if (known) throw inputError(known.code, `${name} is ${known.what}`, known.hint);
  if (!head.includes(0)) return;
  // UTF-16 without a mark: western text has a zero in every second byte.
  const zeros = head.subarray(0, 1000).filter((byte, index) => byte === 0 && index % 2 === 1).length;
  if (zeros > Math.min(head.length, 1000) / 4) {
    throw inputError(
      "input-utf16",
      `${name} is in UTF-16, not UTF-8`,
      "Convert it: iconv -f UTF-16LE -t UTF-8 old > new",
    );
  }
  throw inputError("input-binary", `${name} is not a text file: there is a zero byte at ${head.indexOf(0)}`);
}

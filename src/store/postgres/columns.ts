/**
 * Columns of rows in PostgreSQL's binary form of arrays: a batch is sent as a few dozen of them, and taken apart by `unnest`.
 * A Buffer goes to the server as it is; an array in its text form would be written, escaped and parsed byte by byte.
 *
 *   int4 dimensions (0 or 1) | int4 has nulls | int4 oid | int4 length | int4 first index | each: int4 length or -1, bytes
 */
const TYPES = {
  int2: { oid: 21, size: 2 },
  int4: { oid: 23, size: 4 },
  int8: { oid: 20, size: 8 },
  float8: { oid: 701, size: 8 },
  bool: { oid: 16, size: 1 },
  bytea: { oid: 17, size: 0 },
} as const;

export type ColumnType = keyof typeof TYPES;
/** A text stands as the bytes of its UTF-8: PostgreSQL's own text takes no U+0000. */
export type Cell = number | boolean | string | Buffer | null;

export class Column {
  readonly #type: ColumnType;
  readonly #cells: Cell[] = [];

  constructor(type: ColumnType, cells: readonly Cell[] = []) {
    this.#type = type;
    this.#cells.push(...cells);
  }

  get length(): number {
    return this.#cells.length;
  }

  push(cell: Cell): void {
    this.#cells.push(cell);
  }

  /** As a query's parameter. */
  toBuffer(): Buffer {
    const { oid, size } = TYPES[this.#type];
    const cells = this.#cells;
    if (cells.length === 0) return header(0, oid);
    let bytes = 20 + 4 * cells.length;
    for (const cell of cells) if (cell !== null) bytes += size === 0 ? bytesOf(cell) : size;
    const buffer = Buffer.allocUnsafe(bytes);
    header(1, oid).copy(buffer);
    buffer.writeInt32BE(cells.length, 12);
    buffer.writeInt32BE(1, 16);
    let at = 20;
    for (const cell of cells) {
      const length = cell === null ? -1 : writeCell(buffer, at + 4, this.#type, cell);
      buffer.writeInt32BE(length, at);
      at += 4 + Math.max(0, length);
    }
    return buffer;
  }
}

/** One array as a query's parameter. */
export function arrayOf(type: ColumnType, cells: readonly Cell[]): Buffer {
  return new Column(type, cells).toBuffer();
}

function header(dimensions: 0 | 1, oid: number): Buffer {
  const buffer = Buffer.alloc(12);
  buffer.writeInt32BE(dimensions, 0);
  buffer.writeInt32BE(1, 4);
  buffer.writeInt32BE(oid, 8);
  return buffer;
}

function bytesOf(cell: Cell): number {
  return typeof cell === "string" ? Buffer.byteLength(cell) : (cell as Buffer).length;
}

function writeCell(buffer: Buffer, at: number, type: ColumnType, cell: Exclude<Cell, null>): number {
  if (typeof cell === "string") return buffer.write(cell, at);
  if (Buffer.isBuffer(cell)) return cell.copy(buffer, at);
  const value = Number(cell);
  if (type === "int8") {
    const high = Math.floor(value / 2 ** 32);
    buffer.writeInt32BE(high, at);
    buffer.writeUInt32BE(value - high * 2 ** 32, at + 4);
  } else if (type === "float8") buffer.writeDoubleBE(value, at);
  else if (type === "int4") buffer.writeInt32BE(value, at);
  else if (type === "int2") buffer.writeInt16BE(value, at);
  else buffer.writeInt8(value, at);
  return TYPES[type].size;
}

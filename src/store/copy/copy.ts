/**
 * A whole store from one place to another: a file to a server, a server to a file, either to its like. Rows are streamed,
 * so memory stays flat; the target is all there or not at all; and before it is kept it is read back and compared with what
 * was read, by the number of rows and a hash over every cell.
 *
 * A run that is being worked on is copied as it was at the moment when the copy began: what its workers do after that is
 * not in it. Who works on a run, and the fences of its samples, are not copied.
 */
import { systemClock } from "../../core/clock.ts";
import { MezzoError } from "../../core/errors.ts";
import type { StorePlace } from "../where.ts";
import type { Connected } from "./postgres.ts";
import { type Source, Sum, TABLES, type Target } from "./tables.ts";

export interface Copied {
  readonly rows: number;
  /** Over every cell of the store, in order. */
  readonly hash: string;
}

/** Throws `file-exists`, `store-not-empty`, `copy-differs`, and whatever opening either place throws. */
export async function copyStore(
  from: StorePlace,
  to: StorePlace,
  onTable: (table: string, rows: number) => void = () => undefined,
): Promise<Copied> {
  const source = await openSource(from);
  try {
    const target = await openTarget(to);
    try {
      return await copyRows(source, target, { to, onTable });
    } finally {
      await target.close();
    }
  } catch (error) {
    const server = [to, from].find(({ kind }) => kind === "server");
    if (server === undefined) throw error;
    throw (await import("../postgres/failures.ts")).asPostgresError(error, server.shown);
  } finally {
    await source.close();
  }
}

async function copyRows(
  source: Source,
  target: Target,
  { to, onTable }: { readonly to: StorePlace; readonly onTable: (table: string, rows: number) => void },
): Promise<Copied> {
  let rows = 0;
  const hashes: string[] = [];
  for (const table of TABLES) {
    const [read, kept] = [new Sum(), new Sum()];
    for await (const page of source.pages(table)) {
      read.add(page);
      await target.put(table, page);
    }
    for await (const page of target.pages(table)) kept.add(page);
    const hash = read.digest();
    if (kept.digest() !== hash) {
      const counts = `${kept.rows} of ${read.rows} rows`;
      throw new MezzoError("copy-differs", `${to.shown}: table ${table.name} is not what was read (${counts})`, {
        hint: "Nothing was kept. `mezzo store check` says whether the source is sound.",
      });
    }
    rows += read.rows;
    hashes.push(hash);
    onTable(table.name, read.rows);
  }
  await target.keep();
  const all = new Sum();
  all.add([hashes]);
  return { rows, hash: all.digest() };
}

async function openSource(place: StorePlace): Promise<Source> {
  if (place.kind === "file") {
    await makeReady(place.path);
    return (await import("./sqlite.ts")).readFileRows(place.path);
  }
  const { readServerRows } = await import("./postgres.ts");
  return withConnection(place, readServerRows);
}

async function openTarget(place: StorePlace): Promise<Target> {
  if (place.kind === "file") return (await import("./sqlite.ts")).makeFileRows(place.path);
  const { fillServerRows } = await import("./postgres.ts");
  return withConnection(place, fillServerRows);
}

/** A file of an older Mezzo is brought up to date first, and its samples made ready for looking. */
async function makeReady(path: string): Promise<void> {
  const { openSqliteStore } = await import("../sqlite.ts");
  const store = openSqliteStore({ path });
  try {
    while (await store.look.catchUp());
  } finally {
    await store.close();
  }
}

async function withConnection<T>(
  place: Extract<StorePlace, { kind: "server" }>,
  use: (connected: Connected) => Promise<T>,
): Promise<T> {
  const { Server } = await import("../postgres/server.ts");
  const { asPostgresError } = await import("../postgres/failures.ts");
  const server = new Server({ ...place, clock: systemClock, patienceMs: 0, readers: 1, greet: async () => undefined });
  try {
    return await server.write((client) => use({ client, server, close: () => server.close() }));
  } catch (error) {
    await server.close();
    throw asPostgresError(error, place.shown);
  }
}

/** Opens the store at a place, loading only what that sort of store needs. */
import type { Clock } from "../core/clock.ts";
import type { Store } from "./store.ts";
import type { Turn } from "./turn.ts";
import type { StorePlace } from "./where.ts";

export interface OpenOptions {
  /** Of a file: for several threads on one (turn.ts). A server needs none. */
  readonly turn?: Turn;
  /** Of a server: makes the tables where there are none. A file is always made. */
  readonly create?: boolean;
  readonly clock?: Clock;
  /** Of a server: connections that read, beside the one that writes. One, if it is not said. */
  readonly readers?: number;
  /** Told while a server is waited for, and when it is back. */
  readonly say?: (line: string) => void;
}

/** Throws a MezzoError that says what is wrong with the place. */
export async function openStore(
  place: StorePlace,
  { turn, create, readers, clock, say }: OpenOptions = {},
): Promise<Store> {
  if (place.kind === "file") {
    const { openSqliteStore } = await import("./sqlite.ts");
    return openSqliteStore({ path: place.path, turn, clock });
  }
  const { openPostgresStore } = await import("./postgres/postgres.ts");
  return openPostgresStore({ url: place.url, shown: place.shown, create, readers, clock, say });
}

/** Stores in temporary folders for tests, closed and removed by `dispose`. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore, type SqliteStoreOptions } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import type { StoreUnderTest } from "./contract.ts";

export interface TemporaryStores {
  readonly folder: string;
  /** Where `open` opens unless told otherwise. */
  readonly path: string;
  open(options?: Partial<SqliteStoreOptions>): Store;
  dispose(): Promise<void>;
}

export function temporaryStores(): TemporaryStores {
  const folder = mkdtempSync(join(tmpdir(), "mezzo-store-"));
  const path = join(folder, "mezzo.db");
  const stores: Store[] = [];
  return {
    folder,
    path,
    open(options) {
      const store = openSqliteStore({ path, ...options });
      stores.push(store);
      return store;
    },
    async dispose() {
      await Promise.all(stores.map((store) => store.close()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** One store in a temporary folder, as the contracts want it. */
export function sqliteUnderTest(): StoreUnderTest {
  const stores = temporaryStores();
  return { store: stores.open(), again: async () => stores.open(), dispose: () => stores.dispose() };
}

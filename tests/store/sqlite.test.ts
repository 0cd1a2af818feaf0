import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import { storeContract } from "./contract.ts";

storeContract("SQLite", async () => {
  const folder = mkdtempSync(join(tmpdir(), "mezzo-store-"));
  const stores: Store[] = [];
  const open = async () => {
    const store = openSqliteStore({ path: join(folder, "mezzo.db") });
    stores.push(store);
    return store;
  };
  return {
    store: await open(),
    again: open,
    async dispose() {
      await Promise.all(stores.map((store) => store.close()));
      rmSync(folder, { recursive: true });
    },
  };
});

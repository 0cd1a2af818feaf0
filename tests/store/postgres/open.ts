/** Stores on a test's server: one database, emptied for each test, which takes a tenth of what a new one does. */
import { openPostgresStore } from "../../../src/store/postgres/postgres.ts";
import type { Store } from "../../../src/store/store.ts";
import type { TestPostgres } from "../../postgres.ts";
import type { StoreUnderTest } from "../contract.ts";

export function emptied(server: () => TestPostgres): () => Promise<StoreUnderTest> {
  let url: string | undefined;
  return async () => {
    const stores: Store[] = [];
    if (url !== undefined) await empty(server(), url);
    url ??= await server().newDatabase();
    const at = url;
    const open = async () => {
      const store = await openPostgresStore({ url: at, shown: "the test's database", create: true });
      stores.push(store);
      return store;
    };
    return {
      store: await open(),
      again: open,
      dispose: async () => {
        await Promise.all(stores.map((store) => store.close()));
      },
    };
  };
}

/** Takes everything out of a store. */
export async function empty(server: TestPostgres, url: string): Promise<void> {
  await server.ask(url, EMPTY);
}

const EMPTY = `DO $$ DECLARE tables text; BEGIN
  SELECT string_agg('mezzo.' || relname, ', ') INTO tables FROM pg_class
    WHERE relnamespace = 'mezzo'::regnamespace AND relkind = 'r' AND relname <> 'format';
  EXECUTE 'TRUNCATE ' || tables;
END $$`;

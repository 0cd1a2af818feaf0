import { afterAll, beforeAll } from "vitest";
import { openPostgresStore } from "../../../src/store/postgres/postgres.ts";
import type { Store } from "../../../src/store/store.ts";
import { startPostgres, type TestPostgres } from "../../postgres.ts";
import { storeContract } from "../contract.ts";

let server: TestPostgres;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());

storeContract("PostgreSQL", async () => {
  const url = await server.newDatabase();
  const stores: Store[] = [];
  const open = async () => {
    const store = await openPostgresStore({ url, shown: "the test's database", create: true });
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
});

import { storeContract } from "./contract.ts";
import { temporaryStores } from "./open.ts";

storeContract("SQLite", async () => {
  const stores = temporaryStores();
  return { store: stores.open(), again: async () => stores.open(), dispose: () => stores.dispose() };
});

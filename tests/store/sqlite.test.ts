import { storeContract } from "./contract.ts";
import { sqliteUnderTest } from "./open.ts";

storeContract("SQLite", async () => sqliteUnderTest());

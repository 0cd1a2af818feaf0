import { sqliteUnderTest } from "./open.ts";
import { valuesContract } from "./values-contract.ts";

valuesContract("SQLite", async () => sqliteUnderTest());

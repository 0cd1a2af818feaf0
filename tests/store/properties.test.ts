import { sqliteUnderTest } from "./open.ts";
import { propertiesContract } from "./properties-contract.ts";

propertiesContract("SQLite", async () => sqliteUnderTest(), 40);

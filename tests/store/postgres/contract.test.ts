/** The suites that every store must pass, on PostgreSQL. */
import { afterAll, beforeAll } from "vitest";
import { startPostgres, type TestPostgres } from "../../postgres.ts";
import { storeContract } from "../contract.ts";
import { lookContract } from "../look-contract.ts";
import { propertiesContract } from "../properties-contract.ts";
import { valuesContract } from "../values-contract.ts";
import { emptied } from "./open.ts";

let server: TestPostgres;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());

const open = emptied(() => server);
storeContract("PostgreSQL", open);
lookContract("PostgreSQL", open);
valuesContract("PostgreSQL", open);
propertiesContract("PostgreSQL", open, 15);

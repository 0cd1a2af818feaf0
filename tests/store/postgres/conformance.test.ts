/** LangGraph's own tests for savers, on PostgreSQL. They expect Vitest's names to be global. */
import type { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint";
import type { CheckpointSaverTestInitializer } from "@langchain/langgraph-checkpoint-validation";
import * as vitest from "vitest";
import { openPostgresStore } from "../../../src/store/postgres/postgres.ts";
import type { Store } from "../../../src/store/store.ts";
import { startPostgres, type TestPostgres } from "../../postgres.ts";

const { describe, it, test, expect, beforeAll, beforeEach, afterAll, afterEach } = vitest;
Object.assign(globalThis, { describe, it, test, expect, beforeAll, beforeEach, afterAll, afterEach });
const { deltaChannelHistoryTests, specTest } = await import("@langchain/langgraph-checkpoint-validation");

let server: TestPostgres;
let url: string;
beforeAll(async () => {
  server = await startPostgres();
  url = await server.newDatabase();
});
afterAll(() => server.dispose());

const opened = new Map<BaseCheckpointSaver, Store>();

const initializer: CheckpointSaverTestInitializer<BaseCheckpointSaver> = {
  checkpointerName: "mezzo on PostgreSQL",
  async createCheckpointer() {
    const store = await openPostgresStore({ url, shown: "the test's database", create: true });
    opened.set(store.saver, store);
    return store.saver;
  },
  async destroyCheckpointer(saver) {
    await opened.get(saver)!.close();
    // A database of its own for each would take a minute.
    await server.ask(url, "DELETE FROM mezzo.checkpoints; DELETE FROM mezzo.writes; DELETE FROM mezzo.threads");
  },
};

specTest(initializer);
deltaChannelHistoryTests(initializer);

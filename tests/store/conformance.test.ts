/** LangGraph's own tests for savers, on ours. They expect Vitest's names to be global. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint";
import type { CheckpointSaverTestInitializer } from "@langchain/langgraph-checkpoint-validation";
import * as vitest from "vitest";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";

const { describe, it, test, expect, beforeAll, beforeEach, afterAll, afterEach } = vitest;
Object.assign(globalThis, { describe, it, test, expect, beforeAll, beforeEach, afterAll, afterEach });
const { deltaChannelHistoryTests, specTest } = await import("@langchain/langgraph-checkpoint-validation");

const opened = new Map<BaseCheckpointSaver, { readonly store: Store; readonly folder: string }>();

const initializer: CheckpointSaverTestInitializer<BaseCheckpointSaver> = {
  checkpointerName: "mezzo",
  createCheckpointer() {
    const folder = mkdtempSync(join(tmpdir(), "mezzo-conformance-"));
    const store = openSqliteStore({ path: join(folder, "mezzo.db") });
    opened.set(store.saver, { store, folder });
    return store.saver;
  },
  async destroyCheckpointer(saver) {
    const { store, folder } = opened.get(saver)!;
    await store.close();
    rmSync(folder, { recursive: true });
  },
};

specTest(initializer);
deltaChannelHistoryTests(initializer);

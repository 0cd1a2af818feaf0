/** LangGraph's own tests for savers, on ours. They expect Vitest's names to be global. */
import type { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint";
import type { CheckpointSaverTestInitializer } from "@langchain/langgraph-checkpoint-validation";
import * as vitest from "vitest";
import { type TemporaryStores, temporaryStores } from "./open.ts";

const { describe, it, test, expect, beforeAll, beforeEach, afterAll, afterEach } = vitest;
Object.assign(globalThis, { describe, it, test, expect, beforeAll, beforeEach, afterAll, afterEach });
const { deltaChannelHistoryTests, specTest } = await import("@langchain/langgraph-checkpoint-validation");

const opened = new Map<BaseCheckpointSaver, TemporaryStores>();

const initializer: CheckpointSaverTestInitializer<BaseCheckpointSaver> = {
  checkpointerName: "mezzo",
  createCheckpointer() {
    const stores = temporaryStores();
    const { saver } = stores.open();
    opened.set(saver, stores);
    return saver;
  },
  destroyCheckpointer: (saver) => opened.get(saver)!.dispose(),
};

specTest(initializer);
deltaChannelHistoryTests(initializer);

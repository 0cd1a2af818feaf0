/** Every export format by its name. */
import { writeAlpaca } from "./alpaca.ts";
import { writeLineage } from "./lineage.ts";
import { writeMessages } from "./messages.ts";
import { writeOmniThought } from "./omnithought.ts";
import { writeCogpo, writeDpo } from "./preferences.ts";
import { writeShareGpt } from "./sharegpt.ts";
import type { RowWriter } from "./writer.ts";

export const WRITERS = {
  messages: writeMessages,
  sharegpt: writeShareGpt,
  alpaca: writeAlpaca,
  jsonl: writeLineage,
  dpo: writeDpo,
  cogpo: writeCogpo,
  omnithought: writeOmniThought,
} as const satisfies Readonly<Record<string, RowWriter>>;

export type ExportFormat = keyof typeof WRITERS;

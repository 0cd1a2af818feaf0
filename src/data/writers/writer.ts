/** What a format is to the exporter: one finished sample to one row, or the reason why it has none. */
import type { FinishedSample } from "../finished.ts";
import type { NoTurns } from "../turn.ts";

export type RowWriter = (sample: FinishedSample) => { readonly row: Readonly<Record<string, unknown>> } | NoTurns;

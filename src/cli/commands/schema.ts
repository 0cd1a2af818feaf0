/** `mezzo schema`: the JSON Schema that gives editors completion, hover and errors, with a graph's own kinds in it. */
import { graphJsonSchema, partJsonSchema } from "../../graph/json-schema.ts";
import { openGraph } from "../../graph/open.ts";
import type { ExitCode } from "../failure.ts";
import { showDiagnostics } from "../failure.ts";
import type { Io } from "../io.ts";

/** What is wrong with the graph's kinds is shown; its other mistakes are `validate`'s, and change nothing here. */
export function schema(io: Io, graph: string | undefined, flags: { readonly part?: boolean }): ExitCode {
  const opened = graph === undefined ? undefined : openGraph(graph, { env: io.env });
  const wrong = opened?.diagnostics.filter(({ code }) => ABOUT_KINDS.includes(code)) ?? [];
  if (opened !== undefined && wrong.length > 0) {
    showDiagnostics(io, wrong, opened.texts);
    return 1;
  }
  const make = flags.part === true ? partJsonSchema : graphJsonSchema;
  io.out(JSON.stringify(make(opened?.kinds), null, 2));
  return 0;
}

const ABOUT_KINDS = ["bad-kind", "bad-kind-file", "kind-taken", "unknown-file", "outside-reach", "unreadable-file"];

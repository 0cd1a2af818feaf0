/** One file in the text editor. The sheet on the desk is what counts; the editor follows it and tells it what is typed. */
import { useEffect, useRef } from "react";
import type { Diagnostic } from "../../../core/errors.ts";
import { type Editor, type Help, openEditor } from "./code-mirror.ts";
import type { Sheet } from "./desk.ts";

interface Props {
  readonly sheet: Sheet;
  readonly diagnostics: readonly Diagnostic[];
  readonly help: Help;
  /** A place to go to; another object goes there again. */
  readonly aim: { readonly line: number; readonly column?: number } | undefined;
  readonly onType: (text: string) => void;
  readonly onLine: (line: number) => void;
}

export function TextPane({ sheet, diagnostics, help, aim, onType, onLine }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor>(undefined);
  const told = useRef({ onType, onLine });
  told.current = { onType, onLine };
  // biome-ignore lint/correctness/useExhaustiveDependencies: another file is another editor; its text follows below.
  useEffect(() => {
    const opened = openEditor(host.current!, {
      text: sheet.text,
      language: sheet.path.endsWith(".md") ? "markdown" : "yaml",
      label: `Text of ${sheet.path}`,
      isLocked: sheet.locked !== null,
      help,
      onChange: (text) => told.current.onType(text),
      onLine: (line) => told.current.onLine(line),
    });
    editor.current = opened;
    return () => opened.destroy();
  }, [sheet.path, sheet.locked, help]);
  useEffect(() => editor.current?.setText(sheet.text), [sheet.text]);
  useEffect(() => editor.current?.setTroubles(diagnostics), [diagnostics]);
  useEffect(() => {
    if (aim === undefined) return;
    editor.current?.goTo(aim.line, aim.column);
    editor.current?.focus();
  }, [aim]);
  return <div className="text-pane" ref={host} />;
}

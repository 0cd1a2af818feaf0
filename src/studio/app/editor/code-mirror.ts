/**
 * The text editor: CodeMirror 6, with our checker's diagnostics and the schema's help.
 *
 * It lives in a shadow root. There CodeMirror adopts constructed style sheets; in the document itself it would write
 * <style> elements, which the page's security policy rightly refuses. Our colours reach into it: custom properties are
 * inherited.
 */
import {
  acceptCompletion,
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
  closeBrackets,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { markdown } from "@codemirror/lang-markdown";
import { yaml, yamlFrontmatter } from "@codemirror/lang-yaml";
import { bracketMatching, HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, type Diagnostic as Mark, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  hoverTooltip,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { Diagnostic } from "../../../core/errors.ts";

export interface Help {
  /** Offers for a place in a graph; nothing in a prompt. */
  complete(
    text: string,
    position: number,
    isAsked: boolean,
  ): { from: number; options: readonly Completion[] } | undefined;
  /** What the key under the pointer is for. */
  explain(text: string, position: number): { from: number; to: number; title: string; words: string } | undefined;
}

export interface EditorOptions {
  readonly text: string;
  readonly language: "yaml" | "markdown";
  readonly label: string;
  readonly isLocked: boolean;
  readonly help: Help;
  readonly onChange: (text: string) => void;
  readonly onLine: (line: number) => void;
}

export interface Editor {
  setText(text: string): void;
  setTroubles(diagnostics: readonly Diagnostic[]): void;
  goTo(line: number, column?: number): void;
  focus(): void;
  destroy(): void;
}

export function openEditor(host: HTMLElement, options: EditorOptions): Editor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  root.replaceChildren();
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({ doc: options.text, extensions: extensionsOf(options) }),
  });
  return {
    setText(text) {
      if (text === view.state.doc.toString()) return;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    },
    setTroubles(diagnostics) {
      view.dispatch(
        setDiagnostics(
          view.state,
          diagnostics.flatMap((each) => markOf(view.state, each)),
        ),
      );
    },
    goTo(line, column = 1) {
      const at = view.state.doc.line(Math.max(1, Math.min(line, view.state.doc.lines)));
      const anchor = Math.min(at.to, at.from + column - 1);
      view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
    },
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}

function extensionsOf(options: EditorOptions): Extension[] {
  return [
    lineNumbers(),
    lintGutter(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    history(),
    drawSelection(),
    bracketMatching(),
    closeBrackets(),
    highlightSelectionMatches(),
    search({ top: true }),
    indentUnit.of("  "),
    options.language === "yaml" ? yaml() : [yamlFrontmatter({ content: markdown() }), EditorView.lineWrapping],
    syntaxHighlighting(COLOURS),
    autocompletion({ override: [(context) => offers(context, options.help)], icons: false }),
    hoverTooltip((view, position) => {
      const found = options.help.explain(view.state.doc.toString(), position);
      if (found === undefined) return null;
      return {
        pos: found.from,
        end: found.to,
        above: true,
        create: () => ({ dom: explanation(found.title, found.words) }),
      };
    }),
    keymap.of([
      { key: "Tab", run: acceptCompletion },
      // Tab indents, as in every code editor; Escape, then Tab, leaves (CodeMirror's own way out for the keyboard).
      indentWithTab,
      ...completionKeymap,
      ...lintKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...defaultKeymap,
    ]),
    EditorState.readOnly.of(options.isLocked),
    EditorView.contentAttributes.of({ "aria-label": options.label, tabindex: "0" }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) options.onChange(update.state.doc.toString());
      if (update.selectionSet || update.docChanged) {
        options.onLine(update.state.doc.lineAt(update.state.selection.main.head).number);
      }
    }),
    LOOK,
  ];
}

function offers(context: CompletionContext, help: Help): CompletionResult | null {
  const found = help.complete(context.state.doc.toString(), context.pos, context.explicit);
  return found === undefined ? null : { from: found.from, options: [...found.options], validFor: /^[\w$.@/-]*$/ };
}

function explanation(title: string, words: string): HTMLElement {
  const box = document.createElement("div");
  box.className = "explanation";
  const name = document.createElement("strong");
  name.textContent = title;
  const text = document.createElement("div");
  text.textContent = words;
  box.append(name, text);
  return box;
}

/** The checker counts lines and columns from 1; what is typed meanwhile may have moved them. */
function markOf({ doc }: EditorState, diagnostic: Diagnostic): Mark[] {
  const { place } = diagnostic;
  const line = doc.line(Math.max(1, Math.min(place?.line ?? 1, doc.lines)));
  const from = Math.min(line.to, line.from + (place?.column ?? 1) - 1);
  const to = Math.min(doc.length, from + Math.max(1, place?.length ?? 1));
  const hint = diagnostic.hint === undefined ? "" : `\n${diagnostic.hint}`;
  return [
    { from, to, severity: diagnostic.severity, message: `${diagnostic.message}${hint}`, source: diagnostic.code },
  ];
}

const COLOURS = HighlightStyle.define([
  {
    tag: [tags.propertyName, tags.definition(tags.propertyName), tags.heading],
    color: "var(--code-key)",
    fontWeight: "600",
  },
  { tag: [tags.string, tags.content], color: "var(--ink)" },
  { tag: tags.special(tags.string), color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword, tags.atom], color: "var(--code-value)" },
  { tag: [tags.comment, tags.lineComment, tags.meta], color: "var(--quiet)", fontStyle: "italic" },
  { tag: [tags.punctuation, tags.separator, tags.brace, tags.squareBracket], color: "var(--quiet)" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: tags.strong, fontWeight: "700" },
]);

const LOOK = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "var(--surface)", fontSize: "12.5px" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6" },
  ".cm-content": { caretColor: "var(--accent)", padding: "8px 0" },
  ".cm-cursor": { borderLeftColor: "var(--accent)", borderLeftWidth: "2px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--accent-ground)",
  },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--quiet)", border: "none" },
  ".cm-activeLine": { backgroundColor: "var(--line-here)" },
  ".cm-activeLineGutter": { backgroundColor: "var(--line-here)", color: "var(--ink)" },
  ".cm-selectionMatch": { backgroundColor: "var(--accent-ground)" },
  ".cm-matchingBracket": { backgroundColor: "var(--accent-ground)", outline: "1px solid var(--accent)" },
  ".cm-tooltip": {
    maxWidth: "460px",
    border: "1px solid var(--line-strong)",
    borderRadius: "6px",
    backgroundColor: "var(--raised)",
    color: "var(--ink)",
    font: "12.5px/1.45 var(--ui)",
    boxShadow: "var(--shadow)",
  },
  ".cm-tooltip .explanation": { padding: "7px 10px", whiteSpace: "pre-wrap" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "15em" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "2px 8px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {
    backgroundColor: "var(--accent-ground)",
    color: "var(--accent)",
  },
  ".cm-completionDetail": { color: "var(--quiet)", fontStyle: "normal", fontFamily: "var(--ui)", fontSize: "11.5px" },
  ".cm-completionInfo": { padding: "7px 10px", whiteSpace: "pre-wrap" },
  ".cm-diagnostic": { padding: "6px 10px", borderLeft: "3px solid var(--failed)", whiteSpace: "pre-wrap" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--heavy)" },
  ".cm-diagnosticSource": { color: "var(--quiet)", opacity: "1" },
  ".cm-lintRange-error": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--failed)",
    textUnderlineOffset: "3px",
  },
  ".cm-lintRange-warning": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--heavy)",
    textUnderlineOffset: "3px",
  },
  ".cm-gutter-lint": { width: "14px" },
  ".cm-gutter-lint .cm-lint-marker": { width: "8px", height: "8px", padding: "0", margin: "5px 3px" },
  ".cm-lint-marker-error": { content: "normal", borderRadius: "50%", backgroundColor: "var(--failed)" },
  ".cm-lint-marker-warning": { content: "normal", borderRadius: "2px", backgroundColor: "var(--heavy)" },
  ".cm-panels": { backgroundColor: "var(--ground)", color: "var(--ink)", font: "12.5px var(--ui)" },
  ".cm-panels.cm-panels-top": { borderBottom: "1px solid var(--line)" },
  ".cm-textfield": { backgroundColor: "var(--surface)", border: "1px solid var(--line-strong)", borderRadius: "4px" },
  ".cm-button": {
    backgroundImage: "none",
    backgroundColor: "var(--raised)",
    border: "1px solid var(--line-strong)",
    borderRadius: "4px",
  },
});

/**
 * The editor: a graph and its prompts as text, beside the picture that follows as one types. The checker is the one that
 * runs, so what it finds here is what would stop a run; its places are underlined where they are.
 */
import { useEffect, useMemo, useState } from "react";
import { useStore } from "zustand";
import type { Diagnostic } from "../../../core/errors.ts";
import { send } from "../client.ts";
import { plural } from "../format.ts";
import { Picture } from "../graph/picture.tsx";
import { useKeys } from "../keys.ts";
import { useLive } from "../live.ts";
import { plain } from "../parts/plain.tsx";
import { Empty, Loading, Trouble } from "../parts/states.tsx";
import { fetchOnce } from "../remote.ts";
import { go, guardLeaving, setQuery, to, usePlace } from "../router.ts";
import { StartDialog } from "../runs/start-dialog.tsx";
import { Bar } from "../shell/top-bar.tsx";
import { Conflict } from "./conflict.tsx";
import { type Desk, type DeskState, isChanged, openDesk, type Sheet } from "./desk.ts";
import { graphHelp, NO_HELP } from "./graph-help.ts";
import { Preview } from "./preview.tsx";
import type { Schema } from "./schema-help.ts";
import { SurveyBar } from "./survey-bar.tsx";
import { TextPane } from "./text-pane.tsx";
import { TryPanel } from "./try-panel.tsx";
import { lineOfNode, nodeAtLine } from "./yaml-places.ts";
import "./editor-page.css";

export default function EditorPage({ file }: { readonly file: string }) {
  useLive();
  const [desk, setDesk] = useState<Desk>();
  useEffect(() => {
    const opened = openDesk(file);
    setDesk(opened);
    opened.open(file);
    return () => opened.close();
  }, [file]);
  return desk === undefined ? <Loading what="the editor" /> : <Opened key={file} file={file} desk={desk} />;
}

type Aim = { readonly line: number; readonly column?: number };

function Opened({ file, desk }: { readonly file: string; readonly desk: Desk }) {
  const { query } = usePlace();
  const state = useStore(desk);
  const shown = query.get("prompt") ?? file;
  const sheet = state.sheets[shown];
  const [line, setLine] = useState(1);
  const [aim, setAim] = useState<Aim>();
  const help = useGraphHelp(desk);
  const changed = Object.values(state.sheets).filter(isChanged);
  useEffect(() => {
    desk.open(shown);
  }, [desk, shown]);
  useUnsaved(changed.length);
  const show = (path: string) => setQuery({ prompt: path === file ? undefined : path });
  const goToTrouble = ({ place }: Diagnostic) => {
    if (place === undefined) return;
    show(place.file);
    setAim({ line: place.line, column: place.column });
  };
  const saveAll = async () => {
    for (const each of changed) if (!(await desk.save(each.path))) return false;
    return true;
  };
  const run = async () => (await saveAll()) && setQuery({ start: "1" });
  useKeys("Editor", [
    { key: "mod+s", does: "save", run: () => void saveAll(), always: true },
    { key: "mod+Enter", does: "save and start a run", run: () => void run(), always: true },
    { key: "u", does: "all graphs", run: () => go(to.graphs()) },
  ]);
  const errors = state.checked?.diagnostics.filter((each) => each.severity === "error") ?? [];
  return (
    <>
      <Bar crumbs={[{ text: "graphs", href: to.graphs() }, { text: file }]}>
        <Verdict state={state} changed={changed.length} />
        <button
          type="button"
          className="button"
          disabled={changed.length === 0 || state.saving !== undefined}
          onClick={() => void saveAll()}
        >
          {state.saving === undefined ? "Save" : "Saving …"}
        </button>
        <button
          type="button"
          className="button main"
          disabled={errors.length > 0}
          title={errors.length > 0 ? "A graph with a mistake in it does not start" : undefined}
          onClick={() => void run()}
        >
          {changed.length > 0 ? "Save and run" : "Run"}
        </button>
      </Bar>
      <main className="editor-page">
        <section className="texts" aria-label="Text">
          <Tabs file={file} shown={shown} state={state} show={show} />
          {state.error === undefined ? null : <Trouble error={state.error} />}
          {sheet?.isOvertaken ? <Conflict desk={desk} sheet={sheet} /> : null}
          {sheet !== undefined && sheet.locked !== null ? (
            <p className="locked" role="status">
              {plain(sheet.locked)}
            </p>
          ) : null}
          {sheet === undefined ? (
            state.error === undefined ? (
              <Loading what="the file" />
            ) : null
          ) : (
            <TextPane
              sheet={sheet}
              diagnostics={troublesIn(state, shown)}
              help={shown === file ? help : NO_HELP}
              aim={aim}
              onType={(text) => desk.type(shown, text)}
              onLine={setLine}
            />
          )}
          <Troubles all={state.checked?.diagnostics ?? []} goTo={goToTrouble} />
        </section>
        <section className="echo" aria-label="Picture and preview">
          <EchoPicture
            file={file}
            state={state}
            line={shown === file ? line : 0}
            prompt={shown}
            aimAt={(at) => {
              show(file);
              setAim(at);
            }}
          />
          <Pane
            file={file}
            shown={shown}
            state={state}
            texts={textsOf(changed)}
            query={query}
            here={shown === file ? nodeAtLine(state.sheets[file]?.text ?? "", line) : undefined}
          />
        </section>
        <SurveyBar
          graph={file}
          texts={textsOf(changed)}
          plan={state.checked?.plan ?? undefined}
          query={query}
          rerun={async (run) => {
            if (!(await saveAll())) return;
            await send("/api/resume", { run, graph: file });
            go(to.run(run));
          }}
        />
      </main>
      {query.get("start") === null ? null : (
        <StartDialog graph={file} close={() => setQuery({ start: undefined }, { replace: true })} />
      )}
    </>
  );
}

interface PaneProps {
  readonly file: string;
  readonly shown: string;
  readonly state: DeskState;
  readonly texts: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly here: string | undefined;
}

/** Below the picture: the node under the cursor to be tried; for a prompt also what it would send. */
function Pane({ file, shown, state, texts, query, here }: PaneProps) {
  const nodes = state.drawn?.nodes.filter((node) => node.role === "node") ?? [];
  const name = shown.split("/").at(-1);
  const user = nodes.find((node) => node.prompts.some((each) => each.split("/").at(-1) === name));
  const isPreview = shown !== file && query.get("pane") !== "try";
  return (
    <div className="pane">
      {shown === file ? null : (
        <div className="row tabs" role="toolbar" aria-label="What to see">
          {(["preview", "try"] as const).map((each) => (
            <button
              key={each}
              type="button"
              className="button plain small"
              aria-pressed={isPreview === (each === "preview")}
              onClick={() => setQuery({ pane: each === "try" ? "try" : undefined }, { replace: true })}
            >
              {each}
            </button>
          ))}
        </div>
      )}
      {isPreview ? (
        <Preview prompt={shown} texts={texts} query={query} />
      ) : (
        <TryPanel
          graph={file}
          texts={texts}
          query={query}
          nodes={nodes.map((node) => node.name)}
          here={shown === file ? here : user?.name}
        />
      )}
    </div>
  );
}

function textsOf(sheets: readonly Sheet[]): Record<string, string> {
  return Object.fromEntries(sheets.map(({ path, text }) => [path, text]));
}

const NO_TROUBLES: readonly Diagnostic[] = [];

function troublesIn({ checked }: DeskState, path: string): readonly Diagnostic[] {
  const found = checked?.diagnostics.filter((each) => (each.place?.file ?? path) === path);
  return found === undefined || found.length === 0 ? NO_TROUBLES : found;
}

function useGraphHelp(desk: Desk) {
  return useMemo(() => {
    let schema: Schema | undefined;
    fetchOnce<Schema>("/api/schema").then(
      (read) => {
        schema = read;
      },
      () => undefined, // Without it there is no completion; the checker says the rest.
    );
    return graphHelp(
      () => schema,
      () => desk.getState().prompts.map(({ name }) => name),
    );
  }, [desk]);
}

/** Nothing typed is lost by a click or a closed tab. */
function useUnsaved(changed: number): void {
  useEffect(() => {
    if (changed === 0) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", ask);
    const release = guardLeaving(() => confirm(`Leave without saving ${plural(changed, "file")}?`));
    return () => {
      removeEventListener("beforeunload", ask);
      release();
    };
  }, [changed]);
}

function Verdict({ state, changed }: { readonly state: DeskState; readonly changed: number }) {
  const { checked } = state;
  const errors = checked?.diagnostics.filter((each) => each.severity === "error").length ?? 0;
  return (
    <span className="row verdict" role="status">
      {changed === 0 ? null : <span className="quiet">{plural(changed, "file")} not saved</span>}
      {checked === undefined ? null : errors === 0 ? (
        <span className="tone-fits">✓ no mistakes</span>
      ) : (
        <span className="tone-failed">✕ {plural(errors, "mistake")}</span>
      )}
    </span>
  );
}

interface TabsProps {
  readonly file: string;
  readonly shown: string;
  readonly state: DeskState;
  readonly show: (path: string) => void;
}

function Tabs({ file, shown, state, show }: TabsProps) {
  const { prompts } = state;
  const paths = [...new Set([file, ...prompts.filter((prompt) => prompt.exists).map(({ path }) => path), shown])];
  return (
    <nav className="row file-tabs" aria-label="Files">
      {paths.map((path) => {
        const sheet = state.sheets[path];
        const isWrong = troublesIn(state, path).some((each) => each.severity === "error" && each.place !== undefined);
        return (
          <button
            key={path}
            type="button"
            aria-current={path === shown ? "page" : undefined}
            title={plain(path)}
            onClick={() => show(path)}
          >
            {plain(path.split("/").at(-1)!)}
            {sheet !== undefined && isChanged(sheet) ? <span title="Not saved">●</span> : null}
            {isWrong ? (
              <span className="tone-failed" title="Has a mistake">
                ✕
              </span>
            ) : null}
          </button>
        );
      })}
    </nav>
  );
}

function Troubles({
  all,
  goTo,
}: {
  readonly all: readonly Diagnostic[];
  readonly goTo: (trouble: Diagnostic) => void;
}) {
  if (all.length === 0) return null;
  return (
    <ul className="troubles" aria-label="Mistakes">
      {all.map((each) => (
        <li key={`${each.code} ${each.place?.file}:${each.place?.line}:${each.place?.column} ${each.message}`}>
          <button type="button" onClick={() => goTo(each)}>
            <span className={each.severity === "error" ? "tone-failed" : "tone-heavy"}>
              {each.severity === "error" ? "✕" : "!"}
            </span>
            <span className="grow">
              {plain(each.message)}
              {each.hint === undefined ? null : <span className="quiet"> {plain(each.hint)}</span>}
            </span>
            <span className="quiet mono">
              {each.place === undefined ? each.code : `${plain(each.place.file.split("/").at(-1)!)}:${each.place.line}`}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

interface EchoProps {
  readonly file: string;
  readonly state: DeskState;
  readonly line: number;
  /** The file that is shown: nodes that use a prompt stand out while it is edited. */
  readonly prompt: string;
  readonly aimAt: (aim: Aim) => void;
}

function EchoPicture({ file, state, line, prompt, aimAt }: EchoProps) {
  const text = state.sheets[file]?.text ?? "";
  if (state.drawn === null) {
    return (
      <div className="echo-picture">
        {state.checked === undefined ? null : (
          <Empty title="No picture yet">It appears when the graph can be read.</Empty>
        )}
      </div>
    );
  }
  const here = nodeAtLine(text, line);
  const name = prompt.split("/").at(-1)!;
  const wrong = new Set(
    troublesIn(state, file).flatMap((each) =>
      each.place === undefined ? [] : (nodeAtLine(text, each.place.line) ?? []),
    ),
  );
  const isOld = state.checked?.drawn === null;
  return (
    <div className="echo-picture">
      {isOld ? <p className="old quiet">as it was before the mistake</p> : null}
      <Picture
        size={prompt === file ? "full" : "small"}
        drawn={state.drawn}
        node={(node) => ({
          ...(node.role === "node"
            ? {
                facts: [node.models.map(plain).join(", "), node.prompts.map(plain).join(", ")].filter(
                  (word) => word !== "",
                ),
              }
            : {}),
          ...(node.kind === undefined || prompt !== file
            ? { corner: "" }
            : {
                corner: [node.kind, node.limit === undefined ? "" : `≤ ${node.limit} ×`]
                  .filter((word) => word !== "")
                  .join(" "),
              }),
          ...(wrong.has(node.name)
            ? { mood: "wrong" as const }
            : here === node.name || node.prompts.some((each) => each.split("/").at(-1) === name)
              ? { mood: "here" as const }
              : {}),
          says: [plain(node.name), node.kind ?? node.role, node.when === undefined ? "" : `when ${plain(node.when)}`]
            .filter((word) => word !== "")
            .join(", "),
        })}
        edge={() => ({})}
        onNode={(node) => {
          const at = lineOfNode(text, node.name);
          if (at !== undefined) aimAt({ line: at });
        }}
      />
    </div>
  );
}

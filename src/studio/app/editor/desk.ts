/**
 * What lies on the editor's desk: a graph, its prompts, what has been typed into each, and what the checker says of it all.
 *
 *   closed ──open──▶ reading ──▶ clean ──typed──▶ changed ──save──▶ clean
 *                                  │                 │  └──the file has another version──▶ conflict ──keep mine, take theirs──▶ ...
 *                                  └─changed underneath: read again     └─changed underneath: said, kept
 *
 * Invariant: what was typed is lost only where someone says so.
 */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { Checked, FileText } from "../../api.ts";
import { addressOf, ask, type Refused, refusalOf, send } from "../client.ts";
import { live } from "../live.ts";
import { invalidate } from "../remote.ts";

export interface Sheet {
  readonly path: string;
  /** As it was read or last saved. */
  readonly saved: string;
  readonly text: string;
  readonly version: string | null;
  readonly locked: string | null;
  /** Someone else has written the file since it was read. */
  readonly isOvertaken: boolean;
}

export interface DeskState {
  readonly sheets: Readonly<Record<string, Sheet>>;
  readonly checked: Checked | undefined;
  /** The last picture that could be drawn: half a line typed does not take it away. */
  readonly drawn: Checked["drawn"];
  /** The same for the prompts that it names. */
  readonly prompts: Checked["prompts"];
  readonly error: Refused | undefined;
  readonly saving: string | undefined;
}

export interface Desk extends StoreApi<DeskState> {
  /** Reads a file, if it is not there yet. */
  open(path: string): Promise<void>;
  type(path: string, text: string): void;
  /** False where it was refused: then it is `isOvertaken`, or `error` says why. */
  save(path: string, how?: { readonly overThem?: boolean }): Promise<boolean>;
  /** Throws away what was typed. */
  takeTheirs(path: string): Promise<void>;
  close(): void;
}

const REST_MS = 220;

export function openDesk(graph: string): Desk {
  const store = createStore<DeskState>(() => ({
    sheets: {},
    checked: undefined,
    drawn: null,
    prompts: [],
    error: undefined,
    saving: undefined,
  }));
  let timer: ReturnType<typeof setTimeout> | undefined;
  let checking: AbortController | undefined;
  const put = (path: string, change: Partial<Sheet>) =>
    store.setState(({ sheets }) => ({ sheets: { ...sheets, [path]: { ...sheets[path]!, ...change } } }));

  async function read(path: string): Promise<void> {
    try {
      const file = await ask<FileText>("/api/file", { path });
      const { text, version, locked } = file;
      store.setState(({ sheets }) => ({
        error: undefined,
        sheets: { ...sheets, [path]: { path, saved: text, text, version, locked, isOvertaken: false } },
      }));
      checkSoon(0);
    } catch (thrown) {
      store.setState({ error: refusalOf(thrown) });
    }
  }

  function checkSoon(wait: number): void {
    clearTimeout(timer);
    timer = setTimeout(check, wait);
  }

  async function check(): Promise<void> {
    checking?.abort();
    const mine = new AbortController();
    checking = mine;
    const changed = Object.values(store.getState().sheets).filter(isChanged);
    const texts = Object.fromEntries(changed.map(({ path, text }) => [path, text]));
    try {
      const checked = await send<Checked>("/api/check", { path: graph, texts }, { signal: mine.signal });
      store.setState(({ drawn, prompts }) => ({
        checked,
        drawn: checked.drawn ?? drawn,
        prompts: checked.prompts.length > 0 ? checked.prompts : prompts,
        error: undefined,
      }));
    } catch (thrown) {
      if (!mine.signal.aborted) store.setState({ error: refusalOf(thrown) });
    }
  }

  const unsubscribe = live.subscribe(({ files }, before) => {
    const news = files.at(-1);
    if (files === before.files || news === undefined) return;
    const sheet = store.getState().sheets[news.path];
    if (sheet === undefined) return checkSoon(REST_MS);
    if (sheet.version === news.version) return;
    if (isChanged(sheet)) put(news.path, { isOvertaken: true });
    else read(news.path);
  });

  return {
    ...store,
    async open(path) {
      if (store.getState().sheets[path] === undefined) await read(path);
    },
    type(path, text) {
      if (store.getState().sheets[path]?.text === text) return;
      put(path, { text });
      checkSoon(REST_MS);
    },
    async save(path, how = {}) {
      const sheet = store.getState().sheets[path]!;
      store.setState({ saving: path, error: undefined });
      try {
        const version = how.overThem === true ? (await ask<FileText>("/api/file", { path })).version : sheet.version;
        const file = await send<FileText>("/api/file", { path, text: sheet.text, version }, { method: "PUT" });
        put(path, { saved: sheet.text, version: file.version, isOvertaken: false });
        invalidate((address) => address.startsWith(addressOf("/api/files")));
        return true;
      } catch (thrown) {
        const refused = refusalOf(thrown);
        if (refused.code === "file-changed") put(path, { isOvertaken: true });
        else store.setState({ error: refused });
        return false;
      } finally {
        store.setState({ saving: undefined });
      }
    },
    takeTheirs: read,
    close() {
      clearTimeout(timer);
      checking?.abort();
      unsubscribe();
    },
  };
}

export function isChanged(sheet: Sheet): boolean {
  return sheet.text !== sheet.saved;
}

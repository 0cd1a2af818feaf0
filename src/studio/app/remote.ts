/**
 * What the server said, kept outside React: asked once for however many views want it, shown again at once when someone
 * comes back, and left in place, marked as old, while something newer is on its way.
 *
 *   nothing ──ask──▶ loading ──▶ there ──invalidate──▶ there, loading ──▶ there
 *                       └──────▶ failed ◀──────────────────┘ (what was there stays there)
 *
 * An answer that comes after a newer request for the same address has begun is dropped.
 */
import { useCallback, useEffect, useRef, useSyncExternalStore } from "react";
import { ask, charsOf, type Refused, refusalOf } from "./client.ts";

export interface Remote<T> {
  readonly data: T | undefined;
  readonly error: Refused | undefined;
  readonly isLoading: boolean;
}

interface Entry {
  state: Remote<unknown>;
  readonly watchers: Set<() => void>;
  request: AbortController | undefined;
  isOld: boolean;
  usedAt: number;
}

const NOTHING: Remote<never> = { data: undefined, error: undefined, isLoading: true };
const MOST_ENTRIES = 120;
/** Of answers that nobody looks at just now: some hold the texts of a sample's every step. */
const MOST_CHARS = 15_000_000;
const entries = new Map<string, Entry>();

function entryOf(address: string): Entry {
  let entry = entries.get(address);
  if (entry === undefined) {
    // Nobody watches the new one yet: it comes after the others have been thinned out, or it would be gone at once.
    forgetSome();
    entry = { state: NOTHING, watchers: new Set(), request: undefined, isOld: true, usedAt: 0 };
    entries.set(address, entry);
  }
  entry.usedAt = performance.now();
  return entry;
}

/** Memory is bounded by what is looked at, not by what was. */
function forgetSome(): void {
  const idle = [...entries].filter(([, entry]) => entry.watchers.size === 0 && entry.request === undefined);
  let held = idle.reduce((sum, [, { state }]) => sum + charsOf(state.data), 0);
  if (entries.size < MOST_ENTRIES && held <= MOST_CHARS) return;
  idle.sort(([, one], [, other]) => one.usedAt - other.usedAt);
  for (const [address, { state }] of idle) {
    if (entries.size < MOST_ENTRIES && held <= MOST_CHARS) return;
    held -= charsOf(state.data);
    entries.delete(address);
  }
}

function load(address: string): void {
  const entry = entryOf(address);
  entry.request?.abort();
  const request = new AbortController();
  entry.request = request;
  entry.isOld = false;
  put(entry, { ...entry.state, isLoading: true });
  ask<unknown>(address, {}, request.signal).then(
    (data) => settle({ data, error: undefined, isLoading: false }),
    (thrown: unknown) => settle({ data: entry.state.data, error: refusalOf(thrown), isLoading: false }),
  );
  function settle(state: Remote<unknown>): void {
    if (entry.request !== request) return;
    entry.request = undefined;
    put(entry, state);
    // Said to be old while it was on its way: once more.
    if (entry.isOld && entry.watchers.size > 0) load(address);
  }
}

function put(entry: Entry, state: Remote<unknown>): void {
  entry.state = state;
  for (const tell of entry.watchers) tell();
}

/** Says that what is known of these addresses is old. Those on the screen are asked again now, others when wanted. */
export function invalidate(matches: (address: string) => boolean): void {
  for (const [address, entry] of entries) {
    if (!matches(address)) continue;
    entry.isOld = true;
    if (entry.watchers.size > 0 && entry.request === undefined) load(address);
  }
}

/** Puts in what is known from elsewhere (a live event). Nothing happens where nobody has asked yet. */
export function patch<T>(address: string, change: (data: T) => T): void {
  const entry = entries.get(address);
  if (entry?.state.data === undefined) return;
  put(entry, { ...entry.state, data: change(entry.state.data as T) });
}

function subscribe(address: string | undefined, tell: () => void): () => void {
  if (address === undefined) return () => undefined;
  const entry = entryOf(address);
  entry.watchers.add(tell);
  if (entry.isOld && entry.request === undefined) load(address);
  return () => {
    entry.watchers.delete(tell);
    if (entry.watchers.size === 0 && entry.request !== undefined) {
      entry.request.abort();
      entry.request = undefined;
      entry.isOld = true;
    }
  };
}

/** What an address gives; `undefined` asks nothing. */
export function useRemote<T>(address: string | undefined): Remote<T> {
  const state = useSyncExternalStore(
    useCallback((tell) => subscribe(address, tell), [address]),
    () => (address === undefined ? NOTHING : entryOf(address).state),
  );
  return state as Remote<T>;
}

/** The same, and what the last address gave stays in place until the next has answered. */
export function useSteadyRemote<T>(address: string | undefined): Remote<T> & { readonly isOld: boolean } {
  const now = useRemote<T>(address);
  const last = useRef<T | undefined>(undefined);
  useEffect(() => {
    if (now.data !== undefined) last.current = now.data;
  });
  return { ...now, data: now.data ?? last.current, isOld: now.data === undefined && last.current !== undefined };
}

/** Several addresses at once, in their order: the pages of a list that are on the screen. */
export function useRemotes<T>(addresses: readonly string[]): readonly Remote<T>[] {
  const last = useRef<readonly Remote<unknown>[]>([]);
  const states = useSyncExternalStore(
    // biome-ignore lint/correctness/useExhaustiveDependencies: the addresses themselves, not the list that holds them.
    useCallback(
      (tell) => {
        const leave = addresses.map((address) => subscribe(address, tell));
        return () => {
          for (const each of leave) each();
        };
      },
      [addresses.join("\n")],
    ),
    () => {
      const now = addresses.map((address) => entryOf(address).state);
      const isSame = now.length === last.current.length && now.every((state, index) => state === last.current[index]);
      if (!isSame) last.current = now;
      return last.current;
    },
  );
  return states as readonly Remote<T>[];
}

/** Asks once, keeps the answer, and gives it to whoever asks again; for code outside React. */
export async function fetchOnce<T>(address: string): Promise<T> {
  const entry = entryOf(address);
  if (entry.state.data !== undefined && !entry.isOld) return entry.state.data as T;
  if (entry.request === undefined) load(address);
  return new Promise((resolve, reject) => {
    const look = () => {
      if (entry.state.isLoading) return;
      entry.watchers.delete(look);
      if (entry.state.error !== undefined) reject(entry.state.error);
      else resolve(entry.state.data as T);
    };
    entry.watchers.add(look);
    look();
  });
}

/**
 * The keyboard. Views say which keys do what while they are on the screen; one listener finds the newest view that knows
 * the key, and `?` shows all that are known now. Keys typed into a field are the field's own, Escape apart.
 */
import { useEffect, useRef } from "react";
import { createStore } from "zustand/vanilla";

export interface Key {
  /** As `KeyboardEvent.key` says: "j", "/", "Escape", "ArrowLeft"; "mod+s" with Ctrl or Cmd. */
  readonly key: string;
  /** What it does, for the list of keys. */
  readonly does: string;
  readonly run: () => void;
  /** Works inside a field, too. */
  readonly always?: boolean;
}
export interface KeyGroup {
  readonly title: string;
  readonly keys: readonly Key[];
}

export const keyGroups = createStore<{ readonly groups: readonly { readonly now: () => KeyGroup }[] }>(() => ({
  groups: [],
}));

/** Keys of a view, for as long as it is mounted. They may change with every drawing. */
export function useKeys(title: string, keys: readonly Key[]): void {
  const latest = useRef<KeyGroup>({ title, keys });
  latest.current = { title, keys };
  useEffect(() => {
    const group = { now: () => latest.current };
    keyGroups.setState(({ groups }) => ({ groups: [...groups, group] }));
    return () => keyGroups.setState(({ groups }) => ({ groups: groups.filter((other) => other !== group) }));
  }, []);
}

addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.altKey) return;
  const pressed = event.ctrlKey || event.metaKey ? `mod+${event.key.toLowerCase()}` : event.key;
  const inField = isField(event.composedPath()[0]);
  const known = keyGroups
    .getState()
    .groups.flatMap((group) => group.now().keys)
    .findLast((key) => key.key === pressed && (key.always === true || !inField));
  if (known === undefined) return;
  event.preventDefault();
  known.run();
});

function isField(target: EventTarget | undefined): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button", "range"].includes(target.type);
  return target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

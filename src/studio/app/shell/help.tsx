/** All keys that do something now, by the view that they belong to. */
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import { type Key, keyGroups, useKeys } from "../keys.ts";
import { Dialog } from "../parts/dialog.tsx";
import { go, to } from "../router.ts";

export const help = createStore<{ readonly isOpen: boolean }>(() => ({ isOpen: false }));

const NAMES: Readonly<Record<string, string>> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Escape: "Esc",
};

export function Help() {
  const { isOpen } = useStore(help);
  const { groups } = useStore(keyGroups);
  useKeys("Everywhere", [
    { key: "?", does: "all keys", run: () => help.setState({ isOpen: true }) },
    { key: "R", does: "runs", run: () => go(to.runs()) },
    { key: "G", does: "graphs", run: () => go(to.graphs()) },
  ]);
  if (!isOpen) return null;
  const byTitle = new Map<string, Key[]>();
  for (const { title, keys } of groups.map((group) => group.now())) {
    byTitle.set(title, [...(byTitle.get(title) ?? []), ...keys]);
  }
  return (
    <Dialog title="Keys" close={() => help.setState({ isOpen: false })}>
      <div className="body help-keys">
        {[...byTitle].map(([title, keys]) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {keys.map((key) => (
                <div key={key.key} style={{ display: "contents" }}>
                  <dt>
                    <kbd>{nameOf(key.key)}</kbd>
                  </dt>
                  <dd>{key.does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

function nameOf(key: string): string {
  if (key.startsWith("mod+")) return `Ctrl ${key.slice(4).toUpperCase()}`;
  return NAMES[key] ?? key;
}

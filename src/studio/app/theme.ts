/** Light, dark, or as the system has it. The choice stays in this browser. */
import { createStore } from "zustand/vanilla";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const NAME = "mezzo-theme";

function stored(): Theme {
  const word = localStorage.getItem(NAME);
  return THEMES.find((theme) => theme === word) ?? "system";
}

export const theme = createStore<{ readonly theme: Theme }>(() => ({ theme: stored() }));

export function setTheme(next: Theme): void {
  localStorage.setItem(NAME, next);
  theme.setState({ theme: next });
}

function show(next: Theme): void {
  if (next === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
}
show(theme.getState().theme);
theme.subscribe((state) => show(state.theme));

export function isDark(): boolean {
  const { theme: chosen } = theme.getState();
  return chosen === "dark" || (chosen === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
}

/** The bar at the top of every page: where we are, what is going on, and the few things that are everywhere. */
import { type ReactNode, useEffect } from "react";
import { useStore } from "zustand";
import { live } from "../live.ts";
import { Link } from "../parts/link.tsx";
import { plain } from "../parts/plain.tsx";
import { to } from "../router.ts";
import { setTheme, THEMES, theme } from "../theme.ts";
import { help } from "./help.tsx";
import "./top-bar.css";

export interface Crumb {
  readonly text: string;
  readonly href?: string;
}

export function Bar({ crumbs, children }: { readonly crumbs: readonly Crumb[]; readonly children?: ReactNode }) {
  const title = [...crumbs.map((crumb) => plain(crumb.text))].reverse().concat("mezzo").join(" · ");
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <header className="top-bar">
      <nav className="crumbs" aria-label="Where you are">
        <Link href={to.runs()} className="brand">
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <path d="M6 23V11l5 6 5-6 5 6 5-6v12" />
          </svg>
          mezzo
        </Link>
        {crumbs.map((crumb, index) => {
          const Level = index === crumbs.length - 1 ? "h1" : "span";
          return (
            <Level key={crumb.text} className="crumb cut">
              {crumb.href === undefined ? plain(crumb.text) : <Link href={crumb.href}>{plain(crumb.text)}</Link>}
            </Level>
          );
        })}
      </nav>
      <div className="grow row middle">{children}</div>
      <Stale />
      <ThemeSwitch />
      <button
        type="button"
        className="button plain small"
        onClick={() => help.setState({ isOpen: true })}
        title="Keys (?)"
      >
        <span aria-hidden="true">?</span>
        <span className="unseen">Keys</span>
      </button>
    </header>
  );
}

/** Old numbers look like new ones: while the line to the server is down, the page says so. */
function Stale() {
  const line = useStore(live, (state) => state.line);
  if (line !== "stale") return null;
  return (
    <span className="stale" role="status" title="The server is silent. What you see is what was last heard.">
      not live
    </span>
  );
}

const LOOKS = { system: "◐", light: "○", dark: "●" } as const;

function ThemeSwitch() {
  const { theme: now } = useStore(theme);
  const next = THEMES[(THEMES.indexOf(now) + 1) % THEMES.length]!;
  return (
    <button
      type="button"
      className="button plain small"
      onClick={() => setTheme(next)}
      title={`Colours: ${now}. Change to ${next}.`}
      aria-label={`Colours: ${now}. Change to ${next}.`}
    >
      {LOOKS[now]}
    </button>
  );
}

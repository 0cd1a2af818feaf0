import { type ReactNode, useEffect, useRef } from "react";
import "./menu.css";

/** A button with a panel under it. Closes on Escape and on a click elsewhere. */
export function Menu(props: {
  readonly label: ReactNode;
  readonly says?: string;
  readonly isOn?: boolean;
  readonly align?: "left" | "right";
  readonly children: ReactNode;
}) {
  const menu = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const element = menu.current!;
    const close = (event: Event) => {
      if (!element.open) return;
      if (event instanceof KeyboardEvent) {
        if (event.key !== "Escape") return;
        element.querySelector("summary")?.focus();
      } else if (event.composedPath().includes(element)) return;
      element.open = false;
    };
    addEventListener("pointerdown", close);
    addEventListener("keydown", close);
    return () => {
      removeEventListener("pointerdown", close);
      removeEventListener("keydown", close);
    };
  }, []);
  return (
    <details className="menu" ref={menu}>
      <summary className={`button small ${props.isOn ? "is-on" : ""}`} aria-label={props.says}>
        {props.label}
        <svg className="mark" viewBox="0 0 10 10" aria-hidden="true">
          <path d="M2 3.5l3 3 3-3" />
        </svg>
      </summary>
      <div className={`panel ${props.align === "right" ? "is-right" : ""}`}>{props.children}</div>
    </details>
  );
}

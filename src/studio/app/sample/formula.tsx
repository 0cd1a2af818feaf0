/**
 * A formula. Its source stands there until KaTeX has drawn it, and stays where KaTeX can't. KaTeX builds nodes and never
 * HTML (`render`, not `renderToString`), with `trust` off: no links, no images, no classes of the text's own.
 *
 * A page may hold a thousand formulas. They are drawn when they come near the screen, a few milliseconds at a time, so
 * that scrolling and typing get through.
 */
import { useEffect, useRef } from "react";
import { Plain } from "../parts/plain.tsx";

const SLICE_MS = 8;
const waiting = new Map<Element, () => void>();
const near: Element[] = [];
let isDrawing = false;

const watcher = new IntersectionObserver(
  (seen) => {
    for (const { isIntersecting, target } of seen) if (isIntersecting && waiting.has(target)) near.push(target);
    if (near.length > 0) startDrawing();
  },
  { rootMargin: "600px" },
);

function startDrawing(): void {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(drawSome);
}

function drawSome(): void {
  const until = performance.now() + SLICE_MS;
  while (near.length > 0 && performance.now() < until) {
    const element = near.shift()!;
    waiting.get(element)?.();
    waiting.delete(element);
    watcher.unobserve(element);
  }
  isDrawing = false;
  if (near.length > 0) startDrawing();
}

export function Formula({
  tex,
  source,
  display,
}: {
  readonly tex: string;
  readonly source: string;
  readonly display: boolean;
}) {
  const place = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const element = place.current!;
    let isGone = false;
    waiting.set(element, () => {
      import("./katex.ts").then(({ drawFormula }) => isGone || drawFormula(element, tex, display));
    });
    watcher.observe(element);
    return () => {
      isGone = true;
      waiting.delete(element);
      watcher.unobserve(element);
    };
  }, [tex, display]);
  // React keeps the source and KaTeX's nodes apart: what KaTeX fills is an element that React never looks into.
  return (
    <span className={display ? "formula is-display" : "formula"} title={source}>
      <span className="drawn" ref={place} />
      <span className="source mono">
        <Plain text={source} />
      </span>
    </span>
  );
}

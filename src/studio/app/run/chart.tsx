/** One small chart. A module of its own, so that the drawing library is loaded when a chart is shown. */
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import { useStore } from "zustand";
import "uplot/dist/uPlot.min.css";
import { brief } from "../format.ts";
import { theme } from "../theme.ts";

export interface Line {
  readonly name: string;
  readonly values: readonly number[];
  /** A custom property of tokens.css. */
  readonly color: string;
}
interface Props {
  readonly title: string;
  readonly at: readonly number[];
  readonly lines: readonly Line[];
}

const HEIGHT = 74;

export default function Chart({ title, at, lines }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const { theme: chosen } = useStore(theme);
  const shape = lines.map((line) => line.name).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: data comes below; a new theme needs new colours.
  useEffect(() => {
    const element = frame.current!;
    const made = new uPlot(optionsOf(title, lines, element), dataOf(at, lines), element);
    plot.current = made;
    const observer = new ResizeObserver(([entry]) => {
      const width = Math.floor(entry!.contentRect.width);
      if (width > 0 && width !== made.width) made.setSize({ width, height: HEIGHT });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [chosen, shape, title]);
  useEffect(() => plot.current?.setData(dataOf(at, lines)), [at, lines]);
  const newest = lines
    .map((line) => `${line.name} ${brief(Math.round((line.values.at(-1) ?? 0) * 10) / 10)}`)
    .join(", ");
  return <div className="plot" ref={frame} role="img" aria-label={`${title}, at last: ${newest}`} />;
}

function dataOf(at: readonly number[], lines: readonly Line[]): uPlot.AlignedData {
  return [at.map((ms) => ms / 1_000), ...lines.map((line) => [...line.values])] as uPlot.AlignedData;
}

function optionsOf(title: string, lines: readonly Line[], element: HTMLElement): uPlot.Options {
  const style = getComputedStyle(element);
  const probe = document.createElement("i");
  element.append(probe);
  // A canvas knows no custom properties: the browser works each out for us.
  const color = (name: string) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const [quiet, line] = [color("--quiet"), color("--line")];
  const options: uPlot.Options = {
    width: Math.max(60, Math.floor(element.clientWidth)),
    height: HEIGHT,
    padding: [6, 24, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { setScale: false }, sync: { key: "run" }, points: { size: 5 } },
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(max, 1e-9) * 1.08] } },
    axes: [
      {
        stroke: quiet,
        font: `10px ${style.fontFamily}`,
        size: 18,
        gap: 2,
        space: 70,
        grid: { show: false },
        ticks: { show: false },
        values: (_plot, at) => at.map(clock),
      },
      {
        stroke: quiet,
        font: `10px ${style.fontFamily}`,
        size: 34,
        gap: 3,
        space: 24,
        grid: { stroke: line, width: 1 },
        ticks: { show: false },
        values: (_plot, values) => values.map((n) => (n === 0 ? "" : brief(n))),
      },
    ],
    series: [
      {},
      ...lines.map((each) => {
        const stroke = color(each.color);
        return {
          label: each.name,
          stroke,
          fill: stroke.replace(/^rgb\((.*)\)$/, "rgba($1, 0.18)"),
          width: 1.25,
          points: { show: false },
        };
      }),
    ],
    hooks: { setCursor: [(plot) => tellCursor(plot, element, title)] },
  };
  probe.remove();
  return options;
}

/** The values under the cursor, as the chart's tooltip. */
function tellCursor(plot: uPlot, element: HTMLElement, title: string): void {
  const at = plot.cursor.idx;
  if (at === null || at === undefined) {
    element.removeAttribute("title");
    return;
  }
  const values = plot.series.slice(1).map((each, index) => `${each.label} ${brief(plot.data[index + 1]![at] ?? 0)}`);
  element.title = `${title} at ${clock(plot.data[0][at]!)}: ${values.join(", ")}`;
}

const two = (n: number) => String(n).padStart(2, "0");
function clock(seconds: number): string {
  const at = new Date(seconds * 1_000);
  return seconds % 60 === 0
    ? `${two(at.getHours())}:${two(at.getMinutes())}`
    : `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

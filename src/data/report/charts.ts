/** Charts as inline SVG, drawn in the page's own colours (they follow light and dark), each with its words for readers. */
import { wilson } from "../../core/statistics.ts";
import { type Html, html, NOTHING } from "./html.ts";

export interface Part {
  readonly name: string;
  readonly count: number;
  /** Which of the page's colours: `c1` to `c7`. */
  readonly tone: string;
  /** In smaller words behind the name. */
  readonly about?: string;
}

/** One bar cut into parts, and below it what each part is. */
export function stackedBar(title: string, parts: readonly Part[]): Html {
  const total = parts.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return NOTHING;
  let x = 0;
  const pieces = parts.map(({ name, count, tone }) => {
    const width = (1000 * count) / total;
    const piece = html`<rect class="${tone}" x="${x.toFixed(1)}" y="0" width="${Math.max(0, width - (width > 4 ? 3 : 0)).toFixed(1)}" height="44" rx="4"><title>${name}: ${number(count)}</title></rect>`;
    x += width;
    return piece;
  });
  const words = parts.map(({ name, count }) => `${name} ${number(count)}`).join(", ");
  return html`<svg class="bar" viewBox="0 0 1000 44" preserveAspectRatio="none" role="img" aria-label="${title}: ${words}">${pieces}</svg>
<ul class="legend">${parts.map(
    ({ name, count, tone, about }) =>
      html`<li><span class="dot ${tone}" aria-hidden="true"></span><span>${name}${about === undefined ? NOTHING : html` <small>${about}</small>`}</span><b>${number(count)}</b><i>${percent(count, total)}</i></li>`,
  )}</ul>`;
}

/** For each name a pale bar of what was and a strong one of what is. */
export function beforeAfter(title: string, rows: readonly { name: string; before: number; after: number }[]): Html {
  const most = Math.max(1, ...rows.map(({ before, after }) => Math.max(before, after)));
  const step = 46;
  const bars = rows.map(({ name, before, after }, at) => {
    const y = at * step;
    const width = (value: number) => ((520 * value) / most).toFixed(1);
    return html`<text x="188" y="${y + 26}" text-anchor="end">${short(name, 24)}</text>
<rect class="pale" x="200" y="${y + 5}" width="${width(before)}" height="15" rx="3"><title>as it came: ${number(before)} tokens</title></rect>
<rect class="c1" x="200" y="${y + 22}" width="${width(after)}" height="15" rx="3"><title>now: ${number(after)} tokens</title></rect>
<text class="value" x="735" y="${y + 26}">${number(before)} ▸ ${number(after)}  (${percent(after, before)})</text>`;
  });
  const words = rows.map(({ name, before, after }) => `${name} ${number(before)} to ${number(after)}`).join(", ");
  return html`<svg class="chart" viewBox="0 0 960 ${rows.length * step + 4}" role="img" aria-label="${title}: ${words}">${bars}</svg>`;
}

export interface Line {
  readonly name: string;
  readonly tone: string;
  /** By round; those without tries are left out. */
  readonly points: readonly { readonly at: number; readonly right: number; readonly tries: number }[];
}

const AREA = { left: 56, right: 940, top: 16, bottom: 276 };

/** Shares over rounds, each point with its 95 % interval. */
export function roundsChart(title: string, rounds: number, lines: readonly Line[]): Html {
  const last = Math.max(1, rounds - 1);
  const x = (at: number) => AREA.left + 40 + ((AREA.right - AREA.left - 80) * at) / last;
  const y = (share: number) => AREA.bottom - (AREA.bottom - AREA.top) * share;
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (share) => html`<line class="grid" x1="${AREA.left}" x2="${AREA.right}" y1="${y(share)}" y2="${y(share)}"/>
<text class="tick" x="${AREA.left - 8}" y="${y(share) + 5}" text-anchor="end">${100 * share} %</text>`,
  );
  const ticks = Array.from(
    { length: rounds },
    (_, at) =>
      html`<text class="tick" x="${x(at).toFixed(1)}" y="${AREA.bottom + 26}" text-anchor="middle">${at === 0 ? "as it came" : `rewrite ${at}`}</text>`,
  );
  const drawn = lines.map(({ name, tone, points }, row) => {
    const known = points.filter(({ tries }) => tries > 0);
    const shift = (row - (lines.length - 1) / 2) * 9;
    const place = ({ at, right, tries }: Line["points"][number]) =>
      `${(x(at) + shift).toFixed(1)},${y(right / tries).toFixed(1)}`;
    const dots = known.map((point) => {
      const { low, high } = wilson(point.right, point.tries);
      const at = (x(point.at) + shift).toFixed(1);
      const share = y(point.right / point.tries).toFixed(1);
      return html`<line class="error s${tone}" x1="${at}" x2="${at}" y1="${y(low).toFixed(1)}" y2="${y(high).toFixed(1)}"/><circle class="${tone}" cx="${at}" cy="${share}" r="6"><title>${name}, ${point.at === 0 ? "as it came" : `after rewrite ${point.at}`}: ${number(point.right)} of ${number(point.tries)} (${percent(point.right, point.tries)})</title></circle>`;
    });
    return html`<polyline class="line s${tone}" points="${known.map(place).join(" ")}"/>${dots}`;
  });
  const words = lines
    .map(
      ({ name, points }) =>
        `${name}: ${points
          .filter(({ tries }) => tries > 0)
          .map(({ right, tries }) => percent(right, tries))
          .join(", ")}`,
    )
    .join("; ");
  return html`<svg class="chart" viewBox="0 0 960 312" role="img" aria-label="${title}. ${words}">${grid}${ticks}${drawn}</svg>
<ul class="legend inline">${lines.map(({ name, tone }) => html`<li><span class="dot ${tone}" aria-hidden="true"></span><span>${name}</span></li>`)}</ul>`;
}

/** Upright bars in two tones, one on the other. */
export function columns(title: string, rows: readonly { name: string; first: number; second: number }[]): Html {
  const most = Math.max(1, ...rows.map(({ first, second }) => first + second));
  const width = Math.min(90, 860 / Math.max(1, rows.length));
  const bars = rows.map(({ name, first, second }, at) => {
    const x = 56 + at * width;
    const [a, b] = [(150 * first) / most, (150 * second) / most];
    return html`<rect class="c1" x="${x}" y="${(176 - a).toFixed(1)}" width="${width - 14}" height="${a.toFixed(1)}" rx="3"><title>${number(first)} accepted</title></rect>
<rect class="pale" x="${x}" y="${(176 - a - b).toFixed(1)}" width="${width - 14}" height="${b.toFixed(1)}" rx="3"><title>${number(second)} ended otherwise</title></rect>
<text class="value" x="${x + (width - 14) / 2}" y="${(170 - a - b).toFixed(1)}" text-anchor="middle">${number(first + second)}</text>
<text class="tick" x="${x + (width - 14) / 2}" y="198" text-anchor="middle">${name}</text>`;
  });
  const words = rows.map(({ name, first, second }) => `${name}: ${first} accepted, ${second} not`).join("; ");
  return html`<svg class="chart" viewBox="0 0 960 206" role="img" aria-label="${title}. ${words}">${bars}</svg>`;
}

export function number(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

export function percent(part: number, whole: number): string {
  return whole === 0 ? "–" : `${Math.round((100 * part) / whole)} %`;
}

function short(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

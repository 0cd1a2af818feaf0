/** The run over time, in a few small charts that share their cursor. The drawing library comes when the first is wanted. */
import { lazy, Suspense, useEffect } from "react";
import type { RunPage, Series } from "../../api.ts";
import { addressOf } from "../client.ts";
import { brief } from "../format.ts";
import { invalidate, useRemote } from "../remote.ts";
import type { Line } from "./chart.tsx";

const Chart = lazy(() => import("./chart.tsx"));
const REFRESH_MS = 5_000;

export function Charts({ run }: { readonly run: RunPage }) {
  const address = addressOf("/api/series", { run: run.run, points: 120 });
  const { data } = useRemote<Series>(address);
  const isGoing = run.state === "running";
  useEffect(() => {
    const look = () => invalidate((other) => other === address);
    if (!isGoing) return look();
    const timer = setInterval(look, REFRESH_MS);
    return () => clearInterval(timer);
  }, [address, isGoing]);
  if (data === undefined || data.at.length === 0) return <div className="charts" />;
  const shown = data.at.length < 3 ? widen(data) : isGoing ? withoutLast(data) : data;
  return (
    <section className="charts" aria-label="The run over time">
      <Suspense>
        {linesOf(shown).map(({ title, measure, lines }) => (
          <figure key={title} className="chart">
            <figcaption className="row">
              <span className="quiet grow cut">{title}</span>
              <span className="num">{measure(isGoing)}</span>
            </figcaption>
            <Chart at={shown.at} lines={lines} title={title} />
          </figure>
        ))}
      </Suspense>
    </section>
  );
}

/** A run of a second or two is a point: with nothing before and after it, it can be seen. */
function widen(series: Series): Series {
  const round = (list: readonly number[]) => [0, ...list, 0];
  const first = series.at[0]! - series.stretchMs;
  const last = series.at.at(-1)! + series.stretchMs;
  const { run, stretchMs, at, finished, ...rest } = series;
  return {
    ...{ run, stretchMs, at: [first, ...at, last] },
    finished: mapValues(finished, round),
    ...mapValues(rest, round),
  };
}

/** The stretch that is not over yet would always look like a fall. */
function withoutLast(series: Series): Series {
  const cut = (list: readonly number[]) => list.slice(0, -1);
  const { run, stretchMs, finished, ...rest } = series;
  return { ...{ run, stretchMs }, finished: mapValues(finished, cut), ...mapValues(rest, cut) };
}

function mapValues<K extends string, V>(record: Readonly<Record<K, V>>, change: (value: V) => V): Record<K, V> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value as V)])) as Record<K, V>;
}

interface Panel {
  readonly title: string;
  /** One number for all of it: the newest of a run that goes on, the mean of one that does not. */
  readonly measure: (isGoing: boolean) => string;
  readonly lines: readonly Line[];
}

function linesOf(series: Series): Panel[] {
  const perSecond = (list: readonly number[]) => list.map((n) => (1_000 * n) / series.stretchMs);
  const perMinute = (list: readonly number[]) => list.map((n) => (60_000 * n) / series.stretchMs);
  const sum = (...lists: (readonly number[])[]) =>
    series.at.map((_, i) => lists.reduce((all, list) => all + list[i]!, 0));
  const { accepted, ...others } = series.finished;
  const notAccepted = sum(...Object.values(others));
  const finished = perSecond(sum(accepted, notAccepted));
  const unit = Math.max(...finished) < 1 ? ("min" as const) : ("s" as const);
  const rate = unit === "s" ? perSecond : perMinute;
  const tokens = perSecond(sum(series.tokensIn, series.tokensOut));
  const round = (n: number) => brief(Math.round(n * 10) / 10);
  const total = (list: readonly number[]) => list.reduce((all, n) => all + n, 0);
  const busy = (list: readonly number[]) => list.filter((n) => n > 0);
  const mean = (list: readonly number[]) => (busy(list).length === 0 ? 0 : total(list) / busy(list).length);
  const measured = (list: readonly number[]) => (isGoing: boolean) =>
    isGoing ? round(list.at(-1) ?? 0) : `${round(mean(list))} mean`;
  return [
    {
      title: `samples/${unit}`,
      measure: measured(rate(sum(accepted, notAccepted))),
      lines: [
        { name: "ended", values: rate(sum(accepted, notAccepted)), color: "--undecided-fill" },
        { name: "accepted", values: rate(accepted), color: "--fits-fill" },
      ],
    },
    {
      title: "tokens/s",
      measure: measured(tokens),
      lines: [
        { name: "in and out", values: tokens, color: "--undecided-fill" },
        { name: "out", values: perSecond(series.tokensOut), color: "--accent" },
      ],
    },
    {
      title: "in flight",
      measure: measured(series.inFlight),
      lines: [{ name: "in flight", values: series.inFlight, color: "--accent" }],
    },
    {
      title: "sent again",
      measure: () => brief(total(series.retries)),
      lines: [{ name: "sent again", values: series.retries, color: "--failed-fill" }],
    },
  ];
}

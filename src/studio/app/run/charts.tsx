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
  return (
    <section className="charts" aria-label="The run over time">
      <Suspense>
        {linesOf(data).map(({ title, now, lines }) => (
          <figure key={title} className="chart">
            <figcaption className="row">
              <span className="quiet grow cut">{title}</span>
              <span className="num">{now}</span>
            </figcaption>
            <Chart at={data.at} lines={lines} title={title} />
          </figure>
        ))}
      </Suspense>
    </section>
  );
}

function linesOf(series: Series): { title: string; now: string; lines: Line[] }[] {
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
  const last = (list: readonly number[]) => brief(Math.round((list.at(-1) ?? 0) * 10) / 10);
  const total = (list: readonly number[]) => brief(list.reduce((all, n) => all + n, 0));
  return [
    {
      title: `samples/${unit}`,
      now: last(rate(sum(accepted, notAccepted))),
      lines: [
        { name: "ended", values: rate(sum(accepted, notAccepted)), color: "--undecided-fill" },
        { name: "accepted", values: rate(accepted), color: "--fits-fill" },
      ],
    },
    {
      title: "tokens/s",
      now: last(tokens),
      lines: [
        { name: "in and out", values: tokens, color: "--undecided-fill" },
        { name: "out", values: perSecond(series.tokensOut), color: "--accent" },
      ],
    },
    {
      title: "requests in flight",
      now: last(series.inFlight),
      lines: [{ name: "in flight", values: series.inFlight, color: "--accent" }],
    },
    {
      title: "sent again (429s, time-outs)",
      now: total(series.retries),
      lines: [{ name: "sent again", values: series.retries, color: "--failed-fill" }],
    },
  ];
}

/** Two runs over the same samples: what became of each in one and in the other, and what that cost. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import type { ComparedSums, Comparison, RunHead } from "../../api.ts";
import { addressOf } from "../client.ts";
import { brief, count, plural, share, time, usd } from "../format.ts";
import { useKeys } from "../keys.ts";
import { useLive } from "../live.ts";
import { Link } from "../parts/link.tsx";
import { Ratings, Word } from "../parts/marks.tsx";
import { Plain, plain } from "../parts/plain.tsx";
import { Empty, Loading, Trouble } from "../parts/states.tsx";
import { useRemotes, useSteadyRemote } from "../remote.ts";
import { go, setQuery, to, usePlace } from "../router.ts";
import { Bar } from "../shell/top-bar.tsx";
import "./compare-page.css";

const PAGE = 200;
const ROW = 34;
const CHANGE_WORDS = {
  outcome: "outcome",
  rounds: "rounds",
  tokens: "length",
  cost: "cost",
  "only-a": "only in the first",
  "only-b": "only in the second",
} as const;

export function ComparePage({ a, b }: { readonly a: string; readonly b: string }) {
  const { query } = usePlace();
  useLive();
  const asked = { a, b, change: query.getAll("change"), from: query.get("from"), to: query.get("to") };
  const { data, error, isOld } = useSteadyRemote<Comparison>(addressOf("/api/compare", { ...asked, limit: PAGE }));
  useKeys("Comparison", [
    { key: "x", does: "swap the two runs", run: () => go(to.compare(b, a)) },
    { key: "u", does: "all runs", run: () => go(to.runs()) },
  ]);
  const crumbs = [{ text: "runs", href: to.runs() }, { text: `${a} and ${b}` }];
  return (
    <>
      <Bar crumbs={crumbs}>
        <button type="button" className="button" onClick={() => go(to.compare(b, a))}>
          Swap
        </button>
      </Bar>
      <main className={`compare-page ${isOld ? "is-loading" : ""}`}>
        {error === undefined || data !== undefined ? null : <Trouble error={error} />}
        {data === undefined ? (
          error === undefined ? (
            <Loading what="the comparison" />
          ) : null
        ) : (
          <Compared data={data} asked={asked} />
        )}
      </main>
    </>
  );
}

interface Asked {
  readonly a: string;
  readonly b: string;
  readonly change: readonly string[];
  readonly from: string | null;
  readonly to: string | null;
}

function Compared({ data, asked }: { readonly data: Comparison; readonly asked: Asked }) {
  const toggle = (change: string) =>
    setQuery({
      change: asked.change.includes(change)
        ? asked.change.filter((other) => other !== change)
        : [...asked.change, change],
    });
  return (
    <>
      <section className="overview" aria-label="What changed in all">
        <Heads data={data} />
        <Matrix data={data} asked={asked} />
      </section>
      <div className="row tools">
        <strong className="num">{count(data.total)}</strong>
        <span className="quiet">samples that differ in</span>
        {Object.entries(CHANGE_WORDS).map(([change, words]) => (
          <button
            key={change}
            type="button"
            className="button small"
            aria-pressed={asked.change.includes(change)}
            onClick={() => toggle(change)}
          >
            {words}
          </button>
        ))}
        {asked.from === null && asked.to === null ? null : (
          <span className="chip">
            {asked.from ?? "any"} → {asked.to ?? "any"}
            <button type="button" aria-label="Take away" onClick={() => setQuery({ from: undefined, to: undefined })}>
              ✕
            </button>
          </span>
        )}
      </div>
      {data.total === 0 ? (
        <Empty
          title={asked.change.length > 0 || asked.from !== null ? "No sample differs so" : "They share no samples"}
        />
      ) : (
        <Pairs first={data} asked={asked} />
      )}
    </>
  );
}

function Heads({ data }: { readonly data: Comparison }) {
  const { sums } = data;
  const rows: [string, (run: RunHead, sums: ComparedSums) => string, ((sums: ComparedSums) => number) | undefined][] = [
    ["accepted", (run) => `${count(run.outcomes.accepted)} (${share(run.outcomes.accepted, run.samples)})`, undefined],
    ["trace as it left", (_run, sum) => tokensOf(sum.tokensAfter, sums.samples), (sum) => sum.tokensAfter],
    ["calls", (_run, sum) => count(sum.calls), (sum) => sum.calls],
    ["cost", (_run, sum) => usd(sum.costUsd), (sum) => sum.costUsd],
    ["time of steps", (_run, sum) => time(sum.ms), (sum) => sum.ms],
  ];
  return (
    <table className="heads">
      <caption className="quiet">
        {plural(data.both, "sample")} in both{data.onlyA > 0 ? `, ${count(data.onlyA)} only in the first` : ""}
        {data.onlyB > 0 ? `, ${count(data.onlyB)} only in the second` : ""}; sums over the {count(sums.samples)} that
        ended in both
      </caption>
      <thead>
        <tr>
          <td />
          {[data.a, data.b].map((run) => (
            <th key={run.run} scope="col" className="num">
              <Link href={to.run(run.run)}>{plain(run.run)}</Link>
            </th>
          ))}
          <th scope="col" className="num">
            change
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, show, measure]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td className="num">{show(data.a, sums.a)}</td>
            <td className="num">{show(data.b, sums.b)}</td>
            <td className="num quiet">{measure === undefined ? "" : changeOf(measure(sums.a), measure(sums.b))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function tokensOf(sum: number, samples: number): string {
  return samples === 0 ? "–" : `${brief(Math.round(sum / samples))} tokens`;
}

function changeOf(before: number, after: number): string {
  if (before === 0 || before === after) return before === after ? "same" : "";
  const percent = Math.round((100 * (after - before)) / before);
  return percent === 0 ? "<1 %" : `${percent > 0 ? "+" : "−"}${Math.abs(percent)} %`;
}

/** How many ended so in the first and so in the second. The diagonal is what did not change. */
function Matrix({ data, asked }: { readonly data: Comparison; readonly asked: Asked }) {
  const froms = [...new Set(data.outcomes.map((cell) => cell.from))];
  const tos = [...new Set(data.outcomes.map((cell) => cell.to))];
  const most = Math.max(1, ...data.outcomes.filter((cell) => cell.from !== cell.to).map((cell) => cell.samples));
  return (
    <table className="matrix">
      <caption className="quiet">first ↓, second →</caption>
      <thead>
        <tr>
          <td />
          {tos.map((outcome) => (
            <th key={outcome} scope="col">
              <Word of={outcome} />
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {froms.map((from) => (
          <tr key={from}>
            <th scope="row">
              <Word of={from} />
            </th>
            {tos.map((into) => {
              const samples = data.outcomes.find((cell) => cell.from === from && cell.to === into)?.samples ?? 0;
              const isChosen = asked.from === from && asked.to === into;
              const weight = from === into ? 0 : samples / most;
              return (
                <td key={into}>
                  {samples === 0 ? (
                    <span className="num quiet none">·</span>
                  ) : (
                    <button
                      type="button"
                      className="num"
                      aria-pressed={isChosen}
                      title={`${from} to ${into}: ${plural(samples, "sample")}`}
                      style={{
                        background:
                          weight === 0
                            ? undefined
                            : `color-mix(in oklab, var(--found) ${20 + 80 * weight}%, transparent)`,
                      }}
                      onClick={() => setQuery({ from: isChosen ? undefined : from, to: isChosen ? undefined : into })}
                    >
                      {count(samples)}
                    </button>
                  )}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The samples in pairs. Pages are read one after the other, as far as someone scrolls. */
function Pairs({ first, asked }: { readonly first: Comparison; readonly asked: Asked }) {
  const key = JSON.stringify(asked);
  const [cursors, setCursors] = useState<{ readonly key: string; readonly after: readonly string[] }>({
    key,
    after: [],
  });
  const after = cursors.key === key ? cursors.after : [];
  const more = useRemotes<Comparison>(
    after.map((cursor) => addressOf("/api/compare", { ...asked, limit: PAGE, after: cursor })),
  );
  const samples = [first, ...more.flatMap((page) => page.data ?? [])].flatMap((page) => page.samples);
  const next = more.length === 0 ? first.next : more.at(-1)!.data?.next;
  const frame = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: samples.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const items = rows.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (next !== null && next !== undefined && last > samples.length - 50) setCursors({ key, after: [...after, next] });
  });
  const [at, setAt] = useState(-1);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another question begins at its beginning.
  useEffect(() => setAt(-1), [key]);
  const move = (by: number) => {
    const next = Math.max(0, Math.min(samples.length - 1, at + by));
    setAt(next);
    rows.scrollToIndex(next, { align: "auto" });
  };
  const open = (side: "a" | "b") => {
    const pair = samples[Math.max(0, at)];
    if (pair !== undefined && pair[side] !== null) go(to.sample(asked[side], pair.id));
  };
  useKeys("Samples", [
    { key: "j", does: "next sample", run: () => move(1) },
    { key: "k", does: "sample before", run: () => move(-1) },
    { key: "Enter", does: "open it in the second run", run: () => open("b") },
    { key: "h", does: "open it in the first run", run: () => open("a") },
    { key: "l", does: "open it in the second run", run: () => open("b") },
  ]);
  return (
    <div className="pairs-list" ref={frame}>
      <table
        aria-label="Samples in both runs"
        aria-rowcount={first.total + 1}
        style={{ height: ROW * (samples.length + 1) }}
      >
        <thead>
          <tr className="pair-row head">
            <th scope="col">sample</th>
            {[first.a, first.b].map((run) => (
              <th key={run.run} scope="col" className="cut">
                {plain(run.run)}
              </th>
            ))}
            <th scope="col" className="num">
              tokens
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map(({ index, start }) => {
            const { id, a, b } = samples[index]!;
            return (
              <tr
                key={id}
                className={`pair-row ${a?.outcome === b?.outcome ? "" : "is-changed"} ${index === at ? "is-cursor" : ""}`}
                aria-rowindex={index + 2}
                style={{ transform: `translateY(${start}px)` }}
              >
                <td className="cut id">
                  <Plain text={id} />
                </td>
                {[a, b].map((row, side) => (
                  <td key={side === 0 ? "a" : "b"}>
                    {row === null ? (
                      <span className="quiet">not there</span>
                    ) : (
                      <Link className="row" href={to.sample(side === 0 ? asked.a : asked.b, id)}>
                        <span className="outcome-cell">
                          <Word of={row.outcome ?? row.person ?? "unfinished"} />
                        </span>
                        <Ratings ratings={row.ratings} />
                        <span className="unseen">{` ${plain(id)} in ${plain(side === 0 ? asked.a : asked.b)}`}</span>
                      </Link>
                    )}
                  </td>
                ))}
                <td className="num">
                  {a?.tokens && b?.tokens ? (
                    <>
                      <span className="quiet">{count(a.tokens.after)} ▸ </span>
                      {count(b.tokens.after)}
                    </>
                  ) : (
                    ""
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

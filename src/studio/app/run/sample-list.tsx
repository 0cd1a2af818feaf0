/**
 * The samples that a filter lets through, a hundred thousand of them like a hundred: what is on the screen is drawn, and
 * asked for by pages. Nothing moves under a reader's eyes: where a live run would shift the rows, they stay, and a bar says
 * that there are others.
 */
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useRef, useState } from "react";
import { useStore } from "zustand";
import type { SamplePage, SampleRow } from "../../api.ts";
import { addressOf, ask } from "../client.ts";
import { brief, count, plural, usd } from "../format.ts";
import { useKeys } from "../keys.ts";
import { live } from "../live.ts";
import { Link } from "../parts/link.tsx";
import { Mark, Ratings, Word, wordFor } from "../parts/marks.tsx";
import { Plain } from "../parts/plain.tsx";
import { Empty, Loading, Trouble } from "../parts/states.tsx";
import { invalidate, useRemotes } from "../remote.ts";
import { go, to } from "../router.ts";
import { clearFilter, filterOf, filterQuery, isFiltered, sortOf } from "./filter.ts";
import "./sample-list.css";

const PAGE = 100;
const ROW = 34;
/** How often the rows of a live run are asked for again, where none can move. */
const REFRESH_MS = 2_000;

export function SampleList({ run, query }: { readonly run: string; readonly query: URLSearchParams }) {
  const filter = { ...filterOf(run, query), sort: sortOf(query) };
  const key = addressOf("", filter);
  const address = (page: number) => addressOf("/api/samples", { ...filter, from: page * PAGE, limit: PAGE });
  const [pages, setPages] = useState<readonly number[]>([0]);
  const answers = useRemotes<SamplePage>(pages.map(address));
  const known = answers.find((answer) => answer.data !== undefined)?.data;
  const total = useSteady(known?.total, key);
  const frame = useRef<HTMLDivElement>(null);
  const cursor = useCursor(query, total ?? 0);

  const rows = useVirtualizer({
    count: total ?? 0,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW,
    overscan: 6,
    // A wheel that turns fast sends several events a frame: one drawing for all of them.
    useFlushSync: false,
  });
  const items = rows.getVirtualItems();
  // Rows that leave at one end come in at the other: changing a row's words is a tenth of making a row.
  const pool = useRef(1);
  pool.current = Math.max(pool.current, items.length);
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0];
  const needed = range(Math.floor(first / PAGE), Math.floor(last / PAGE)).join();
  useEffect(() => setPages(needed.split(",").map(Number)), [needed]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another filter begins at its beginning.
  useEffect(() => rows.scrollToOffset(0), [key]);

  const rowAt = (index: number): SampleRow | undefined => {
    const at = pages.indexOf(Math.floor(index / PAGE));
    return answers[at]?.data?.samples[index % PAGE];
  };
  const hrefOf = (row: SampleRow, index: number) => {
    const kept = filterQuery(query);
    kept.set("i", String(index));
    return to.sample(run, row.id, kept);
  };
  const move = (by: number) => {
    const next = Math.max(0, Math.min((total ?? 1) - 1, cursor.at + by));
    cursor.set(next);
    rows.scrollToIndex(next, { align: "auto" });
  };
  useKeys("Samples", [
    { key: "j", does: "next sample", run: () => move(1) },
    { key: "k", does: "sample before", run: () => move(-1) },
    {
      key: "Enter",
      does: "open the sample",
      run: () => {
        const row = rowAt(Math.max(0, cursor.at));
        if (row !== undefined) go(hrefOf(row, Math.max(0, cursor.at)));
      },
    },
  ]);
  const news = useNews({ run, query, filter, known, key });

  const error = answers.find((answer) => answer.error !== undefined)?.error;
  if (error !== undefined && known === undefined) return <Trouble error={error} />;
  if (total === undefined) return <Loading what="samples" />;
  if (total === 0) return <NoSamples isFiltered={isFiltered(query)} />;
  return (
    <div className="sample-list">
      {news === undefined ? null : (
        <button type="button" className="news" onClick={news.show}>
          {news.text}
        </button>
      )}
      <div className="scroller" ref={frame}>
        <table aria-label="Samples" aria-rowcount={total + 1} style={{ minHeight: ROW * (total + 1) }}>
          <thead>
            <tr className="sample-row head" aria-rowindex={1}>
              <th scope="col">sample</th>
              <th scope="col">where</th>
              <th scope="col">ratings</th>
              <th scope="col" className="num">
                tokens
              </th>
              <th scope="col" className="num cost">
                cost
              </th>
              <th scope="col" className="why">
                why
              </th>
            </tr>
          </thead>
          <tbody>
            {items.map(({ index, start }) => {
              const row = rowAt(index);
              return (
                <tr
                  key={index}
                  aria-rowindex={index + 2}
                  className={`sample-row ${cursor.at === index ? "is-cursor" : ""}`}
                  style={{ transform: `translateY(${start}px)` }}
                >
                  {row === undefined ? <td className="quiet">…</td> : <Cells row={row} href={hrefOf(row, index)} />}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </div>
  );
}

const Cells = memo(function Cells({ row, href }: { readonly row: SampleRow; readonly href: string }) {
  return (
    <>
      <td className="cut id">
        <Link href={href}>
          <Plain text={row.id} />
        </Link>
      </td>
      <td className="cut">
        <Where row={row} />
      </td>
      <td title={plural(row.rounds, "round")}>
        <Ratings ratings={row.ratings} />
      </td>
      <td className="num">{row.tokens === null ? "" : <Tokens tokens={row.tokens} />}</td>
      <td className="num cost quiet">{row.costUsd === 0 ? "" : usd(row.costUsd)}</td>
      <td className="cut why quiet" title={row.reason ?? ""}>
        <Why row={row} />
      </td>
    </>
  );
});

function Where({ row }: { readonly row: SampleRow }) {
  if (row.outcome !== null) return <Word of={row.outcome} />;
  if (row.here === null) return <span className="quiet">not started</span>;
  return (
    <span className="word" title={row.person === null ? undefined : wordFor(row.person)}>
      <Mark of={row.person ?? "unfinished"} />
      <Plain text={row.here} />
    </span>
  );
}

export function Tokens({ tokens }: { readonly tokens: { readonly before: number; readonly after: number } }) {
  if (tokens.before === tokens.after || tokens.before === 0) return count(tokens.after);
  return (
    <>
      <span className="quiet">{count(tokens.before)} ▸ </span>
      {count(tokens.after)}
    </>
  );
}

function Why({ row }: { readonly row: SampleRow }) {
  if (row.outcome !== null && row.outcome !== "accepted" && row.reason !== null) return <Plain text={row.reason} />;
  if (row.verdict === null) return row.reason === null ? "" : <Plain text={row.reason} />;
  return `${wordFor(row.verdict.rating)}${row.verdict.step === null || row.verdict.rating === "medium" ? "" : `, paragraph ${row.verdict.step}`}`;
}

function NoSamples({ isFiltered: filtered }: { readonly isFiltered: boolean }) {
  if (!filtered) return <Empty title="This run has no samples" />;
  return (
    <Empty title="No sample is like that">
      <button type="button" className="button small" onClick={clearFilter}>
        Show all samples
      </button>
    </Empty>
  );
}

/** The row that keys act on. Coming back from a sample, it is that one. */
function useCursor(query: URLSearchParams, total: number) {
  const [at, set] = useState(() => Number(query.get("i") ?? -1));
  return { at: Math.min(at, total - 1), set };
}

/** The last known value, for as long as the same question is asked. */
function useSteady<T>(value: T | undefined, question: string): T | undefined {
  const last = useRef<{ question: string; value: T | undefined }>({ question, value });
  if (value !== undefined || last.current.question !== question)
    last.current = { question, value: value ?? last.current.value };
  return last.current.value;
}

interface Asked {
  readonly run: string;
  readonly query: URLSearchParams;
  readonly filter: Readonly<Record<string, unknown>>;
  readonly known: SamplePage | undefined;
  readonly key: string;
}

/**
 * What has come since the rows were read. In the input's order, without a filter, rows can't move: they are read again
 * in place. Otherwise they stay and it is said how many there are now.
 */
function useNews({ query, filter, known, key }: Asked): { text: string; show: () => void } | undefined {
  const seq = useStore(live, (state) => state.seq);
  const [fresh, setFresh] = useState<{ readonly key: string; readonly total: number; readonly seq: number }>();
  // An empty list has no row that could move.
  const canMove = (isFiltered(query) || sortOf(query) !== "input") && known?.total !== 0;
  const isOld = known !== undefined && seq > known.seq;
  const lookedAt = useRef(0);
  const show = () => {
    setFresh(undefined);
    invalidate((address) => address.startsWith("/api/samples"));
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: looks again when the first change is heard, then at its own pace.
  useEffect(() => {
    if (!isOld) return;
    const look = () => {
      lookedAt.current = performance.now();
      if (!canMove) return show();
      ask<SamplePage>("/api/samples", { ...filter, limit: 1 }).then(
        (page) => setFresh({ key, total: page.total, seq: page.seq }),
        () => undefined, // The stale mark says that the server is silent.
      );
    };
    // Many pages may show this run, and each look costs it something.
    const soon = setTimeout(look, Math.max(300, lookedAt.current + REFRESH_MS - performance.now()));
    const often = setInterval(look, REFRESH_MS);
    return () => {
      clearTimeout(soon);
      clearInterval(often);
    };
  }, [isOld, key, canMove]);
  if (!isOld || !canMove || fresh?.key !== key || fresh.seq <= known.seq) return undefined;
  const more = fresh.total - known.total;
  if (more === 0 && sortOf(query) === "input") return undefined;
  return {
    text: more > 0 ? `${brief(more)} new` : more < 0 ? `${brief(-more)} fewer now` : "The order has changed",
    show,
  };
}

function range(from: number, last: number): number[] {
  return Array.from({ length: last - from + 1 }, (_, index) => from + index);
}

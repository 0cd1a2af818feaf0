/** All runs: what state each is in, how far, at what cost. Two of them can be laid side by side, a new one started. */
import { useEffect, useRef, useState } from "react";
import { OUTCOMES } from "../../../core/sample.ts";
import type { RunHead, RunList } from "../../api.ts";
import { ago, brief, count, share, usd, when } from "../format.ts";
import { useKeys } from "../keys.ts";
import { useLive } from "../live.ts";
import { Link } from "../parts/link.tsx";
import { Bar, RunStateWord } from "../parts/marks.tsx";
import { Plain, plain } from "../parts/plain.tsx";
import { Empty, Loading, Trouble } from "../parts/states.tsx";
import { useRemote } from "../remote.ts";
import { go, setQuery, to, usePlace } from "../router.ts";
import { Bar as TopBar } from "../shell/top-bar.tsx";
import { StartDialog } from "./start-dialog.tsx";
import "./runs-page.css";

export function RunsPage() {
  const { query } = usePlace();
  useLive();
  const { data, error } = useRemote<RunList>("/api/runs");
  const [at, setAt] = useState(0);
  const search = useRef<HTMLInputElement>(null);
  const text = query.get("q") ?? "";
  const picked = query.getAll("pick");
  const runs = data?.runs.filter((run) => isLike(run, text)) ?? [];
  const now = useMinute();
  const pick = (run: string) =>
    setQuery(
      { pick: picked.includes(run) ? picked.filter((other) => other !== run) : [...picked.slice(-1), run] },
      { replace: true },
    );
  const compare = () => picked.length === 2 && go(to.compare(picked[1]!, picked[0]!));
  const isStarting = query.get("start") !== null;
  useKeys("Runs", [
    { key: "j", does: "next run", run: () => setAt(Math.min(at + 1, runs.length - 1)) },
    { key: "k", does: "run before", run: () => setAt(Math.max(at - 1, 0)) },
    { key: "Enter", does: "open the run", run: () => runs[at] !== undefined && go(to.run(runs[at].run)) },
    { key: "x", does: "pick it for comparing", run: () => runs[at] !== undefined && pick(runs[at].run) },
    { key: "c", does: "compare the two picked", run: compare },
    { key: "n", does: "start a run", run: () => setQuery({ start: "1" }) },
    { key: "/", does: "search", run: () => search.current?.focus() },
  ]);
  return (
    <>
      <TopBar crumbs={[{ text: "runs" }]}>
        <Link href={to.graphs()} className="button plain">
          Graphs
        </Link>
        <button
          type="button"
          className="button"
          disabled={picked.length !== 2}
          onClick={compare}
          title="Pick two runs first"
        >
          Compare{picked.length > 0 ? ` (${picked.length} of 2)` : ""}
        </button>
        <button type="button" className="button main" onClick={() => setQuery({ start: "1" })}>
          Start a run
        </button>
      </TopBar>
      <main className="runs-page">
        <div className="row tools">
          <strong className="num">{data === undefined ? "" : count(runs.length)}</strong>
          <input
            ref={search}
            className="field"
            type="search"
            placeholder="Search name, graph, input"
            aria-label="Search runs"
            value={text}
            onChange={(event) => setQuery({ q: event.target.value }, { replace: true })}
            onKeyDown={(event) => event.key === "Escape" && search.current?.blur()}
          />
        </div>
        {error === undefined || data !== undefined ? null : <Trouble error={error} />}
        {data === undefined && error === undefined ? <Loading what="the runs" /> : null}
        {data !== undefined && runs.length === 0 ? <NoRuns isSearch={text !== ""} /> : null}
        {runs.length === 0 ? null : (
          <div className="scroller">
            <table>
              <thead>
                <tr>
                  <th scope="col">
                    <span className="unseen">Pick for comparing</span>
                  </th>
                  <th scope="col">run</th>
                  <th scope="col">state</th>
                  <th scope="col">samples</th>
                  <th scope="col" className="num">
                    done
                  </th>
                  <th scope="col" className="num">
                    accepted
                  </th>
                  <th scope="col" className="num">
                    cost
                  </th>
                  <th scope="col">graph</th>
                  <th scope="col">plan</th>
                  <th scope="col" className="num">
                    begun
                  </th>
                </tr>
              </thead>
              <tbody>
                {runs.map((run, index) => (
                  <Row
                    key={run.run}
                    run={run}
                    now={now}
                    isCursor={index === at}
                    isPicked={picked.includes(run.run)}
                    pick={() => pick(run.run)}
                  />
                ))}
              </tbody>
            </table>
          </div>
        )}
      </main>
      {isStarting ? (
        <StartDialog
          graph={query.get("graph") ?? undefined}
          close={() => setQuery({ start: undefined, graph: undefined }, { replace: true })}
        />
      ) : null}
    </>
  );
}

interface RowProps {
  readonly run: RunHead;
  readonly now: number;
  readonly isCursor: boolean;
  readonly isPicked: boolean;
  readonly pick: () => void;
}

function Row({ run, now, isCursor, isPicked, pick }: RowProps) {
  const row = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    if (isCursor) row.current?.scrollIntoView({ block: "nearest" });
  }, [isCursor]);
  const parts = OUTCOMES.map((outcome) => [outcome, run.outcomes[outcome]] as const);
  const words = parts.filter(([, n]) => n > 0).map(([outcome, n]) => `${outcome} ${count(n)}`);
  return (
    <tr ref={row} className={isCursor ? "is-cursor" : ""}>
      <td>
        <input type="checkbox" checked={isPicked} onChange={pick} aria-label={`Pick ${plain(run.run)} for comparing`} />
      </td>
      <td className="name">
        <Link href={to.run(run.run)}>
          <Plain text={run.run} />
        </Link>
        <span className="quiet cut">
          <Plain text={run.input} />
        </span>
      </td>
      <td>
        <RunStateWord state={run.state} why={run.pausedBy?.reason} />
        {run.forPerson === 0 ? null : (
          <Link className="button small" href={to.review(run.run)}>
            Review <span className="num">{count(run.forPerson)}</span>
          </Link>
        )}
        {run.pausedBy === undefined || run.state !== "paused" || run.forPerson > 0 ? null : (
          <span className="quiet cut why" title={plain(run.pausedBy.reason)}>
            <Plain text={run.pausedBy.reason} />
          </span>
        )}
      </td>
      <td>
        <Bar
          parts={[...parts, ["rest", run.samples - run.finished]]}
          says={words.join(", ") || "none has an outcome yet"}
        />
      </td>
      <td className="num">
        {brief(run.finished)} <span className="quiet">of {brief(run.samples)}</span>
      </td>
      <td className="num">{share(run.outcomes.accepted, run.finished)}</td>
      <td className="num">
        {run.costUsd === 0 ? <span className="quiet">–</span> : usd(run.costUsd)}
        {run.budgetUsd === null ? null : <span className="quiet"> of {usd(run.budgetUsd)}</span>}
      </td>
      <td className="cut">
        <Link href={to.editor(run.graphFile)}>
          <Plain text={run.graph} />
        </Link>
      </td>
      <td className="mono quiet" title={run.plan}>
        {run.plan.replace(/^[^:]*:/, "").slice(0, 8)}
      </td>
      <td className="num quiet" title={when(run.createdAt)}>
        {ago(run.createdAt, now)}
      </td>
    </tr>
  );
}

function NoRuns({ isSearch }: { readonly isSearch: boolean }) {
  if (isSearch) return <Empty title="No run is called that" />;
  return (
    <Empty title="No runs yet">
      Start one here, or with <code className="mono">mezzo run graphs/distill.yaml --input samples.jsonl</code>
    </Empty>
  );
}

function isLike(run: RunHead, text: string): boolean {
  const words = text.toLowerCase().split(/\s+/);
  const all = [run.run, run.graph, run.graphFile, run.input, run.state].join(" ").toLowerCase();
  return words.every((word) => all.includes(word));
}

/** The time, moving on now and then: ages grow while nothing happens. */
export function useMinute(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 20_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

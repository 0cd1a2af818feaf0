/**
 * One run, for the first questions of whoever watches it: is it healthy, where do samples pile up or go round, what does
 * one of those look like. The graph is the map and the filter; the list beside it shows who is there.
 */
import { useDeferredValue, useEffect } from "react";
import { isOutcome, OUTCOMES } from "../../../core/sample.ts";
import type { DrawnNode, RunPage as RunAnswer, SamplePage } from "../../api.ts";
import { addressOf } from "../client.ts";
import { brief, count, roughTime, share, usd, when } from "../format.ts";
import { Picture } from "../graph/picture.tsx";
import { useKeys } from "../keys.ts";
import { useLive } from "../live.ts";
import { Link } from "../parts/link.tsx";
import { Bar, RunStateWord, Word } from "../parts/marks.tsx";
import { plain } from "../parts/plain.tsx";
import { Loading, Trouble } from "../parts/states.tsx";
import { invalidate, useRemote, useSteadyRemote } from "../remote.ts";
import { go, to, usePlace } from "../router.ts";
import { Bar as TopBar } from "../shell/top-bar.tsx";
import { Charts } from "./charts.tsx";
import { Control } from "./control.tsx";
import { choosePlace, filterOf, isFiltered, toggle } from "./filter.ts";
import { Filters } from "./filters.tsx";
import { edgeLook, nodeLook } from "./picture-of-run.ts";
import { SampleList } from "./sample-list.tsx";
import { Workers } from "./workers.tsx";
import "./run-page.css";

export function RunPage({ run: name }: { readonly run: string }) {
  const { query } = usePlace();
  useLive(name);
  const { data: run, error } = useRemote<RunAnswer>(addressOf("/api/run", { run: name }));
  useRelease(run);
  const filtered = isFiltered(query);
  const counted = (filter: object) => addressOf("/api/samples", { ...filter, limit: 1, counts: 1 });
  const all = useRemote<SamplePage>(counted({ run: name })).data;
  const matching = useSteadyRemote<SamplePage>(filtered ? counted(filterOf(name, query)) : undefined);
  const view = useDeferredValue(run?.view);
  useKeys("This run", [
    { key: "g", does: "to the graph", run: () => focusFirst(".graph-pane button[data-node]") },
    { key: "e", does: "edit its graph", run: () => run !== undefined && go(to.editor(run.graphFile)) },
    { key: "u", does: "all runs", run: () => go(to.runs()) },
  ]);
  if (run === undefined || view === undefined) {
    return (
      <>
        <TopBar crumbs={[{ text: name }]} />
        <main>{error === undefined ? <Loading what="the run" /> : <Trouble error={error} />}</main>
      </>
    );
  }
  const picture = {
    view,
    drawn: run.drawn,
    all: all?.counts,
    matching: filtered ? matching.data?.counts : undefined,
    query,
  };
  const choose = (node: DrawnNode) => {
    if (isOutcome(node.name)) toggle(query, "outcome", node.name);
    else if (node.role === "node") choosePlace(query, "node", node.name);
  };
  return (
    <>
      <TopBar crumbs={[{ text: name, href: to.run(name) }]}>
        <Health run={run} />
        {run.forPerson === 0 ? null : (
          <Link className="button main" href={to.review(name)}>
            Review <span className="num">{count(run.forPerson)}</span>
          </Link>
        )}
        <Control run={run} />
      </TopBar>
      <main className="run-page">
        <section className="map-side" aria-label="Graph and charts">
          <Outcomes run={run} query={query} />
          <div className="graph-pane">
            <Picture
              drawn={run.drawn}
              node={(node) => nodeLook(picture, node)}
              edge={(edge) => edgeLook(picture, edge)}
              isDrawn={(edge) => (view.edges[`${edge.from}>${edge.to}`] ?? 0) > 0}
              onNode={choose}
              onEdge={(edge) => choosePlace(query, "edge", `${edge.from}>${edge.to}`)}
            />
          </div>
          <Workers run={run} />
          <Charts run={run} />
        </section>
        <section className={`list-side ${matching.isOld ? "is-loading" : ""}`} aria-label="Samples">
          <Filters query={query} total={filtered ? matching.data?.total : run.samples} counts={all?.counts} />
          <SampleList run={name} query={query} />
        </section>
      </main>
    </>
  );
}

/** A run that says it is paused may still be held by a process that is about to end: asked about until it is free. */
function useRelease(run: RunAnswer | undefined): void {
  const isHeld = run !== undefined && run.state !== "running" && run.holder !== null;
  const address = addressOf("/api/run", { run: run?.run });
  useEffect(() => {
    if (!isHeld) return;
    const timer = setInterval(() => invalidate((other) => other === address), 700);
    return () => clearInterval(timer);
  }, [isHeld, address]);
}

function focusFirst(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.focus();
}

/** State, rate, progress, time left, money: one line, and each number with its unit. */
function Health({ run }: { readonly run: RunAnswer }) {
  const { pace } = run;
  const done = run.samples === 0 ? 0 : run.finished / run.samples;
  return (
    <div className="health row">
      <RunStateWord state={run.state} why={run.pausedBy?.reason} />
      {run.state === "paused" && run.pausedBy !== undefined ? (
        <span className="quiet cut why" title={plain(run.pausedBy.reason)}>
          {plain(run.pausedBy.reason)}
        </span>
      ) : null}
      {run.state === "running" ? <span className="num">{rateOf(pace.samplesPerSecond)}</span> : null}
      <span className="row progress" title={`${count(run.finished)} of ${count(run.samples)} samples have an outcome`}>
        <span className="num">{share(run.finished, run.samples) || "0 %"}</span>
        <progress max={1} value={done} aria-label="Samples that have an outcome" />
        <span className="num quiet of">
          {brief(run.finished)} of {brief(run.samples)}
        </span>
      </span>
      {run.state === "running" && pace.msLeft !== null ? (
        <span className="num quiet">{roughTime(pace.msLeft)} left</span>
      ) : null}
      <span className="num" title={pace.usdPerHour > 0 ? `${usd(pace.usdPerHour)} an hour` : undefined}>
        {usd(run.costUsd)}
        {run.budgetUsd === null ? null : <span className="quiet"> of {usd(run.budgetUsd)}</span>}
      </span>
    </div>
  );
}

function rateOf(perSecond: number): string {
  if (perSecond >= 1) return `${brief(Math.round(perSecond * 10) / 10)}/s`;
  return `${brief(Math.round(perSecond * 600) / 10)}/min`;
}

/** The whole run as one bar, and what each part of it is; each part is a filter. */
function Outcomes({ run, query }: { readonly run: RunAnswer; readonly query: URLSearchParams }) {
  const chosen = query.getAll("outcome");
  const parts = OUTCOMES.map((outcome) => [outcome, run.outcomes[outcome]] as const);
  const rest = run.samples - run.finished;
  return (
    <div className="outcomes">
      <Bar
        parts={[...parts, ["rest", rest]]}
        says={`${count(run.finished)} of ${count(run.samples)} samples have an outcome`}
      />
      <ul>
        {parts.map(([outcome, n]) =>
          n === 0 && !chosen.includes(outcome) ? null : (
            <li key={outcome}>
              <button
                type="button"
                aria-pressed={chosen.includes(outcome)}
                onClick={() => toggle(query, "outcome", outcome)}
              >
                <Word of={outcome} />
                <span className="num">{count(n)}</span>
                <span className="num quiet">{share(n, run.samples)}</span>
              </button>
            </li>
          ),
        )}
        {rest === 0 || (rest === run.forPerson + run.decided && !chosen.includes("unfinished")) ? null : (
          <li>
            <button
              type="button"
              aria-pressed={chosen.includes("unfinished")}
              onClick={() => toggle(query, "outcome", "unfinished")}
            >
              <Word of="unfinished" />
              <span className="num">{count(rest)}</span>
            </button>
          </li>
        )}
        {(["for-person", "decided"] as const).map((word) => {
          const n = word === "decided" ? run.decided : run.forPerson;
          return n === 0 && !chosen.includes(word) ? null : (
            <li key={word}>
              <button type="button" aria-pressed={chosen.includes(word)} onClick={() => toggle(query, "outcome", word)}>
                <Word of={word} />
                <span className="num">{count(n)}</span>
              </button>
            </li>
          );
        })}
        <li className="grow" />
        <li className="quiet facts">
          <Link href={to.editor(run.graphFile)} title={`plan ${run.plan}`}>
            {plain(run.graphFile)}
          </Link>
          {" · "}
          <span title={when(run.createdAt)}>{plain(run.input)}</span>
        </li>
      </ul>
    </div>
  );
}

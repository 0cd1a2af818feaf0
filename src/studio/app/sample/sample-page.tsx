/**
 * One sample: its way through the graph, and at each step what was there before, what came out, who said what of it, and
 * the very words that were sent and received. The step and the view are in the URL, and so is the list it came from.
 */
import { useEffect, useRef, useState } from "react";
import { useStore } from "zustand";
import type { SamplePage as Rows, SampleView, StepView } from "../../api.ts";
import { addressOf } from "../client.ts";
import { plural, time, usd } from "../format.ts";
import { Picture } from "../graph/picture.tsx";
import { useKeys } from "../keys.ts";
import { live, useLive } from "../live.ts";
import { Link } from "../parts/link.tsx";
import { Mark, Word } from "../parts/marks.tsx";
import { Plain, plain } from "../parts/plain.tsx";
import { Empty, Loading, Trouble } from "../parts/states.tsx";
import { fetchOnce, invalidate, useRemote, useSteadyRemote } from "../remote.ts";
import { go, setQuery, to, usePlace } from "../router.ts";
import { filterOf, filterQuery, sortOf } from "../run/filter.ts";
import { Tokens } from "../run/sample-list.tsx";
import { Bar } from "../shell/top-bar.tsx";
import { Again } from "./again.tsx";
import { Calls } from "./calls.tsx";
import { ElsewhereMenu } from "./elsewhere.tsx";
import { Findings } from "./findings.tsx";
import { StateView } from "./state-view.tsx";
import { useText } from "./texts.ts";
import { TraceView } from "./trace-view.tsx";
import { versionsAt, wayLooks } from "./way.ts";
import "./sample-page.css";

const VIEWS = ["trace", "calls", "state"] as const;
type View = (typeof VIEWS)[number];

export function SamplePage({ run, sample }: { readonly run: string; readonly sample: string }) {
  const { query } = usePlace();
  useLive(run);
  const { data: view, error, isOld } = useSteadyRemote<SampleView>(addressOf("/api/sample", { run, sample }));
  useFollowing(view);
  const neighbours = useNeighbours(run, query);
  const crumbs = [
    { text: run, href: to.run(run, listQuery(query)) },
    { text: sample, href: to.sample(run, sample, filterQuery(query)) },
  ];
  useKeys("This sample", [
    { key: "j", does: "next sample of the list", run: () => neighbours.next?.() },
    { key: "k", does: "sample before", run: () => neighbours.before?.() },
    { key: "u", does: "back to the list", run: () => go(to.run(run, listQuery(query))) },
  ]);
  if (view === undefined) {
    return (
      <>
        <Bar crumbs={crumbs} />
        <main>{error === undefined ? <Loading what="the sample" /> : <Trouble error={error} />}</main>
      </>
    );
  }
  return (
    <>
      <Bar crumbs={crumbs}>
        <Facts view={view} />
        <span className="row neighbours">
          <button
            type="button"
            className="button small"
            disabled={neighbours.before === undefined}
            onClick={neighbours.before}
            title="Sample before (k)"
          >
            <span aria-hidden="true">↑</span>
            <span className="unseen">Sample before</span>
          </button>
          <button
            type="button"
            className="button small"
            disabled={neighbours.next === undefined}
            onClick={neighbours.next}
            title="Next sample (j)"
          >
            <span aria-hidden="true">↓</span>
            <span className="unseen">Next sample</span>
          </button>
        </span>
      </Bar>
      <main className={`sample-page ${isOld ? "is-loading" : ""}`}>
        {view.steps.length === 0 ? <NoSteps view={view} /> : <Steps view={view} query={query} />}
      </main>
    </>
  );
}

/** Read again when something has happened in the run: soon while it is on its way, now and then when it has ended. */
function useFollowing(view: SampleView | undefined): void {
  const seq = useStore(live, (state) => state.seq);
  const isOld = view !== undefined && seq > view.row.seq;
  const { run, row } = view ?? {};
  const wait = row?.outcome === null ? 500 : 2_000;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change of the run is a reason to look once more.
  useEffect(() => {
    if (!isOld) return;
    const address = addressOf("/api/sample", { run, sample: row?.id });
    const timer = setTimeout(() => invalidate((other) => other === address), wait);
    return () => clearTimeout(timer);
  }, [isOld, seq, wait]);
}

/** The list that the sample was opened from, at its place. */
function listQuery(query: URLSearchParams): URLSearchParams {
  const kept = filterQuery(query);
  const at = query.get("i");
  if (at !== null) kept.set("i", at);
  return kept;
}

/** The samples before and after it, in the list that it was opened from. */
function useNeighbours(run: string, query: URLSearchParams) {
  const at = Number(query.get("i") ?? Number.NaN);
  const isKnown = Number.isInteger(at) && at >= 0;
  const addressAt = (index: number) =>
    addressOf("/api/samples", { ...filterOf(run, query), sort: sortOf(query), from: index, limit: 1 });
  const [one, other] = [at - 1, at + 1].map((index) => (isKnown && index >= 0 ? addressAt(index) : undefined));
  const before = useRemote<Rows>(one);
  const next = useRemote<Rows>(other);
  const open = (index: number, rows: Rows | undefined) => {
    if (!isKnown || index < 0 || rows?.samples.length === 0) return undefined;
    // Whoever presses a key twice is not slowed down by what has not come yet.
    return () => {
      fetchOnce<Rows>(addressAt(index)).then(
        ({ samples }) =>
          samples[0] !== undefined && go(to.sample(run, samples[0].id, atPlace(query, index)), { replace: true }),
        () => undefined, // The page that is open stays; the mark at the top says that the server is silent.
      );
    };
  };
  return { before: open(at - 1, before.data), next: open(at + 1, next.data) };
}

function atPlace(query: URLSearchParams, index: number): URLSearchParams {
  const kept = filterQuery(query);
  kept.set("i", String(index));
  const view = query.get("view");
  if (view !== null) kept.set("view", view);
  return kept;
}

function Facts({ view }: { readonly view: SampleView }) {
  const { row } = view;
  return (
    <div className="row facts">
      <Word of={row.outcome ?? row.person ?? "unfinished"} />
      {row.rounds === 0 ? null : <span className="quiet">after {plural(row.rounds, "round")}</span>}
      {row.tokens === null ? null : (
        <span className="num">
          <Tokens tokens={row.tokens} /> tokens
        </span>
      )}
      <span className="num quiet">{plural(row.calls, "call")}</span>
      <span className="num quiet">{time(row.ms)}</span>
      <span className="num">{usd(row.costUsd)}</span>
    </div>
  );
}

function NoSteps({ view }: { readonly view: SampleView }) {
  return (
    <div className="stage">
      <Empty title={view.row.reason ?? "It has not made a step yet"}>
        {view.row.here === null ? null : `It waits at ${plain(view.row.here)}.`}
      </Empty>
      <StateView title="As it came" state={view.came} texts={view.texts} />
    </div>
  );
}

function Steps({ view, query }: { readonly view: SampleView; readonly query: URLSearchParams }) {
  const { steps } = view;
  const asked = Number(query.get("step") ?? steps.length) - 1;
  const at = Math.max(0, Math.min(steps.length - 1, Number.isInteger(asked) ? asked : steps.length - 1));
  const step = steps[at]!;
  const shown: View = VIEWS.find((each) => each === query.get("view")) ?? "trace";
  const moveTo = (index: number) => {
    if (index >= 0 && index < steps.length) setQuery({ step: String(index + 1) }, { replace: true });
  };
  const show = (next: View) => setQuery({ view: next === "trace" ? undefined : next }, { replace: true });
  const isAlone = query.get("alone") === "1";
  const isOpen = query.get("unfold") === "1";
  const setOpen = (open: boolean) => setQuery({ unfold: open ? "1" : undefined }, { replace: true });
  const looks = wayLooks(view, at);
  useKeys("Steps", [
    { key: "h", does: "step before", run: () => moveTo(at - 1) },
    { key: "l", does: "next step", run: () => moveTo(at + 1) },
    { key: "ArrowLeft", does: "step before", run: () => moveTo(at - 1) },
    { key: "ArrowRight", does: "next step", run: () => moveTo(at + 1) },
    { key: "t", does: "trace", run: () => show("trace") },
    { key: "c", does: "calls: prompts and replies", run: () => show("calls") },
    { key: "s", does: "state: all its fields", run: () => show("state") },
    {
      key: "d",
      does: "one column or two",
      run: () => setQuery({ alone: isAlone ? undefined : "1" }, { replace: true }),
    },
    { key: "f", does: "fold or unfold unchanged paragraphs", run: () => setOpen(!isOpen) },
  ]);
  return (
    <>
      <Way steps={steps} at={at} view={view} moveTo={moveTo} />
      <div className="stage">
        <Problem view={view} />
        <div className="row tabs" role="toolbar" aria-label="What to see of this step">
          {VIEWS.map((each) => (
            <button
              key={each}
              type="button"
              className="button plain small"
              aria-pressed={shown === each}
              onClick={() => show(each)}
            >
              {each}
              {each === "calls" ? <span className="quiet num">{step.calls.length}</span> : null}
            </button>
          ))}
          <span className="grow" />
          {shown === "trace" ? (
            <button
              type="button"
              className="button plain small"
              aria-pressed={isAlone}
              onClick={() => setQuery({ alone: isAlone ? undefined : "1" }, { replace: true })}
            >
              one column
            </button>
          ) : null}
        </div>
        {shown === "trace" ? (
          <TraceAt key={step.no} view={view} at={at} isAlone={isAlone} isOpen={isOpen} setOpen={setOpen} />
        ) : null}
        {shown === "calls" ? <Calls key={step.no} run={view.run} sample={view.row.id} calls={step.calls} /> : null}
        {shown === "state" ? (
          <div className="states">
            <StateView title={`Written by ${step.node}`} state={step.writes} texts={view.texts} />
            <StateView title="Now" state={view.now} texts={view.texts} />
            <StateView title={`As it came (line ${view.line})`} state={view.source} texts={view.texts} />
          </div>
        ) : null}
      </div>
      <aside className="side" aria-label="This step">
        <div className="map">
          <Picture
            size="small"
            drawn={view.drawn}
            node={looks.node}
            edge={looks.edge}
            isDrawn={looks.isDrawn}
            onNode={(node) => {
              const next = steps.findIndex((each, index) => index > at && each.node === node.name);
              moveTo(next === -1 ? steps.findIndex((each) => each.node === node.name) : next);
            }}
          />
        </div>
        <Findings step={step} />
        {view.row.person === null ? null : (
          <section className="card">
            <Link href={to.review(view.run, new URLSearchParams({ sample: view.row.id }))}>
              {view.row.person === "for-person" ? "It waits for a person: review it" : "What the person decided"}
            </Link>
          </section>
        )}
        <section className="card actions">
          <ElsewhereMenu run={view.run} sample={view.row.id} />
          <Again run={view.run} sample={view.row.id} step={step} />
        </section>
      </aside>
    </>
  );
}

function Way(props: { steps: readonly StepView[]; at: number; view: SampleView; moveTo: (at: number) => void }) {
  const { steps, at, view, moveTo } = props;
  const list = useRef<HTMLOListElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another step is another place in a long way.
  useEffect(
    () => list.current?.querySelector("[aria-current]")?.scrollIntoView({ inline: "nearest", block: "nearest" }),
    [at],
  );
  return (
    <nav className="way-strip row" aria-label="Steps">
      <ol className="row grow" ref={list}>
        {steps.map((step, index) => (
          <li key={step.no} className={step.current ? "" : "is-left"}>
            <button
              type="button"
              aria-current={index === at ? "step" : undefined}
              title={`${plain(step.node)}: ${step.label}${step.current ? "" : " (left behind by another go)"}`}
              onClick={() => moveTo(index)}
            >
              {plain(step.node)}
              <Mark of={step.label} />
            </button>
          </li>
        ))}
        <li>
          <span className="end">
            <Word of={view.row.outcome ?? view.row.person ?? "unfinished"} />
          </span>
        </li>
      </ol>
      <span className="row stepper">
        <button type="button" className="button small" disabled={at === 0} onClick={() => moveTo(at - 1)}>
          ◀ <kbd>h</kbd>
          <span className="unseen">Step before</span>
        </button>
        <span className="num">
          step {at + 1} of {steps.length}
        </span>
        <button
          type="button"
          className="button small"
          disabled={at === steps.length - 1}
          onClick={() => moveTo(at + 1)}
        >
          <span className="unseen">Next step</span>
          <kbd>l</kbd> ▶
        </button>
      </span>
    </nav>
  );
}

function Problem({ view }: { readonly view: SampleView }) {
  const { text } = useText(asText(view.now.problem), view.texts);
  const answer = view.now.answer;
  const [isOpen, setOpen] = useState(false);
  return (
    <section className={`problem ${isOpen ? "is-open" : ""}`} aria-label="Problem">
      <button
        type="button"
        className="words"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
        title="Show all of it"
      >
        <Plain text={isOpen ? text : text.slice(0, 400)} />
      </button>
      {answer === undefined || answer === null ? null : (
        <span className="answer">
          <span className="quiet">answer</span>{" "}
          <strong>
            <Plain text={typeof answer === "string" ? answer.slice(0, 200) : JSON.stringify(answer).slice(0, 200)} />
          </strong>
        </span>
      )}
    </section>
  );
}

function asText(value: SampleView["now"][string] | undefined) {
  if (typeof value === "string") return value;
  return typeof value === "object" && value !== null && "ref" in value && "chars" in value
    ? (value as { ref: string; chars: number })
    : null;
}

interface TraceAtProps {
  readonly view: SampleView;
  readonly at: number;
  readonly isAlone: boolean;
  readonly isOpen: boolean;
  readonly setOpen: (isOpen: boolean) => void;
}

function TraceAt({ view, at, isAlone, isOpen, setOpen }: TraceAtProps) {
  const versions = versionsAt(view.steps, at);
  const before = useText(versions.before?.text ?? null, view.texts);
  const after = useText(versions.after.text, view.texts);
  const writer = versions.before?.step;
  useEffect(() => document.querySelector(".sample-page .stage")?.scrollTo(0, 0), []);
  return (
    <TraceView
      before={
        isAlone || versions.before === undefined
          ? undefined
          : { title: `before ${nameOf(versions.before.step)}`, shown: before, note: versions.before.note }
      }
      after={{
        title: writer === undefined ? "as it came" : `after ${nameOf(writer)}`,
        shown: after,
        note: versions.after.note,
      }}
      isOpen={isOpen}
      setOpen={setOpen}
    />
  );
}

function nameOf(step: StepView): string {
  return `${plain(step.node)} (step ${step.no + 1})`;
}

/**
 * The reviewer's desk: which sample lies on it, what comes next, and what was decided last.
 *
 *   queue (waits for a person, in the input's order) ──▶ on the desk ──decide──▶ the next one
 *                                                            ▲                      │ undo, until the run takes it up
 *                                                            └──────────────────────┘
 *
 * The sample on the desk is in the URL. It stays there when somebody else decides on it: the page says so, and the reader
 * goes on when they like. What was typed and not sent stays with its sample for as long as the page is open.
 */
import { useEffect, useRef, useState } from "react";
import { useStore } from "zustand";
import type { DecideRequest, ReviewShown, SamplePage, SampleReviews, SampleRow } from "../../api.ts";
import { addressOf, type Refused, refusalOf, send } from "../client.ts";
import { live } from "../live.ts";
import { invalidate, useRemote, useSteadyRemote } from "../remote.ts";
import { setQuery, usePlace } from "../router.ts";

/** Of a queue of thousands the next ones are enough. */
const QUEUE = 100;
const DECIDED = 30;
const LOOK_MS = 1_000;

/** What is begun and not sent. */
export interface Draft {
  readonly does: "edit" | "reject" | undefined;
  readonly text: string | undefined;
  readonly reason: string;
}

export interface Done {
  readonly sample: string;
  readonly node: string;
  readonly decided: DecideRequest["decided"];
}

export interface Desk {
  /** Undefined before anything has come. */
  readonly queue: SamplePage | undefined;
  readonly decided: SamplePage | undefined;
  readonly sample: string | undefined;
  readonly view: SampleReviews | undefined;
  /** The one that can be decided, else the last that was. */
  readonly review: ReviewShown | undefined;
  readonly isOld: boolean;
  readonly error: Refused | undefined;
  readonly last: Done | undefined;
  readonly isBusy: boolean;
  readonly draft: Draft;
  readonly setDraft: (draft: Draft) => void;
  readonly open: (sample: string) => void;
  readonly next: (() => void) | undefined;
  readonly before: (() => void) | undefined;
  readonly decide: (decision: Pick<DecideRequest, "decided" | "reason" | "text" | "by">) => Promise<boolean>;
  readonly undo: ((done: Pick<Done, "sample" | "node">) => void) | undefined;
}

export function useDesk(run: string): Desk {
  const { query } = usePlace();
  const list = (outcome: string, limit: number) => addressOf("/api/samples", { run, outcome, limit });
  const queue = useRemote<SamplePage>(list("for-person", QUEUE)).data;
  const decided = useRemote<SamplePage>(list("decided", DECIDED)).data;
  const sample = query.get("sample") ?? queue?.samples[0]?.id;
  const asked = sample === undefined ? undefined : addressOf("/api/review", { run, sample });
  const { data, isOld, error: unread } = useSteadyRemote<SampleReviews>(asked);
  const [error, setError] = useState<Refused>();
  const [last, setLast] = useState<Done>();
  const [isBusy, setBusy] = useState(false);
  const view = data?.sample === sample ? data : undefined;
  const review = view?.reviews.find(({ state }) => state === "open") ?? view?.reviews[0];
  const what = `${sample} ${review?.node} ${review?.visit}`;
  const shownAt = useShownAt(what);
  const [drafts, setDrafts] = useState<ReadonlyMap<string, Draft>>(new Map());
  useNews();
  const first = query.get("sample") === null ? sample : undefined;
  useEffect(() => {
    if (first !== undefined) setQuery({ sample: first }, { replace: true });
  }, [first]);
  const open = (id: string) => {
    setError(undefined);
    setQuery({ sample: id });
  };
  // The lists know it at once, so that a key pressed twice goes two samples on.
  const listed = [...(queue?.samples ?? []), ...(decided?.samples ?? [])].find(({ id }) => id === sample);
  const at = listed?.n ?? view?.n;
  const next = after(queue?.samples ?? [], at, sample);
  const before = (queue?.samples ?? []).findLast((row) => at !== undefined && row.n < at);

  /** What a change comes to: told, or shown as trouble; the lists are asked again either way. */
  const change = async (work: () => Promise<unknown>): Promise<boolean> => {
    setBusy(true);
    setError(undefined);
    try {
      await work();
      return true;
    } catch (thrown) {
      setError(refusalOf(thrown));
      return false;
    } finally {
      setBusy(false);
      lookAgain();
    }
  };
  return {
    ...{ queue, decided, sample, view, review, isOld, last, isBusy, open },
    error: error ?? (data === undefined ? unread : undefined),
    draft: drafts.get(what) ?? NO_DRAFT,
    setDraft: (draft) => setDrafts(new Map(drafts).set(what, draft)),
    next: next && (() => open(next.id)),
    before: before && (() => open(before.id)),
    decide: async (decision) => {
      if (sample === undefined || review === undefined || isBusy) return false;
      const seconds = Math.round((performance.now() - shownAt) / 100) / 10;
      const body: DecideRequest = { run, sample, node: review.node, seconds, ...decision };
      const isDone = await change(() => send("/api/decide", body));
      if (!isDone) return false;
      setDrafts(new Map([...drafts].filter(([key]) => key !== what)));
      setLast({ sample, node: review.node, decided: decision.decided });
      const isMore = view?.reviews.some((other) => other.state === "open" && other.node !== review.node) === true;
      if (!isMore) setQuery({ sample: next?.id });
      return true;
    },
    undo: isBusy
      ? undefined
      : ({ sample: of, node }) =>
          void change(() => send("/api/withdraw", { run, sample: of, node })).then((isDone) => {
            if (isDone) setLast(undefined);
            setQuery({ sample: of });
          }),
  };
}

const NO_DRAFT: Draft = { does: undefined, text: undefined, reason: "" };

function lookAgain(): void {
  invalidate((address) => /^\/api\/(review|samples|run)\?/.test(address));
}

/** The one after it in the queue; after the last one the first. */
function after(queue: readonly SampleRow[], at: number | undefined, sample: string | undefined): SampleRow | undefined {
  const others = queue.filter(({ id }) => id !== sample);
  return others.find(({ n }) => at !== undefined && n > at) ?? others[0];
}

/** When what lies on the desk came there. */
function useShownAt(what: string): number {
  const shown = useRef({ what, at: performance.now() });
  if (shown.current.what !== what) shown.current = { what, at: performance.now() };
  return shown.current.at;
}

/** Others decide too, and the run takes up and asks: looked at when something has happened, once a second at most. */
function useNews(): void {
  const seq = useStore(live, (state) => state.seq);
  const lookedAt = useRef(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change of the run is a reason to look once more.
  useEffect(() => {
    const look = () => {
      lookedAt.current = performance.now();
      invalidate((address) => /^\/api\/(review|samples)\?/.test(address));
    };
    const timer = setTimeout(look, Math.max(50, lookedAt.current + LOOK_MS - performance.now()));
    return () => clearTimeout(timer);
  }, [seq]);
}

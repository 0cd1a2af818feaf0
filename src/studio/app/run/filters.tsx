/** The line above the samples: search, facets with their counts, what is chosen, and in which order. */
import { useEffect, useRef, useState } from "react";
import { OUTCOMES, RATINGS } from "../../../core/sample.ts";
import type { SampleCounts } from "../../api.ts";
import { brief, count } from "../format.ts";
import { useKeys } from "../keys.ts";
import { Mark, wordFor } from "../parts/marks.tsx";
import { Menu } from "../parts/menu.tsx";
import { plain } from "../parts/plain.tsx";
import { setQuery } from "../router.ts";
import {
  type BoundName,
  chipsOf,
  clearFilter,
  isFiltered,
  type ListName,
  SORT_WORDS,
  type Sort,
  sortOf,
  toggle,
} from "./filter.ts";

interface Props {
  readonly query: URLSearchParams;
  readonly total: number | undefined;
  /** Of all samples: what there is to choose. */
  readonly counts: SampleCounts | undefined;
}

export function Filters({ query, total, counts }: Props) {
  const chips = chipsOf(query);
  return (
    <div className="filters">
      <div className="row line">
        <strong className="num total" aria-live="polite">
          {total === undefined ? "" : count(total)}
        </strong>
        <Search query={query} />
        <span className="grow" />
        <Menu label={SORT_WORDS[sortOf(query)]} says={`Order: ${SORT_WORDS[sortOf(query)]}`} align="right">
          {(Object.keys(SORT_WORDS) as Sort[]).map((sort) => (
            <label key={sort} className="choice">
              <input
                type="radio"
                name="sort"
                checked={sortOf(query) === sort}
                onChange={() => setQuery({ sort: sort === "input" ? undefined : sort })}
              />
              {SORT_WORDS[sort]}
            </label>
          ))}
        </Menu>
      </div>
      <div className="row line facets">
        <Facet title="Outcome" name="outcome" query={query} values={[...OUTCOMES, "unfinished"]} n={counts?.outcomes} />
        <Facet title="Rating" name="rating" query={query} values={[...RATINGS, "none"]} n={counts?.ratings} />
        <Rounds query={query} counts={counts} />
        <Facet
          title="Domain"
          name="domain"
          query={query}
          values={counts?.domains.map(({ domain }) => domain) ?? []}
          n={Object.fromEntries(counts?.domains.map(({ domain, samples }) => [domain, samples]) ?? [])}
        />
        <Bounds title="Length" unit="tokens" query={query} from="tokensMin" upTo="tokensMax" />
      </div>
      {chips.length === 0 ? null : (
        <div className="row line chips">
          {chips.map((chip) => (
            <span key={chip.key} className="chip">
              <span className="cut">{plain(chip.text)}</span>
              <button type="button" onClick={chip.remove} aria-label={`Take away: ${plain(chip.text)}`}>
                ✕
              </button>
            </span>
          ))}
          {isFiltered(query) ? (
            <button type="button" className="button plain small" onClick={clearFilter}>
              Clear
            </button>
          ) : null}
        </div>
      )}
    </div>
  );
}

/** What is typed goes into the URL after a moment of rest, so that going back does not spell. */
function Search({ query }: { readonly query: URLSearchParams }) {
  const inUrl = query.get("text") ?? "";
  const [text, setText] = useState(inUrl);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => setText(inUrl), [inUrl]);
  useEffect(() => {
    if (text === inUrl) return;
    const timer = setTimeout(() => setQuery({ text: text === "" ? undefined : text }, { replace: inUrl !== "" }), 250);
    return () => clearTimeout(timer);
  }, [text, inUrl]);
  useKeys("Samples", [{ key: "/", does: "search", run: () => field.current?.focus() }]);
  return (
    <input
      ref={field}
      className="field"
      type="search"
      placeholder="Search id or problem"
      aria-label="Search samples"
      value={text}
      onChange={(event) => setText(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === "Escape") field.current?.blur();
      }}
    />
  );
}

interface FacetProps {
  readonly title: string;
  readonly name: ListName;
  readonly query: URLSearchParams;
  readonly values: readonly string[];
  readonly n: Readonly<Record<string, number>> | undefined;
}

function Facet({ title, name, query, values, n }: FacetProps) {
  const chosen = query.getAll(name);
  const shown = values.filter((value) => chosen.includes(value) || n === undefined || (n[value] ?? 0) > 0);
  if (name === "domain" && shown.filter((value) => value !== "").length === 0) return null;
  return (
    <Menu label={title} isOn={chosen.length > 0}>
      {shown.map((value) => (
        <label key={value} className="choice">
          <input type="checkbox" checked={chosen.includes(value)} onChange={() => toggle(query, name, value)} />
          <Mark of={value} />
          <span className="cut">{value === "" ? "none" : plain(wordFor(value))}</span>
          <span className="num">{n === undefined ? "" : count(n[value] ?? 0)}</span>
        </label>
      ))}
    </Menu>
  );
}

function Rounds({ query, counts }: { readonly query: URLSearchParams; readonly counts: SampleCounts | undefined }) {
  const now = query.get("roundsMin");
  const most = Math.max(1, ...(counts?.rounds.map(({ rounds }) => rounds) ?? []));
  const from = Array.from({ length: Math.min(most, 8) }, (_, index) => index + 1);
  const atLeast = (n: number) =>
    counts?.rounds.reduce((sum, { rounds, samples }) => sum + (rounds >= n ? samples : 0), 0) ?? 0;
  return (
    <Menu label="Rounds" isOn={now !== null}>
      {from.map((n) => (
        <label key={n} className="choice">
          <input
            type="radio"
            name="rounds"
            checked={now === String(n)}
            onChange={() => setQuery({ roundsMin: String(n) })}
          />
          {n} or more
          <span className="num">{brief(atLeast(n))}</span>
        </label>
      ))}
      <label className="choice">
        <input type="radio" name="rounds" checked={now === null} onChange={() => setQuery({ roundsMin: undefined })} />
        any
      </label>
    </Menu>
  );
}

interface BoundsProps {
  readonly title: string;
  readonly unit: string;
  readonly query: URLSearchParams;
  readonly from: BoundName;
  readonly upTo: BoundName;
}

function Bounds({ title, unit, query, from, upTo }: BoundsProps) {
  return (
    <Menu label={title} isOn={query.has(from) || query.has(upTo)}>
      <form
        className="pair"
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          setQuery({ [from]: String(form.get(from) ?? ""), [upTo]: String(form.get(upTo) ?? "") });
        }}
      >
        <input
          className="field"
          type="number"
          min={0}
          name={from}
          placeholder="from"
          aria-label={`From so many ${unit}`}
          defaultValue={query.get(from) ?? ""}
        />
        –
        <input
          className="field"
          type="number"
          min={0}
          name={upTo}
          placeholder="up to"
          aria-label={`Up to so many ${unit}`}
          defaultValue={query.get(upTo) ?? ""}
        />
        <button type="submit" className="button small">
          Set
        </button>
      </form>
      <p className="quiet pair">{unit} of the trace as it left</p>
    </Menu>
  );
}

/**
 * Where we are: the address bar is the only state of its kind. Every page and every filter on it is in the URL, so each
 * view can be sent, and going back undoes the last choice.
 */
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";

export type Route =
  | { readonly page: "runs" }
  | { readonly page: "run"; readonly run: string }
  | { readonly page: "review"; readonly run: string }
  | { readonly page: "sample"; readonly run: string; readonly sample: string }
  | { readonly page: "compare"; readonly a: string; readonly b: string }
  | { readonly page: "graphs" }
  | { readonly page: "editor"; readonly file: string }
  | { readonly page: "nowhere"; readonly path: string };

export interface Place {
  readonly route: Route;
  readonly query: URLSearchParams;
}

export const place = createStore<Place>(() => readPlace());

addEventListener("popstate", () => place.setState(readPlace(), true));

export function usePlace(): Place {
  return useStore(place);
}

function readPlace(): Place {
  return { route: routeOf(location.pathname), query: new URLSearchParams(location.search) };
}

/** Ids and file names may hold anything, slashes too: each is one segment, as `segment` writes it. */
export function routeOf(path: string): Route {
  const [first = "", ...rest] = path.split("/").slice(1).map(decode);
  const [a, b, c] = rest;
  if (first === "" && rest.length === 0) return { page: "runs" };
  if (first === "runs" && a !== undefined && a !== "") {
    if (rest.length === 1) return { page: "run", run: a };
    if (rest.length === 2 && b === "review") return { page: "review", run: a };
    if (rest.length === 3 && b === "samples" && c !== undefined) return { page: "sample", run: a, sample: c };
  }
  if (first === "compare" && rest.length === 2) return { page: "compare", a: a!, b: b! };
  if (first === "graphs" && rest.length === 0) return { page: "graphs" };
  if (first === "graphs" && rest.length === 1) return { page: "editor", file: a! };
  return { page: "nowhere", path };
}

/** `.` and `..` would be taken as ways through folders, even percent-encoded: a tilde stands before those. */
function segment(name: string): string {
  return /^~|^\.{1,2}$/.test(name) ? `~${encodeURIComponent(name)}` : encodeURIComponent(name.toWellFormed());
}

function decode(written: string): string {
  try {
    return decodeURIComponent(written.replace(/^~/, ""));
  } catch {
    return written; // A stray % typed by hand: taken as it stands.
  }
}

export const to = {
  runs: () => "/",
  run: (run: string, query?: URLSearchParams) => `/runs/${segment(run)}${tail(query)}`,
  sample: (run: string, sample: string, query?: URLSearchParams) =>
    `/runs/${segment(run)}/samples/${segment(sample)}${tail(query)}`,
  review: (run: string, query?: URLSearchParams) => `/runs/${segment(run)}/review${tail(query)}`,
  compare: (a: string, b: string, query?: URLSearchParams) => `/compare/${segment(a)}/${segment(b)}${tail(query)}`,
  graphs: () => "/graphs",
  editor: (file: string, query?: URLSearchParams) => `/graphs/${segment(file)}${tail(query)}`,
};

function tail(query: URLSearchParams | undefined): string {
  const text = query?.toString() ?? "";
  return text === "" ? "" : `?${text}`;
}

/** May hold us here: an editor with unsaved changes asks first. */
let mayLeave: () => boolean = () => true;
export function guardLeaving(ask: () => boolean): () => void {
  mayLeave = ask;
  return () => {
    mayLeave = () => true;
  };
}

export function go(href: string, how: { readonly replace?: boolean } = {}): void {
  const url = new URL(href, location.href);
  if (url.pathname !== location.pathname && !mayLeave()) return;
  if (how.replace === true) history.replaceState(null, "", href);
  else history.pushState(null, "", href);
  place.setState(readPlace(), true);
}

/** Changes parts of the query and stays on the page; `undefined` takes a part out, a list is a key that is repeated. */
export function setQuery(
  change: Readonly<Record<string, string | readonly string[] | undefined>>,
  how: { readonly replace?: boolean } = {},
): void {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(change)) {
    query.delete(name);
    for (const item of value === undefined || value === "" ? [] : [value].flat()) query.append(name, item);
  }
  if (tail(query) !== location.search) go(`${location.pathname}${tail(query)}`, how);
}

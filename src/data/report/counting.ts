/** Counting by names that come from data: bounded, because a report must fit in memory whatever its run holds. */

/** Names beyond `most` are counted together under `rest`. */
export class Counts {
  readonly #counts = new Map<string, number>();
  readonly #most: number;
  readonly #rest: string;

  constructor(most = 40, rest = "others") {
    this.#most = most;
    this.#rest = rest;
  }

  add(name: string, count = 1): void {
    const key = this.#counts.has(name) || this.#counts.size < this.#most ? name : this.#rest;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + count);
  }

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** The largest first. */
  list(): { readonly name: string; readonly count: number }[] {
    return [...this.#counts].map(([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count);
  }
}

/** A value for each of many names, made when first asked for; bounded like Counts. */
export class Grouped<T> {
  readonly #groups = new Map<string, T>();
  readonly #make: () => T;
  readonly #most: number;

  constructor(make: () => T, most = 40) {
    this.#make = make;
    this.#most = most;
  }

  at(name: string): T {
    const key = this.#groups.has(name) || this.#groups.size < this.#most ? name : "others";
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const fresh = this.#make();
    this.#groups.set(key, fresh);
    return fresh;
  }

  entries(): [string, T][] {
    return [...this.#groups];
  }
}

/**
 * A reason with what is one sample's own taken out, so that equal reasons count as one: quoted words, numbers, and what
 * follows a colon. "it reaches "7", the reference is "8"" is "it reaches …, the reference is …".
 */
export function likeReason(reason: string): string {
  const plain = reason
    .slice(0, 400)
    .replace(/"[^"]*"?/g, "…")
    .replace(/\([^()]*\)/g, "")
    .replace(/\s+/g, " ")
    .replace(/\d[\d,.]*/g, "N")
    .replace(/\s+([,;:])/g, "$1")
    .trim();
  return plain.length > 110 ? `${plain.slice(0, 109)}…` : plain || "no reason given";
}

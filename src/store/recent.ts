/**
 * A map that remembers at least the last `limit` units of what was set or used, and at most twice that, in two
 * generations: when the young one is full it becomes the old one, and what is asked for there moves back. No bookkeeping
 * for each use, unlike a true LRU.
 */
export class Recent<K, V> {
  readonly #limit: number;
  #young = new Map<K, { readonly value: V; readonly size: number }>();
  #old = new Map<K, { readonly value: V; readonly size: number }>();
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: K): V | undefined {
    const young = this.#young.get(key);
    if (young) return young.value;
    const old = this.#old.get(key);
    if (old) this.set(key, old.value, old.size);
    return old?.value;
  }

  set(key: K, value: V, size: number): void {
    if (this.#size + size > this.#limit) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#size = 0;
    }
    this.#young.set(key, { value, size });
    this.#size += size;
  }

  delete(key: K): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
    this.#size = 0;
  }
}

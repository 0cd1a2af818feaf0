/**
 * Questions of many askers in one statement: what is asked in the same moment, and while the statement before is under way,
 * goes together. Hundreds of samples begin at once, and each alone would be four round trips.
 */
export class Together<V> {
  readonly #load: (keys: readonly string[]) => Promise<ReadonlyMap<string, V>>;
  #asked = new Map<string, PromiseWithResolvers<V | undefined>>();
  #isBusy = false;

  /** `load` finds what there is of these keys; if it throws, it throws to all who asked. */
  constructor(load: (keys: readonly string[]) => Promise<ReadonlyMap<string, V>>) {
    this.#load = load;
  }

  /** The answer is never older than the question. */
  ask(key: string): Promise<V | undefined> {
    const asked = this.#asked.get(key) ?? Promise.withResolvers<V | undefined>();
    this.#asked.set(key, asked);
    if (!this.#isBusy) void this.#goOn();
    return asked.promise;
  }

  async #goOn(): Promise<void> {
    this.#isBusy = true;
    while (this.#asked.size > 0) {
      await Promise.resolve(); // Whoever asks in this moment, too.
      const asked = this.#asked;
      this.#asked = new Map();
      try {
        const found = await this.#load([...asked.keys()]);
        for (const [key, { resolve }] of asked) resolve(found.get(key));
      } catch (error) {
        for (const { reject } of asked.values()) reject(error);
      }
    }
    this.#isBusy = false;
  }
}

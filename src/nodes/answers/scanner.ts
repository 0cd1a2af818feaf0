/** Reads a text from left to right with sticky patterns; what every part of the parser stands on. */

/** The text is no answer in mathematical notation. Thrown while reading, caught in parseAnswer. */
export class NotMath extends Error {}

/** Calls within calls: hostile brackets must not reach the end of the stack. */
const MAX_DEPTH = 240;

export class Scanner {
  protected readonly text: string;
  protected at = 0;
  /** Inside `|...|` a bar closes; elsewhere it opens. */
  protected bars = 0;
  #depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  protected inside<T>(read: () => T): T {
    const bars = this.bars;
    this.bars = 0;
    const result = this.deeper(read);
    this.bars = bars;
    return result;
  }

  protected deeper<T>(read: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw new NotMath();
    const result = read();
    this.#depth--;
    return result;
  }

  protected space(): void {
    while (this.text[this.at] === " ") this.at++;
  }

  protected peek(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    return pattern.test(this.text);
  }

  protected take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (!match) return undefined;
    this.at += match[0].length;
    return match[0];
  }

  protected need(pattern: RegExp): void {
    if (this.take(pattern) === undefined) throw new NotMath();
  }
}

/** Rows of the input that were left out, told as they come. */
import { describeProblem, type RowProblem } from "../../data/read.ts";
import type { Io } from "../io.ts";
import { plural } from "../words.ts";

/** Says which rows were left out, the first ones one by one. */
export class SkippedRows {
  readonly #io: Io;
  readonly #input: string;
  #count = 0;

  constructor(io: Io, input: string) {
    this.#io = io;
    this.#input = input;
  }

  add(problem: RowProblem): void {
    this.#count += 1;
    if (this.#count <= 20) this.#io.say(`skipped  ${describeProblem(problem, this.#input)}`);
  }

  close(): void {
    if (this.#count > 20) this.#io.say(`skipped  ${plural(this.#count - 20, "more row")}`);
  }
}

/** `trace=reasoning` for each flag. */

/**
 * Agreement beyond chance: Cohen's kappa (Educational and Psychological Measurement 20, 1960), not the percentage, which
 * is high wherever most verdicts are alike. 1 is full agreement, 0 is what chance gives.
 *
 * Of a node's votes only the first two are compared: a vote that is stopped as soon as it is settled is asked for a third
 * word only where the first two differ, so counting all of them would make judges look less, or more, agreed than they are.
 */
export interface Agreement {
  readonly pairs: number;
  readonly agreed: number;
  /** Null where it can't be told: no pairs, or everybody always said the same one word. */
  readonly kappa: number | null;
  /** How often the first said the row's word while the second said the column's. */
  readonly words: readonly string[];
  readonly matrix: readonly (readonly number[])[];
}

export class Pairs {
  readonly #words: readonly string[];
  readonly #matrix: number[][];

  constructor(words: readonly string[]) {
    this.#words = words;
    this.#matrix = words.map(() => words.map(() => 0));
  }

  add(first: string, second: string): void {
    const row = this.#matrix[this.#words.indexOf(first)];
    const column = this.#words.indexOf(second);
    if (row !== undefined && column >= 0) row[column] = (row[column] ?? 0) + 1;
  }

  /** `symmetric`: which of the two was first means nothing, as with two votes of one judge. */
  result(symmetric: boolean): Agreement {
    const matrix = this.#matrix;
    const pairs = matrix.flat().reduce((sum, count) => sum + count, 0);
    const agreed = matrix.reduce((sum, row, at) => sum + row[at]!, 0);
    const [rows, columns] = [matrix.map(total), matrix.map((_row, at) => total(matrix.map((row) => row[at]!)))];
    const share = (at: number) =>
      symmetric ? ((rows[at]! + columns[at]!) / (2 * pairs)) ** 2 : (rows[at]! * columns[at]!) / pairs ** 2;
    const chance = pairs === 0 ? 1 : this.#words.reduce((sum, _word, at) => sum + share(at), 0);
    const kappa = pairs === 0 || chance >= 1 - 1e-12 ? null : (agreed / pairs - chance) / (1 - chance);
    return {
      pairs,
      agreed,
      kappa: kappa === null ? null : Math.round(kappa * 1000) / 1000,
      words: this.#words,
      matrix,
    };
  }
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/** What answer, chain and efficiency count, together 1: in a sample's score and as loss weights. */
export interface Weights {
  readonly answer: number;
  readonly chain: number;
  readonly efficiency: number;
}

/** As the second recipe has them. */
export const DEFAULT_WEIGHTS: Weights = { answer: 0.4, chain: 0.3, efficiency: 0.3 };

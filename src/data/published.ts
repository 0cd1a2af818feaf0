/**
 * Published results of the DistilQwen2.5 series, to stand beside one's own as orientation: other prompts, graders and
 * samplings made them, and most are one run. Accuracies in percent and average output tokens, from the series' own pages;
 * the rows of DS3-0324 and R1 are exchanged there against its recipes and announcements, and are here put back. Where a
 * figure was not published there is none.
 */
import type { BenchmarkName } from "./benchmarks/names.ts";

export interface Published {
  readonly model: string;
  readonly accuracy?: number;
  readonly tokens?: number;
}

export const PUBLISHED: Readonly<Partial<Record<BenchmarkName, readonly Published[]>>> = {
  aime2024: [
    { model: "DS3-0324-7B", accuracy: 23.33 },
    { model: "DS3-0324-14B", accuracy: 26.67 },
    { model: "DS3-0324-32B", accuracy: 46.67, tokens: 4_177 },
    { model: "R1-32B", accuracy: 70, tokens: 12_178 },
  ],
  math500: [
    { model: "DS3-0324-7B", accuracy: 77.8 },
    { model: "DS3-0324-14B", accuracy: 82.6 },
    { model: "DS3-0324-32B", accuracy: 87 },
    { model: "R1-32B", accuracy: 93.8 },
  ],
  "gpqa-diamond": [
    { model: "DS3-0324-7B", accuracy: 37.88 },
    { model: "DS3-0324-14B", accuracy: 45.45 },
    { model: "DS3-0324-32B", accuracy: 48.99 },
    { model: "R1-32B", accuracy: 62.12 },
  ],
  "livecodebench-v2": [
    { model: "DS3-0324-7B", accuracy: 36.4 },
    { model: "DS3-0324-14B", accuracy: 41.49 },
    { model: "DS3-0324-32B", accuracy: 55.97 },
    { model: "R1-32B", accuracy: 65.95 },
  ],
  "mmlu-pro": [
    { model: "DS3-0324-32B", tokens: 690 },
    { model: "R1-32B", tokens: 4_198 },
  ],
};

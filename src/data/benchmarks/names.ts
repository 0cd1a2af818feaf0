/** The benchmarks by name; apart from their readers, since the command line's help names them. */
export const BENCHMARK_NAMES = [
  "aime2024",
  "aime2025",
  "math500",
  "gsm8k",
  "gpqa-diamond",
  "mmlu-pro",
  "livecodebench-v2",
  "humaneval",
  "mbpp",
] as const;
export type BenchmarkName = (typeof BENCHMARK_NAMES)[number];

/** What the three `train.sh` have in common: where they stand, which variant, which student. */
import { type FolderFacts, METHOD_TITLES } from "./trainer.ts";

export interface ScriptWords {
  readonly title: string;
  /** How a flag is handed on to this trainer, for the comment. */
  readonly flagExample: string;
  /** Lines before the first method. */
  readonly before?: readonly string[];
  /** Trains `method` from $student into $out, with $variant and the user's own flags. */
  train(method: FolderFacts["data"][number]["method"]): readonly string[];
  /** Puts the adapters of $out and $student together into $merged. */
  readonly merge: string;
}

/**
 * Methods run one after the other, each from what the one before left; DPO and CogPO both start from the SFT student.
 * The last line names the folder to serve.
 */
export function trainScript({ student, data }: FolderFacts, words: ScriptWords): string {
  const steps = data.map(({ method }) =>
    [
      "",
      `# ${METHOD_TITLES[method]}`,
      `student=$start`,
      `out=output/${method}-$variant`,
      "merged=$out/merged",
      ...words.train(method),
      "trained=$out",
      'if [ "$variant" = lora ]; then',
      `  ${words.merge}`,
      "  trained=$merged",
      "fi",
      ...(method === "sft" ? ["start=$trained"] : []),
      'echo "trained: $PWD/$trained"',
    ].join("\n"),
  );
  return `#!/usr/bin/env bash
# Trains ${student.id} on the rows of this folder with ${words.title}.
#
#   bash train.sh         only adapters learn (LoRA); they are merged into the model at the end
#   bash train.sh full    all weights learn
#
# Whatever follows is handed on to the trainer: bash train.sh lora ${words.flagExample}
# STUDENT=<name or folder> bash train.sh starts from another copy of the model.
set -euo pipefail
if [ -d "\${STUDENT:-}" ]; then STUDENT=$(cd "$STUDENT" && pwd); fi
cd "$(dirname "\${BASH_SOURCE[0]}")"
variant=lora
case "\${1:-}" in lora | full) variant=$1 && shift ;; esac
start=\${STUDENT:-${student.id}}
${(words.before ?? []).map((line) => `${line}\n`).join("")}${steps.join("\n")}
`;
}

/** Above this, the optimizer's own state does not fit one GPU when all weights learn: it is spread over all (ZeRO-3). */
const SPREAD_FROM_BILLIONS = 7;

export function isSpread({ student }: FolderFacts): boolean {
  return student.billions >= SPREAD_FROM_BILLIONS;
}

/** DeepSpeed's settings; `auto` is filled in by the trainer. */
export const ZERO3 = `${JSON.stringify(
  {
    train_batch_size: "auto",
    train_micro_batch_size_per_gpu: "auto",
    gradient_accumulation_steps: "auto",
    gradient_clipping: "auto",
    bf16: { enabled: "auto" },
    zero_optimization: {
      stage: 3,
      overlap_comm: true,
      contiguous_gradients: true,
      reduce_bucket_size: "auto",
      stage3_prefetch_bucket_size: "auto",
      stage3_param_persistence_threshold: "auto",
      stage3_gather_16bit_weights_on_model_save: true,
    },
  },
  null,
  2,
)}\n`;

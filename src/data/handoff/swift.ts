/**
 * ms-swift. Rows in its standard form, `messages`, and `rejected_response` for pairs, given by path: that is the
 * registration it recommends. It takes `role`, `content`, `loss` and `loss_scale` of a message and drops the rest, so a
 * chain in a field of its own would be lost. It has no beta for each pair.
 */
import { repliesBySpan } from "../writers/messages.ts";
import { type ConfigLine, renderConfig } from "./config-text.ts";
import { pairFields } from "./pair-rows.ts";
import { isSpread, trainScript } from "./scripts.ts";
import { betaText, DPO_BETA, LOGS_AND_SAVES, LORA, oneBetaNote, settingsOf, stepLines } from "./settings.ts";
import {
  dataFile,
  type FolderFacts,
  type Method,
  type MethodData,
  type Trainer,
  VARIANTS,
  type Variant,
} from "./trainer.ts";

export const swift: Trainer = {
  name: "swift",
  title: "ms-swift",
  hasBetaByPair: false,
  requirements: ["ms-swift==4.6.0", "transformers==5.19.0", "trl==0.29.1"],

  turnsRow(turns, id) {
    const { problem, reply, mode } = turns;
    const [user, assistant] = messages(problem, reply);
    return { messages: [user, ...(repliesBySpan(turns) ?? [assistant])], id, ...(mode === undefined ? {} : { mode }) };
  },

  pairRow(pair, id, method) {
    const { problem, chosen, rejected } = pair;
    const row = { messages: messages(problem, chosen), rejected_response: rejected };
    return { ...row, ...pairFields(pair, id, method) };
  },

  async files(facts) {
    const files: Record<string, string> = { "train.sh": trainScript(facts, WORDS) };
    for (const each of facts.data) {
      for (const variant of VARIANTS) files[`${each.method}.${variant}.yaml`] = config(facts, each, variant);
    }
    return files;
  },

  notes({ data }) {
    const cut = "A row that is longer than `max_length` is left out (`truncation_strategy: delete`), not cut.";
    return [cut, ...oneBetaNote("ms-swift", data)];
  },
};

const messages = (problem: string, reply: string) => [
  { role: "user", content: problem },
  { role: "assistant", content: reply },
];

const WORDS = {
  title: "ms-swift",
  flagExample: "--max_steps 10",
  before: [
    "# Without this, ms-swift lays one copy of the model over all GPUs.",
    "gpus=$(nvidia-smi -L 2>/dev/null | wc -l || true)",
    'if [ "$gpus" -gt 1 ]; then export NPROC_PER_NODE=${NPROC_PER_NODE:-$gpus}; fi',
  ],
  train: (method: Method) => [
    `swift ${method === "sft" ? "sft" : "rlhf"} "${method}.$variant.yaml" --model "$student" --output_dir "$out" "$@"`,
    'out=$(ls -d "$out"/checkpoint-* | sort -V | tail -n 1)',
  ],
  merge:
    'swift export --model "$student" --model_type qwen2 --adapters "$out" --merge_lora true --output_dir "$merged" --exist_ok true',
};

function templateOf({ student }: FolderFacts): string {
  return student.isMath ? "qwen2_5_math" : "qwen2_5";
}

function config(facts: FolderFacts, data: MethodData, variant: Variant): string {
  const { method, validation, cutoff } = data;
  const settings = settingsOf(method, variant);
  const lines: ConfigLine[] = [
    ["model", facts.student.id],
    "Named, since ms-swift knows them by the hub's names alone: a merged student's folder has none.",
    ["model_type", "qwen2"],
    ["template", templateOf(facts)],
    ["torch_dtype", "bfloat16"],
    ["output_dir", `output/${method}-${variant}`],
    "No folder by date in it: train.sh goes on from the newest checkpoint there.",
    ["add_version", false],
    "",
    ...(method === "sft"
      ? []
      : ([
          ["rlhf_type", "dpo"],
          ["loss_type", "sigmoid"],
        ] as const)),
    ...(method === "dpo" ? [["beta", DPO_BETA] as const] : []),
    ...(method === "cogpo"
      ? [
          "The mean of the rows' betas: this trainer has one for all of them.",
          ["beta", Number(betaText(data.meanBeta ?? DPO_BETA))] as const,
        ]
      : []),
    ["tuner_type", variant],
    ...(variant === "lora"
      ? ([
          ["lora_rank", LORA.rank],
          ["lora_alpha", LORA.alpha],
          ["lora_dropout", LORA.dropout],
          ["target_modules", "all-linear"],
        ] as const)
      : []),
    "",
    ["dataset", dataFile(method, "train")],
    ["load_from_cache_file", false],
    ["max_length", cutoff],
    ["truncation_strategy", "delete"],
    ...(method === "sft" ? [["packing", false] as const] : []),
    ...(data.isWeighted
      ? ["Chain and answer have weights of their own, in the rows.", ["is_binary_loss_scale", false] as const]
      : []),
    "",
    ...stepLines(settings),
    ["warmup_ratio", settings.warmup],
    ["lr_scheduler_type", settings.schedule],
    ["gradient_checkpointing", true],
    ["seed", 42],
    "",
    ...LOGS_AND_SAVES,
  ];
  if (validation === undefined) lines.push(["eval_strategy", "no"]);
  else {
    lines.push(
      "",
      ["val_dataset", dataFile(method, "validation")],
      ["eval_strategy", "epoch"],
      ["per_device_eval_batch_size", 1],
    );
  }
  if (variant === "full" && isSpread(facts)) lines.push("", ["deepspeed", "zero3"]);
  return renderConfig(lines);
}

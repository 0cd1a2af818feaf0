/**
 * TRL. SFT rows are `{prompt, completion}` as messages: TRL takes the loss on the completion alone, whatever the chat
 * template marks. Preference rows are `{prompt, chosen, rejected}` as messages, with `beta` for CogPO, which TRL has no
 * loss for: the folder carries a trainer of our own (trainers/trl/cogpo.py).
 */
import { type ConfigLine, renderConfig } from "./config-text.ts";
import { pairFields } from "./pair-rows.ts";
import { isSpread, trainScript, ZERO3 } from "./scripts.ts";
import { DPO_BETA, LOGS_AND_SAVES, LORA, settingsOf, stepLines } from "./settings.ts";
import { type FolderFacts, type MethodData, type Trainer, VARIANTS, type Variant } from "./trainer.ts";

const user = (content: string) => [{ role: "user", content }];
const assistant = (content: string) => [{ role: "assistant", content }];

export const trl: Trainer = {
  name: "trl",
  title: "TRL",
  hasBetaByPair: true,
  requirements: ["trl==1.16.0", "peft==0.21.2", "transformers==5.23.0", "datasets==5.2.0", "accelerate==1.15.0"],

  turnsRow({ problem, reply, mode }, id) {
    return { prompt: user(problem), completion: assistant(reply), id, ...(mode === undefined ? {} : { mode }) };
  },

  pairRow(pair, id, method) {
    const { problem, chosen, rejected } = pair;
    const row = { prompt: user(problem), chosen: assistant(chosen), rejected: assistant(rejected) };
    return { ...row, ...pairFields(pair, id, method) };
  },

  async files(facts, asset) {
    const files: Record<string, string> = {
      "train.sh": trainScript(facts, WORDS),
      "merge.py": await asset("trl/merge.py"),
    };
    for (const each of facts.data) {
      for (const variant of VARIANTS) files[`${each.method}.${variant}.yaml`] = config(facts, each, variant);
      if (each.method === "cogpo") files["cogpo.py"] = await asset("trl/cogpo.py");
    }
    if (isSpread(facts)) files["zero3.json"] = ZERO3;
    return files;
  },

  notes({ data }) {
    const cut = "TRL cuts a row that is longer than `max_length` at its end, and the answer with it.";
    const cogpo =
      "TRL has no loss with a beta for each pair. `cogpo.py` is a trainer of this folder's own: TRL's DPO, with the row's `beta` where the one beta stands.";
    return data.some(({ method }) => method === "cogpo") ? [cut, cogpo] : [cut];
  },
};

const WORDS = {
  title: "TRL",
  flagExample: "--max_steps 10",
  train: (method: MethodData["method"]) => {
    const program = method === "cogpo" ? "accelerate launch cogpo.py" : `trl ${method}`;
    return [`${program} --config "${method}.$variant.yaml" --model_name_or_path "$student" --output_dir "$out" "$@"`];
  },
  merge: 'python merge.py "$out" "$merged"',
};

function config(facts: FolderFacts, { method, validation, cutoff }: MethodData, variant: Variant): string {
  const settings = settingsOf(method, variant);
  const { student } = facts;
  const lines: ConfigLine[] = [
    ["model_name_or_path", student.id],
    ["dtype", "bfloat16"],
    // A base model's own end is <|endoftext|>; the chat template ends a turn with this, and so must the student.
    ...(student.isBase && method === "sft" ? [["eos_token", "<|im_end|>"] as const] : []),
    ["output_dir", `output/${method}-${variant}`],
    "",
    "The rows: data/<method>/train.jsonl, and validation.jsonl where problems were split off.",
    ["dataset_name", `data/${method}`],
    ["max_length", cutoff],
    ...(method === "sft" ? [["completion_only_loss", true] as const, ["packing", false] as const] : []),
    ...(method === "dpo" ? [["beta", DPO_BETA] as const] : []),
    "",
    ...stepLines(settings),
    "Below 1: the share of all steps.",
    ["warmup_steps", settings.warmup],
    ["lr_scheduler_type", settings.schedule],
    ["gradient_checkpointing", true],
    ["bf16", true],
    ["seed", 42],
    "",
    ...LOGS_AND_SAVES,
  ];
  if (validation !== undefined) {
    lines.push("", ["dataset_test_split", "validation"], ["eval_strategy", "epoch"], ["per_device_eval_batch_size", 1]);
  }
  if (variant === "lora") {
    lines.push(
      "",
      ["use_peft", true],
      ["lora_r", LORA.rank],
      ["lora_alpha", LORA.alpha],
      ["lora_dropout", LORA.dropout],
    );
    lines.push(["lora_target_modules", "all-linear"]);
  }
  if (variant === "full" && isSpread(facts)) lines.push("", ["deepspeed", "zero3.json"]);
  return renderConfig(lines);
}

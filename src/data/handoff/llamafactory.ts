/**
 * LLaMA-Factory. Rows and their registration (`data/dataset_info.json`): conversations for SFT; plain texts with
 * `ranking` for pairs, since its conversation form wants one message for `chosen`, not a list. It has no beta for each
 * pair: CogPO rows are trained as DPO with the rows' mean beta, and the folder says so.
 */
import { type ConfigLine, renderConfig } from "./config-text.ts";
import { pairFields } from "./pair-rows.ts";
import { isSpread, trainScript, ZERO3 } from "./scripts.ts";
import { betaText, DPO_BETA, LOGS_AND_SAVES, LORA, oneBetaNote, settingsOf, stepLines } from "./settings.ts";
import { type FolderFacts, type Method, type MethodData, type Trainer, VARIANTS, type Variant } from "./trainer.ts";

export const llamafactory: Trainer = {
  name: "llamafactory",
  title: "LLaMA-Factory",
  hasBetaByPair: false,
  // It asks for any torch and any torchaudio, and those of different builds refuse each other: pip alone takes such a pair.
  requirements: ["llamafactory==0.9.5", "torch==2.11.0", "torchaudio==2.11.0", "torchvision==0.26.0"],

  turnsRow({ problem, reply, mode }, id) {
    const conversations = [
      { from: "human", value: problem },
      { from: "gpt", value: reply },
    ];
    return { conversations, id, ...(mode === undefined ? {} : { mode }) };
  },

  pairRow(pair, id, method) {
    const { problem, chosen, rejected } = pair;
    const row = { prompt: problem, chosen, rejected };
    return { ...row, ...pairFields(pair, id, method) };
  },

  async files(facts) {
    const files: Record<string, string> = {
      "train.sh": trainScript(facts, WORDS),
      "merge.yaml": renderConfig([
        ["model_name_or_path", facts.student.id],
        ["template", "qwen"],
        ["trust_remote_code", false],
      ]),
      "data/dataset_info.json": `${JSON.stringify(registration(facts), null, 2)}\n`,
    };
    for (const each of facts.data) {
      for (const variant of VARIANTS) files[`${each.method}.${variant}.yaml`] = config(facts, each, variant);
    }
    if (isSpread(facts)) files["zero3.json"] = ZERO3;
    return files;
  },

  notes({ data }) {
    const cut =
      "LLaMA-Factory cuts a row that is longer than `cutoff_len`, problem and reply both where both are long; a cut reply has no answer.";
    return [cut, ...oneBetaNote("LLaMA-Factory", data)];
  },
};

const WORDS = {
  title: "LLaMA-Factory",
  flagExample: "max_steps=10",
  train: (method: Method) => [
    `llamafactory-cli train "${method}.$variant.yaml" model_name_or_path="$student" output_dir="$out" "$@"`,
  ],
  merge:
    'llamafactory-cli export merge.yaml model_name_or_path="$student" adapter_name_or_path="$out" export_dir="$merged"',
};

/** Of Qwen2.5-Math's own chat template. */
const MATH_SYSTEM = "Please reason step by step, and put your final answer within \\boxed{}.";

const nameOf = (method: Method, part: "train" | "validation") => `mezzo_${method}_${part}`;

function registration({ data }: FolderFacts): Record<string, unknown> {
  const entries: [string, unknown][] = [];
  for (const { method, validation } of data) {
    for (const part of ["train", "validation"] as const) {
      if (part === "validation" && validation === undefined) continue;
      const file_name = `${method}/${part}.jsonl`;
      const rows =
        method === "sft"
          ? { formatting: "sharegpt", columns: { messages: "conversations" } }
          : { ranking: true, columns: { prompt: "prompt", chosen: "chosen", rejected: "rejected" } };
      entries.push([nameOf(method, part), { file_name, ...rows }]);
    }
  }
  return Object.fromEntries(entries);
}

function config(facts: FolderFacts, data: MethodData, variant: Variant): string {
  const { method, validation, cutoff } = data;
  const settings = settingsOf(method, variant);
  const lines: ConfigLine[] = [
    ["model_name_or_path", facts.student.id],
    ["template", "qwen"],
    // The template brings the general model's; the student is served with its own.
    ...(facts.student.isMath ? [["default_system", MATH_SYSTEM] as const] : []),
    ["output_dir", `output/${method}-${variant}`],
    "",
    ["stage", method === "sft" ? "sft" : "dpo"],
    ["do_train", true],
    ["finetuning_type", variant],
    ...(variant === "lora"
      ? ([
          ["lora_rank", LORA.rank],
          ["lora_alpha", LORA.alpha],
          ["lora_dropout", LORA.dropout],
          ["lora_target", "all"],
        ] as const)
      : []),
    ...(method === "dpo" ? [["pref_loss", "sigmoid"] as const, ["pref_beta", DPO_BETA] as const] : []),
    ...(method === "cogpo"
      ? [
          "The mean of the rows' betas: this trainer has one for all of them.",
          ["pref_loss", "sigmoid"] as const,
          ["pref_beta", Number(betaText(data.meanBeta ?? DPO_BETA))] as const,
        ]
      : []),
    "",
    "The rows, as data/dataset_info.json registers them.",
    ["dataset_dir", "data"],
    ["dataset", nameOf(method, "train")],
    ["cutoff_len", cutoff],
    ...(method === "sft" ? [["packing", false] as const] : []),
    ["overwrite_cache", true],
    "",
    ...stepLines(settings),
    ["warmup_ratio", settings.warmup],
    ["lr_scheduler_type", settings.schedule],
    ["bf16", true],
    ["seed", 42],
    "",
    ...LOGS_AND_SAVES,
  ];
  if (validation !== undefined) {
    lines.push(
      "",
      ["eval_dataset", nameOf(method, "validation")],
      ["eval_strategy", "epoch"],
      ["per_device_eval_batch_size", 1],
    );
  }
  if (variant === "full" && isSpread(facts)) lines.push("", ["deepspeed", "zero3.json"]);
  return renderConfig(lines);
}

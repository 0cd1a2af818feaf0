/**
 * What a student is trained with, and where each number is from. `recipe`: the published recipes of the method (stages 1
 * and 2 of DistilQwen2.5-R1 and -DS3, and CogPO's own). `guide`: the training guide of the same toolkit. `ours`: neither
 * says; the trainers' own examples were followed.
 */
import { type ConfigLine, renderNumber } from "./config-text.ts";
import type { Method, MethodData, Variant } from "./trainer.ts";

export interface Settings {
  readonly epochs: number;
  readonly learningRate: number;
  readonly batch: number;
  readonly accumulation: number;
  readonly weightDecay: number;
  readonly warmup: number;
  readonly schedule: "cosine";
}

export const LORA = { rank: 8, alpha: 16, dropout: 0 } as const;

/** DPO's one beta, where each pair does not have its own. */
export const DPO_BETA = 0.1;

export function settingsOf(method: Method, variant: Variant): Settings {
  if (method === "sft") {
    const learningRate = variant === "lora" ? 2e-4 : 2e-5;
    return {
      epochs: 3,
      learningRate,
      batch: 1,
      accumulation: 8,
      weightDecay: 0.05,
      warmup: 0.1,
      schedule: "cosine",
    };
  }
  const learningRate = variant === "lora" ? 5e-6 : 1e-6;
  return { epochs: 1, learningRate, batch: 2, accumulation: 4, weightDecay: 0, warmup: 0.1, schedule: "cosine" };
}

/** Under the names that all three trainers have from transformers. */
export function stepLines(settings: Settings): readonly ConfigLine[] {
  return [
    ["num_train_epochs", settings.epochs],
    ["per_device_train_batch_size", settings.batch],
    ["gradient_accumulation_steps", settings.accumulation],
    ["learning_rate", settings.learningRate],
    ["weight_decay", settings.weightDecay],
  ];
}

export const LOGS_AND_SAVES: readonly ConfigLine[] = [
  ["logging_steps", 1],
  ["save_strategy", "epoch"],
  ["save_total_limit", 1],
  ["save_only_model", true],
  ["report_to", "none"],
];

/** For the README of a trainer that has one beta for all pairs; nothing where there are no CogPO rows. */
export function oneBetaNote(title: string, data: readonly MethodData[]): readonly string[] {
  const cogpo = data.find(({ method }) => method === "cogpo");
  if (cogpo === undefined) return [];
  const mean = betaText(cogpo.meanBeta ?? DPO_BETA);
  return [
    `**${title} has one beta for all pairs.** The CogPO rows are trained as DPO with their mean, ${mean}; each row's own \`beta\` stays in the file and is not read. For CogPO as published: \`mezzo export ... --for trl --methods cogpo\`.`,
  ];
}

/** For the folder's README, a line each: what, how much, from where. */
export function settingsTable(
  { method, meanBeta = DPO_BETA }: MethodData,
  trainer: { readonly hasBetaByPair: boolean },
): readonly (readonly [string, string, string])[] {
  const { epochs, batch, accumulation, weightDecay, warmup } = settingsOf(method, "lora");
  const rate = (variant: Variant) => renderNumber(settingsOf(method, variant).learningRate);
  const rates = `${rate("lora")} (LoRA), ${rate("full")} (full)`;
  const lora = `rank ${LORA.rank}, alpha ${LORA.alpha}, all linear layers`;
  if (method === "sft") {
    return [
      ["epochs", String(epochs), "the method's recipe"],
      ["rows a step", `${batch} x ${accumulation} accumulated, on each GPU`, "the method's recipe"],
      ["learning rate", rates, "LoRA: its toolkit's guide; full: the recipe (the guide says 1e-5)"],
      ["weight decay, warm-up, schedule", `${weightDecay}, ${warmup}, cosine`, "the method's recipe"],
      ["LoRA", lora, "rank: the guide; alpha: ours"],
    ];
  }
  const byPair = trainer.hasBetaByPair ? "by pair: 0.1, 0.2, 0.5" : `${betaText(meanBeta)} for all: see below`;
  const beta = method === "dpo" ? String(DPO_BETA) : byPair;
  return [
    ["epochs", String(epochs), "CogPO's recipe"],
    [
      "pairs a step",
      `${batch} x ${accumulation} accumulated, on each GPU`,
      "batch: CogPO's recipe; accumulation: ours",
    ],
    ["learning rate", rates, "ours, after the trainers' own examples"],
    ["loss", `sigmoid, beta ${beta}`, method === "dpo" ? "the usual one" : "CogPO's recipe"],
    ["LoRA", lora, "rank: the guide; alpha: ours"],
  ];
}

/** As configs and READMEs write it. */
export function betaText(beta: number): string {
  return String(Number(beta.toFixed(4)));
}

"""CogPO (arXiv 2504.09802) on TRL: DPO in which each pair has a beta of its own.

A pair whose two chains are far apart (a right one over a wrong one) is pressed harder than one that differs in how well
the chain suits the student. The loss is DPO's sigmoid loss; only the one beta becomes the row's:

    loss = -log sigmoid(beta_i * ((log p/p_ref)(chosen_i) - (log p/p_ref)(rejected_i)))

Rows: {"prompt": [...], "chosen": [...], "rejected": [...], "beta": 0.5}, each text as chat messages.

    accelerate launch cogpo.py --config cogpo.lora.yaml
"""

from typing import Any

import torch
from datasets import load_dataset
from trl import DPOConfig, DPOTrainer, ModelConfig, ScriptArguments, TrlParser, get_peft_config


class CollatorWithBeta:
    """TRL's collator for pairs, and beside its tensors the betas, one for each pair of the batch."""

    def __init__(self, collate_pairs):
        self.collate_pairs = collate_pairs

    def __call__(self, examples: list[dict[str, Any]]) -> dict[str, Any]:
        batch = self.collate_pairs(examples)
        batch["beta"] = torch.tensor([example["beta"] for example in examples], dtype=torch.float32)
        return batch


class CogPOTrainer(DPOTrainer):
    """TRL multiplies by `self.beta` wherever its loss and its rewards need it: a tensor serves there as well."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.loss_types != ["sigmoid"] or self.precompute_ref_logps:
            raise ValueError("CogPO is the sigmoid loss, with the reference computed as it trains.")
        self.data_collator = CollatorWithBeta(self.data_collator)

    def _set_signature_columns_if_needed(self):
        super()._set_signature_columns_if_needed()
        if "beta" not in self._signature_columns:
            self._signature_columns = [*self._signature_columns, "beta"]

    def _compute_loss(self, model, inputs, return_outputs):
        self.beta = inputs["beta"]
        others = {name: value for name, value in inputs.items() if name != "beta"}
        return super()._compute_loss(model, others, return_outputs)


def check_betas(name: str, rows) -> None:
    """Says which row has no usable beta, before a model is loaded."""
    if "beta" not in rows.column_names:
        raise SystemExit(f"{name}: every row needs a column `beta`; found {', '.join(rows.column_names)}")
    for number, beta in enumerate(rows["beta"], start=1):
        if not isinstance(beta, float) or beta <= 0:
            raise SystemExit(f"{name}, row {number}: `beta` is {beta}, a number above 0 is expected")


def main() -> None:
    script, training, model = TrlParser((ScriptArguments, DPOConfig, ModelConfig)).parse_args_and_config()
    rows = load_dataset(script.dataset_name)
    train = rows[script.dataset_train_split]
    held_out = rows[script.dataset_test_split] if training.eval_strategy != "no" else None
    check_betas("train", train)
    if held_out is not None:
        check_betas("validation", held_out)
    given = training.model_init_kwargs or {}
    training.model_init_kwargs = {
        "revision": model.model_revision,
        "attn_implementation": model.attn_implementation,
        "dtype": model.dtype,
        **given,
    }
    trainer = CogPOTrainer(
        model=model.model_name_or_path,
        args=training,
        train_dataset=train,
        eval_dataset=held_out,
        peft_config=get_peft_config(model),
    )
    trainer.train(resume_from_checkpoint=training.resume_from_checkpoint)
    trainer.save_model(training.output_dir)


if __name__ == "__main__":
    main()

"""Is what a trainer makes of a hand-off what Mezzo wrote into it? Run by ../trainers.ts, with that trainer's Python.

python check.py load <trl|llamafactory|swift> <folder> <tiny student>     every row through the trainer's own loader and template
python check.py loss <folder for trl> <tiny student>                      cogpo.py's loss against DPO's, pair by pair

Prints one line of JSON. A row that is not what it was is named, and ends it with 1.
"""

import importlib.metadata
import json
import os
import sys
import tempfile

os.environ["HF_HUB_OFFLINE"] = os.environ["HF_DATASETS_OFFLINE"] = "1"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import torch
import yaml

torch.set_num_threads(1)
END = "<|im_end|>"
NAMES = {"trl": "trl", "llamafactory": "llamafactory", "swift": "ms-swift"}
VERSIONS = ["transformers", "datasets", "peft", "trl", "torch"]


def read_rows(folder, method, part):
    path = f"{folder}/data/{method}/{part}.jsonl"
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def texts_of(row, trainer, method):
    """Problem and replies of a written row, whatever form the trainer has for them."""
    if trainer == "trl":
        replies = ["completion"] if method == "sft" else ["chosen", "rejected"]
        return [row["prompt"][0]["content"], *[row[name][0]["content"] for name in replies]]
    if trainer == "llamafactory":
        if method == "sft":
            return [turn["value"] for turn in row["conversations"]]
        return [row["prompt"], row["chosen"], row["rejected"]]
    replies = [row["messages"][1]["content"]] + ([] if method == "sft" else [row["rejected_response"]])
    return [row["messages"][0]["content"], *replies]


def config_of(folder, method, student):
    with open(f"{folder}/{method}.full.yaml", encoding="utf-8") as file:
        config = yaml.safe_load(file)
    config.pop("deepspeed", None)
    return config


class Reader:
    """Reads ids back as text, and parts a reply from its turn's end."""

    def __init__(self, tokenizer):
        self.tokenizer = tokenizer

    def text(self, ids):
        return self.tokenizer.decode([int(each) for each in ids], skip_special_tokens=False)

    def reply(self, ids):
        text = self.text(ids)
        cut = text.rfind(END)
        assert cut >= 0 and text[cut + len(END) :].strip() == "", f"a reply does not end in {END}: {text[-60:]!r}"
        return text[:cut]

    def problem(self, ids):
        text = self.text(ids)
        start, end = "<|im_start|>user\n", f"{END}\n<|im_start|>assistant\n"
        assert end in text, f"no assistant's turn follows: {text[-60:]!r}"
        return text[text.index(start) + len(start) : text.rindex(end)]


def load_trl(folder, method, student):
    from datasets import load_dataset
    from transformers import AutoTokenizer
    from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer

    config = config_of(folder, method, student)
    loaded = load_dataset(f"{folder}/{config['dataset_name']}")
    kind = SFTConfig if method == "sft" else DPOConfig
    for name in ["model_name_or_path", "dtype", "dataset_name", "dataset_test_split"]:
        config.pop(name, None)
    args = kind(**{**config, "bf16": False, "use_cpu": True, "output_dir": tempfile.mkdtemp(), "eval_strategy": "no"})
    reader = Reader(AutoTokenizer.from_pretrained(student))
    for part, rows in loaded.items():
        plain = [dict(row) for row in rows]
        trainer = (SFTTrainer if method == "sft" else DPOTrainer)(model=student, args=args, train_dataset=rows)
        seen = []
        for row in trainer.train_dataset:
            if method == "sft":
                at = next(i for i, label in enumerate(row["labels"]) if label != -100)
                seen.append([reader.problem(row["input_ids"][:at]), reader.reply(row["input_ids"][at:])])
            else:
                ids = [row["chosen_ids"], row["rejected_ids"]]
                seen.append([reader.problem(row["prompt_ids"]), *[reader.reply(each) for each in ids]])
        yield part, plain, seen


def load_llamafactory(folder, method, student):
    from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
    from llamafactory.hparams import get_train_args
    from llamafactory.model import load_tokenizer

    config = config_of(folder, method, student)
    here = os.getcwd()
    os.chdir(folder)
    try:
        settings = {**config, "model_name_or_path": student, "bf16": False, "use_cpu": True, "output_dir": tempfile.mkdtemp()}
        model_args, data_args, training_args, _, _ = get_train_args(settings)
        module = load_tokenizer(model_args)
        template = get_template_and_fix_tokenizer(module["tokenizer"], data_args)
        stage = "sft" if method == "sft" else "rm"
        data = get_dataset(template, model_args, data_args, training_args, stage=stage, **module)
    finally:
        os.chdir(here)
    reader = Reader(module["tokenizer"])

    def parts(ids, labels):
        at = next(i for i, label in enumerate(labels) if label != -100)
        return reader.problem(ids[:at]), reader.reply(ids[at:])

    for part, name in [("train", "train_dataset"), ("validation", "eval_dataset")]:
        rows = data.get(name)
        if rows is None:
            continue
        rows = next(iter(rows.values())) if isinstance(rows, dict) and "input_ids" not in rows else rows
        seen = []
        for row in rows:
            if method == "sft":
                seen.append(list(parts(row["input_ids"], row["labels"])))
            else:
                problem, chosen = parts(row["chosen_input_ids"], row["chosen_labels"])
                seen.append([problem, chosen, parts(row["rejected_input_ids"], row["rejected_labels"])[1]])
        yield part, None, seen


def load_swift(folder, method, student):
    from swift import get_processor, get_template
    from swift.dataset import load_dataset

    config = config_of(folder, method, student)
    processor = get_processor(student, model_type=config["model_type"])
    template = get_template(processor, template_type=config["template"], max_length=config["max_length"])
    template.set_mode("train" if method == "sft" else "rlhf")
    reader = Reader(template.tokenizer)
    for part, key in [("train", "dataset"), ("validation", "val_dataset")]:
        if key not in config:
            continue
        path = f"{folder}/{config[key]}"
        rows, _ = load_dataset([path], shuffle=False, load_from_cache_file=False)
        plain, seen = [], []
        for row in rows:
            plain.append({name: value for name, value in row.items() if value is not None})
            got = template.encode(dict(row))
            both = [""] if method == "sft" else ["chosen_", "rejected_"]
            texts = []
            for prefix in both:
                ids, labels = got[f"{prefix}input_ids"], got[f"{prefix}labels"]
                at = next(i for i, label in enumerate(labels) if label != -100)
                texts.append((reader.problem(ids[:at]), reader.reply(ids[at:])))
            seen.append([texts[0][0], *[reply for _, reply in texts]])
        yield part, plain, seen


def same_columns(written, loaded):
    """The columns that the loader kept hold what was written."""
    return all(loaded[name] == written[name] for name in written if name in loaded)


def check_load(trainer, folder, student):
    loaders = {"trl": load_trl, "llamafactory": load_llamafactory, "swift": load_swift}
    counted = {}
    for method in ["sft", "dpo", "cogpo"]:
        for part, plain, seen in loaders[trainer](folder, method, student):
            written = read_rows(folder, method, part)
            if len(seen) != len(written):
                sys.exit(f"{trainer} {method} {part}: {len(written)} rows were written, {len(seen)} came out")
            for number, (row, texts) in enumerate(zip(written, seen), start=1):
                if plain is not None and not same_columns(row, plain[number - 1]):
                    sys.exit(f"{trainer} {method} {part}, row {number}: loaded is not written: {plain[number - 1]}")
                expected = texts_of(row, trainer, method)
                if list(texts) != expected:
                    sys.exit(f"{trainer} {method} {part}, row {number}: expected {expected}\nfound {list(texts)}")
            counted[f"{method}/{part}"] = len(seen)
    versions = {name: importlib.metadata.version(name) for name in [NAMES[trainer], *VERSIONS]}
    print(json.dumps({"trainer": trainer, "equal": counted, "versions": versions}))


def check_loss(folder, student):
    """CogPO's loss over a batch is the mean of DPO's over its pairs, each with its own beta."""
    sys.path.insert(0, folder)
    from cogpo import CogPOTrainer
    from datasets import Dataset
    from transformers import AutoModelForCausalLM
    from trl import DPOConfig, DPOTrainer

    rows = read_rows(folder, "cogpo", "train")
    rows = sorted(rows, key=lambda row: sum(len(each[0]["content"]) for each in (row["chosen"], row["rejected"])))
    gaps = {}
    for row in rows:
        gaps.setdefault(row["gap"], row)
    pairs = Dataset.from_list([*gaps.values(), *rows[:3]])
    betas = [row["beta"] for row in pairs]
    model = AutoModelForCausalLM.from_pretrained(student)
    torch.manual_seed(3)
    reference = AutoModelForCausalLM.from_pretrained(student)
    with torch.no_grad():  # Apart from the model, so that the loss is not log 2 whatever beta is.
        for weight in reference.parameters():
            weight.add_(torch.randn_like(weight) * 0.01)
    flags = {"bf16": False, "use_cpu": True, "output_dir": tempfile.mkdtemp(), "max_length": 4096, "report_to": "none"}

    def trainer_of(kind, beta):
        return kind(model=model, ref_model=reference, args=DPOConfig(beta=beta, **flags), train_dataset=pairs)

    def loss_of(trainer, examples):
        batch = trainer._prepare_inputs(trainer.data_collator(examples))
        with torch.no_grad():
            return float(trainer._compute_loss(trainer.model, batch, False))

    cogpo = trainer_of(CogPOTrainer, 0.1)
    examples = [dict(row) for row in cogpo.train_dataset]
    together = loss_of(cogpo, examples)
    apart = [loss_of(trainer_of(DPOTrainer, beta), [row]) for beta, row in zip(betas, examples)]
    mean = sum(apart) / len(apart)
    if abs(together - mean) > 1e-4 * max(1.0, abs(mean)):
        sys.exit(f"CogPO over {len(betas)} pairs is {together}, the mean of DPO's with betas {betas} is {mean}")
    print(json.dumps({"betas": betas, "cogpo": round(together, 6), "meanOfDpo": round(mean, 6)}))


if __name__ == "__main__":
    if len(sys.argv) == 5 and sys.argv[1] == "load":
        check_load(*sys.argv[2:])
    elif len(sys.argv) == 4 and sys.argv[1] == "loss":
        check_loss(*sys.argv[2:])
    else:
        sys.exit(__doc__)

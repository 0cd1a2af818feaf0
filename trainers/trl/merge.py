"""Puts LoRA adapters and the model they were trained on together, as one model that any server loads.

python merge.py <folder with the adapters> <folder for the model>
"""

import sys

from peft import AutoPeftModelForCausalLM
from transformers import AutoTokenizer


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    adapters, target = sys.argv[1:]
    model = AutoPeftModelForCausalLM.from_pretrained(adapters, dtype="auto")
    model.merge_and_unload().save_pretrained(target)
    AutoTokenizer.from_pretrained(adapters).save_pretrained(target)


if __name__ == "__main__":
    main()

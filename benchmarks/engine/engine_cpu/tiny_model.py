"""A model directory without weights, small enough for a processor.

    python benchmarks/engine/engine_cpu/tiny_model.py DIRECTORY [--layers 4] [--hidden-size 256] ...

vLLM fills it with random weights (``--load-format dummy``). The tokenizer has one
token per word. So text keeps its exact length when it is decoded and encoded again, and a load
generator gets the prompt lengths that it asks for.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, fields
from pathlib import Path

SPECIAL_TOKENS = ("<unk>", "<s>", "</s>")
BLANK = "▁"
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ message['role'] }} {{ message['content'] }} {% endfor %}"
)


@dataclass(frozen=True, slots=True)
class TinyModel:
    """The shape of a Llama. vLLM's latency benchmark needs a ``vocab_size`` over 10,000."""

    layers: int = 4
    hidden_size: int = 256
    heads: int = 4
    kv_heads: int = 2
    vocab_size: int = 12288
    max_position: int = 32768


def write_tiny_model(directory: Path, shape: TinyModel = TinyModel()) -> Path:
    """Write configuration and tokenizer into ``directory`` and return it."""
    directory.mkdir(parents=True, exist_ok=True)
    documents = {
        "config.json": _config(shape),
        "generation_config.json": {"bos_token_id": 1, "eos_token_id": 2, "do_sample": False},
        "tokenizer.json": _tokenizer(shape.vocab_size),
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "unk_token": "<unk>",
            "bos_token": "<s>",
            "eos_token": "</s>",
            "pad_token": "</s>",
            "model_max_length": shape.max_position,
            "chat_template": CHAT_TEMPLATE,
        },
    }
    for name, document in documents.items():
        (directory / name).write_text(json.dumps(document, indent=1))
    return directory


def _config(shape: TinyModel) -> dict[str, object]:
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": shape.hidden_size,
        "intermediate_size": 3 * shape.hidden_size,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.kv_heads,
        "head_dim": shape.hidden_size // shape.heads,
        "vocab_size": shape.vocab_size,
        "max_position_embeddings": shape.max_position,
        "hidden_act": "silu",
        "rms_norm_eps": 1e-5,
        "rope_theta": 10000.0,
        "tie_word_embeddings": False,
        "initializer_range": 0.02,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "pad_token_id": 2,
        "torch_dtype": "bfloat16",
    }


def _tokenizer(vocab_size: int) -> dict[str, object]:
    # vLLM limits a prompt's characters by its longest token, so each word includes its blank.
    words = [f"{BLANK}w{number}" for number in range(vocab_size - len(SPECIAL_TOKENS))]
    blanks = {"type": "Metaspace", "replacement": BLANK, "prepend_scheme": "always", "split": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {
                "id": number,
                "content": token,
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
                "special": True,
            }
            for number, token in enumerate(SPECIAL_TOKENS)
        ],
        "normalizer": None,
        "pre_tokenizer": blanks,
        "post_processor": None,
        "decoder": blanks,
        "model": {
            "type": "WordLevel",
            "vocab": {word: number for number, word in enumerate([*SPECIAL_TOKENS, *words])},
            "unk_token": "<unk>",
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a tiny model without weights.")
    parser.add_argument("directory", type=Path)
    for field in fields(TinyModel):
        option = "--" + field.name.replace("_", "-")
        parser.add_argument(option, type=int, default=field.default)
    arguments = vars(parser.parse_args())
    directory = arguments.pop("directory")
    print(write_tiny_model(directory, TinyModel(**arguments)))


if __name__ == "__main__":
    main()

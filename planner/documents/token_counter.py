"""Counts the tokens of texts: with Mistral 7B's tokenizer, or with a tokenizer.json."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from planner.errors import InputError

MISTRAL = "Mistral 7B"

TokenCounter = Callable[[str], int]
"""The number of a text's tokens, without those that a chat template adds."""


def mistral_counter() -> TokenCounter:
    """Counts with the tokenizer of Mistral 7B v0.1 and v0.2, which mistral-common ships."""
    from sentencepiece import SentencePieceProcessor

    package = find_spec("mistral_common")  # its data is needed, not the import of its modules
    if package is None or package.origin is None:
        raise InputError("mistral-common is not installed; pip install --editable . installs it.")
    file = Path(package.origin).with_name("data") / "tokenizer.model.v1"
    processor = SentencePieceProcessor(model_file=str(file))
    return lambda text: len(processor.encode(text))


def counter_of(tokenizer_json: bytes) -> TokenCounter:
    """Counts with a model's ``tokenizer.json``. Raises InputError."""
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_buffer(tokenizer_json)
    except Exception:  # noqa: BLE001 (tokenizers raises Exception itself)
        raise InputError(
            "The tokenizer is not readable; upload the tokenizer.json that is in the model's "
            "folder."
        ) from None
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False))

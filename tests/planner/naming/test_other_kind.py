"""Kinds of models that generate no text by themselves, told from their names."""

from __future__ import annotations

import pytest

from planner.naming.other_kind import other_kind


@pytest.mark.parametrize(
    "own",
    ["llama-3.1-8b-legal-assistant", "llama-3.1-8b-lawfirm", "qwen2-7b-pharm", "llama-long-term"],
)
def test_no_word_of_a_trade_makes_a_model_another_kind(own: str) -> None:
    assert other_kind(own) is None


@pytest.mark.parametrize(
    "own",
    [
        *("qwen3-8b-gpt5-distill", "qwen3-8b-gpt-5-distill", "llama-3.1-8b-yandexgpt5"),
        *("llama-3.1-8b-robert", "albert-llama-3.1-8b", "qwen3-8b-norbert", "hilbert-7b"),
    ],
)
def test_no_other_name_that_ends_like_t5_or_bert_makes_a_model_another_kind(own: str) -> None:
    assert other_kind(own) is None


@pytest.mark.parametrize(
    ("own", "kind"),
    [
        ("gemma-4-31b-it-assistant", "a draft for speculative decoding"),
        ("armorm-llama3-8b-v0.1", "a model that grades answers and writes none"),
        ("btrm_qwen2_7b_0613", "a model that grades answers and writes none"),
        ("llama3.1-8b-prm-deepseek-data", "a model that grades answers and writes none"),
        ("llama-3.1-8b-orm", "a model that grades answers and writes none"),
        *((own, "an encoder-decoder model") for own in ("flan-t5-xl", "t5-11b", "t5gemma-2b-2b")),
        *((own, "an encoder-decoder model") for own in ("mt5-xxl", "umt5-xxl", "byt5-xl", "ul2")),
        *((own, "an embedding model") for own in ("bert-base", "xlm-roberta-xl", "mdeberta-v3")),
        *((own, "an embedding model") for own in ("modernbert-large", "albert-xxlarge-v2")),
    ],
)
def test_other_kinds_are_told_by_their_words(own: str, kind: str) -> None:
    assert other_kind(own) == kind

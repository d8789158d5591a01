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
    ("own", "kind"),
    [
        ("gemma-4-31b-it-assistant", "a draft for speculative decoding"),
        ("armorm-llama3-8b-v0.1", "a model that grades answers and writes none"),
        ("btrm_qwen2_7b_0613", "a model that grades answers and writes none"),
        ("llama3.1-8b-prm-deepseek-data", "a model that grades answers and writes none"),
        ("llama-3.1-8b-orm", "a model that grades answers and writes none"),
    ],
)
def test_other_kinds_are_told_by_their_words(own: str, kind: str) -> None:
    assert other_kind(own) == kind

"""The places of fields in words for the Compare page."""

from __future__ import annotations

import pytest

from app.question_words import question_words
from planner.fleet.scenario import Scenario


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("fleet.1.gpu_count", "Fleet 1: GPUs of a replica"),
        ("owned.12.price_usd", "Owned 12: price (USD)"),
        ("budget_usd_per_year", "Budget (USD a year)"),
        ("input_tokens.p95", "Tokens in, p95"),
        ("classes.my_docs 2.5.targets.e2e_p95_s", "my_docs 2.5: answer time, p95 (s)"),
        ("classes.a.documents_per_year", "a: documents a year"),
        ("other_costs.a.b_c.amount", "a.b_c: amount"),
    ],
)
def test_a_place_in_words(place: str, words: str) -> None:
    assert question_words(place) == words


def test_no_two_fields_have_the_same_words() -> None:
    words = [question_words(name) for name in Scenario.model_fields]
    assert len(set(words)) == len(words)
    assert not any("_" in one for one in words)

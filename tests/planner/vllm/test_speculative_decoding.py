from __future__ import annotations

import pytest

from planner.errors import InputError
from planner.vllm.speculative_decoding import SpeculativeDecoding, speculative_from


def test_ngrams_are_meant_where_no_method_is_named() -> None:
    assert speculative_from(None, None, None) is None
    assert speculative_from(None, 4, 0.6) == SpeculativeDecoding("ngram", 4, 0.6)
    assert SpeculativeDecoding("ngram", 4, 0.6).draft == 0.0
    assert SpeculativeDecoding("draft_model", 4, 0.6).draft == 0.1
    assert SpeculativeDecoding("draft_model", 4, 0.6, 0.02).draft == 0.02


@pytest.mark.parametrize(
    ("entries", "field", "told"),
    [
        (("eagle", None, None), "speculative_tokens", "give speculative tokens from 1 to 32"),
        (("eagle", 4, None), "speculative_acceptance", "depends on your texts"),
        (("medusa", 4, 0.5), "speculative_method", "not one of ngram, draft_model, eagle, mtp"),
        (("ngram", 0, 0.5), "speculative_tokens", "give 1 to 32"),
        (("ngram", 33, 0.5), "speculative_tokens", "give 1 to 32"),
        (("ngram", 4, 1.5), "speculative_acceptance", "give a share from 0 to 1"),
        (("ngram", 4, float("nan")), "speculative_acceptance", "give a share from 0 to 1"),
    ],
)
def test_half_a_speculation_is_refused(
    entries: tuple[str | None, int | None, float | None], field: str, told: str
) -> None:
    with pytest.raises(InputError, match=told) as refused:
        speculative_from(*entries)
    assert refused.value.field == field

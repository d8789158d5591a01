"""What may be set, and what is refused with what to do about it."""

from __future__ import annotations

import pytest

from planner.errors import InputError
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.rope_scaling import RopeScaling, rope_scaling_from
from planner.vllm.speculative_decoding import SpeculativeDecoding, speculative_from


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("yarn:4", RopeScaling("yarn", 4.0)),
        (" YaRN:2.5 ", RopeScaling("yarn", 2.5)),
        ("yarn:4:32768", RopeScaling("yarn", 4.0, 32_768)),
        ("dynamic:2", RopeScaling("dynamic", 2.0)),
    ],
)
def test_a_scaling_is_read_and_written_back(text: str, expected: RopeScaling) -> None:
    assert rope_scaling_from(text) == expected
    assert rope_scaling_from(str(expected)) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("yarn", "not understood; give kind:factor, such as yarn:4"),
        ("yarn:four", "not understood"),
        ("yarn:4:0", "not understood"),
        ("longrope:4", "not one of linear, dynamic, yarn"),
        ("yarn:1", "give a factor above 1"),
        ("yarn:5000", "up to 1000"),
    ],
)
def test_a_scaling_that_is_none_is_refused(text: str, told: str) -> None:
    with pytest.raises(InputError, match=told) as refused:
        rope_scaling_from(text)
    assert refused.value.field == "rope_scaling"


def test_the_original_length_is_stretched_and_else_the_models_own() -> None:
    assert rope_scaling_from("yarn:4").context_tokens(32_768) == 131_072
    assert rope_scaling_from("yarn:4:32768").context_tokens(40_960) == 131_072


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
        (("medusa", 4, 0.5), "speculative_method", "not one of ngram, draft_model, eagle"),
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


@pytest.mark.parametrize("share", [-0.1, 1.01, float("nan")])
def test_a_hit_share_is_a_share(share: float) -> None:
    with pytest.raises(InputError, match="give a share from 0 to 1") as refused:
        EngineConfig(prefix_hit_share=share)
    assert refused.value.field == "prefix_hit_share"

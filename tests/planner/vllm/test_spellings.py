"""Values of vLLM's options as people type them."""

from __future__ import annotations

import pytest

from planner.errors import InputError
from planner.vllm.speculative_decoding import SpeculativeMethod
from planner.vllm.spellings import speculation_of


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ('{"method": "mtp", "num_speculative_tokens": 2}', ("mtp", 2)),
        ('{"method": "qwen3_next_mtp", "num_speculative_tokens": 3}', ("mtp", 3)),
        ('{"method": "eagle3", "model": "x/y", "num_speculative_tokens": 5}', ("eagle", 5)),
        ('{"model": "Qwen/Qwen3-0.6B", "num_speculative_tokens": 5}', ("draft_model", 5)),
        ('{"method": "ngram", "num_speculative_tokens": 4, "prompt_lookup_max": 4}', ("ngram", 4)),
    ],
)
def test_a_speculative_config_states_method_and_tokens(
    config: str, expected: tuple[str, int]
) -> None:
    assert speculation_of(config) == expected


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ("mtp", "is no JSON object"),
        ("[2]", "is no JSON object"),
        ("[" * 100_000, "is no JSON object"),
        ('{"method": "mtp"}', "has no number num_speculative_tokens"),
        ('{"method": "mtp", "num_speculative_tokens": true}', "has no number"),
        ('{"method": "medusa", "num_speculative_tokens": 2}', "cannot be sized"),
        ('{"num_speculative_tokens": 2}', "cannot be sized"),
    ],
)
def test_what_is_no_speculative_config_is_refused(config: str, why: str) -> None:
    with pytest.raises(InputError, match=why) as refused:
        speculation_of(config)
    assert refused.value.field == "speculative_config"


@pytest.mark.parametrize(
    ("method", "tokens", "why"),
    [
        ("ngram", None, "contradicts the speculative method ngram, leave one out"),
        ("eagle", 4, "contradicts 4 speculative tokens, leave one out"),
    ],
)
def test_a_config_and_other_options_that_contradict_it_are_refused(
    method: SpeculativeMethod, tokens: int | None, why: str
) -> None:
    config = '{"method": "eagle3", "num_speculative_tokens": 5}'
    assert speculation_of(config, "eagle", 5) == ("eagle", 5)
    with pytest.raises(InputError, match=why) as refused:
        speculation_of(config, method, tokens)
    assert refused.value.field == "speculative_config"

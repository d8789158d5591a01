"""What engine settings do, in sentences."""

from __future__ import annotations

import pytest

from planner.forecast.setting_figures import (
    BatchedTokens,
    Figures,
    KvCacheFormat,
    PrefixCaching,
    SettingEffect,
    SeveralMachines,
    Speculation,
    StretchedContext,
)
from planner.vllm.rope_scaling import RopeScaling
from planner.vllm.speculative_decoding import SpeculativeDecoding
from planner.wording.setting_sentences import setting_effect, setting_sentence, setting_value


def test_several_machines_are_told_to_be_in_no_measurement() -> None:
    two = SettingEffect("machines", SeveralMachines(2, 8), 0.0, "assumption", "docs")
    assert setting_sentence(two) == (
        "Machines of a replica 2: stages on 2 machines of 8 GPUs; no measurement of the reference "
        "is of several machines, so their network is taken to cost nothing and the interval is "
        "wider; a request takes as long (assumption; docs)."
    )


def test_a_setting_is_told_with_how_sure_its_effect_is_and_who_says_so() -> None:
    figures = PrefixCaching(0.0625, 500.0, 8000.0)
    cached = SettingEffect("prefix_hit_share", figures, -0.0452, "sourced", "docs.vllm.ai")
    assert setting_sentence(cached) == (
        "Prefix cache hits 6.2 %: 500 of 8,000 prompt tokens are in the cache, held once for all "
        "requests; a request takes 4.5 % less time (sourced; docs.vllm.ai)."
    )


@pytest.mark.parametrize(
    ("figures", "value", "effect"),
    [
        (
            BatchedTokens(1024, 2048, 3.906, False),
            "1,024",
            "3.91 more prefill passes a request (vLLM's default here is 2,048): a later first "
            "token, shorter gaps between the tokens of other answers",
        ),
        (
            BatchedTokens(2048, 2048, 0.0, True),
            "2,048",
            "no further prefill passes (vLLM's default here is 2,048); chunks of prompts share "
            "the steps of others",
        ),
        (
            BatchedTokens(16_384, 2048, 0.0, False),
            "16,384",
            "more than the default (vLLM's default here is 2,048); the forecast gives no credit "
            "for it, as no measurement says what it gains; it takes memory for activations",
        ),
        (
            Speculation(SpeculativeDecoding("ngram", 5, 0.8), 3.6893),
            "ngram, 5 tokens, 80 % accepted",
            "3.69 tokens a step, of 6 computed; more requests together gain less",
        ),
        (
            KvCacheFormat("fp8", 65_536, 131_072),
            "fp8",
            "65,536 bytes of KV cache a token instead of 131,072",
        ),
        (
            StretchedContext(RopeScaling("yarn", 4.0), 131_072, 32_768),
            "yarn:4",
            "contexts of up to 131,072 tokens instead of 32,768, at no cost a token; positions of "
            "all texts are stretched alike, so answers to short ones may get worse",
        ),
    ],
)
def test_every_setting_is_told_with_its_figures(figures: Figures, value: str, effect: str) -> None:
    setting = SettingEffect("speculative", figures, 0.0, "assumption", "nobody")
    assert setting_value(setting) == value
    assert setting_effect(setting) == f"{effect}; a request takes as long"


@pytest.mark.parametrize(
    ("change", "said"),
    [(0.0004, "as long"), (-0.04, "4 % less time"), (0.125, "12 % more time")],
)
def test_the_change_in_all_is_told_if_it_can_be_noticed(change: float, said: str) -> None:
    setting = SettingEffect("kv_cache_dtype", KvCacheFormat("fp8", 1, 2), change, "sourced", "x")
    assert setting_effect(setting).endswith(f"; a request takes {said}")

"""What sets the size of a fleet."""

from __future__ import annotations

import pytest

from planner.forecast.bottleneck import binding_limit, main_cause

PROMPT_BOUND = {"prefill": 0.6, "weights": 0.2, "kv_cache": 0.1, "decode": 0.05, "overhead": 0.05}
WEIGHTS_BOUND = {"prefill": 0.3, "weights": 0.5, "kv_cache": 0.1, "decode": 0.05, "overhead": 0.05}


@pytest.mark.parametrize(
    ("seconds", "by_memory", "for_latency", "limit"),
    [
        (PROMPT_BOUND, False, False, "prefill"),
        (PROMPT_BOUND, True, False, "prefill"),  # more memory would not read prompts faster
        (WEIGHTS_BOUND, False, False, "weights"),
        (WEIGHTS_BOUND, True, False, "kv_capacity"),
        (WEIGHTS_BOUND, True, True, "latency"),
    ],
)
def test_the_answer_time_comes_before_the_memory_and_the_memory_before_a_cause(
    seconds: dict[str, float], by_memory: bool, for_latency: bool, limit: str
) -> None:
    assert binding_limit(seconds, by_memory, for_latency) == limit


def test_the_main_cause_takes_most_seconds() -> None:
    assert main_cause(PROMPT_BOUND) == "prefill"
    assert main_cause(WEIGHTS_BOUND) == "weights"

"""What was in force at a point: the engine's counters before what was asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.design.points import EngineUse
from benchmarks.engine.measured_settings import measured_settings, unmeasured_notes
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.settings_text import settings_in, settings_text
from planner.vllm.speculative_decoding import SpeculativeDecoding

USE = EngineUse(0, 1000, 0, 0, True, 0.5, 8, 0)
ASKED = settings_in("max_num_seqs=64; prefix_hit_share=0.5; speculative=ngram:3:0.7")


def test_without_counters_it_is_what_was_asked_for_and_that_is_said() -> None:
    for use in (None, USE):
        assert measured_settings(ASKED, use) == ASKED
        assert [note.partition(",")[0] for note in unmeasured_notes(ASKED, use)] == [
            "prefix hit share as asked for",
            "speculative acceptance as stated",
        ]


def test_shares_are_those_that_the_engine_counted() -> None:
    # 1 / (1 - 0.4667) = 1.875 tokens a step = 1 + 0.5 + 0.25 + 0.125
    use = replace(USE, prefix_hit_share=0.49237, speculated_share=7 / 15)
    assert settings_text(measured_settings(ASKED, use)) == (
        "max_num_seqs=64; prefix_hit_share=0.492; speculative=ngram:3:0.5"
    )
    assert not list(unmeasured_notes(ASKED, use))


@pytest.mark.parametrize(("share", "acceptance"), [(0.0, 0.0), (0.75, 1.0), (0.8, 1.0)])
def test_acceptance_stays_within_what_can_be(share: float, acceptance: float) -> None:
    """Of 3 proposed tokens all are accepted: 4 a step, three quarters of them proposed."""
    found = measured_settings(ASKED, replace(USE, speculated_share=share)).speculative
    assert found == SpeculativeDecoding("ngram", 3, acceptance)


def test_a_cache_that_is_off_finds_nothing() -> None:
    off = replace(USE, prefix_caching=False, prefix_hit_share=None)
    assert measured_settings(ASKED, off).prefix_hit_share == 0.0


def test_what_was_not_asked_for_is_not_stated() -> None:
    use = replace(USE, prefix_hit_share=0.1, speculated_share=0.2)
    assert measured_settings(EngineConfig(), use) == EngineConfig()
    assert not list(unmeasured_notes(EngineConfig(), None))

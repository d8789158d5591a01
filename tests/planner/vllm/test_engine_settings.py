from __future__ import annotations

import pytest

from planner.errors import InputError
from planner.vllm.engine_settings import EngineConfig


@pytest.mark.parametrize("share", [-0.1, 1.01, float("nan")])
def test_a_hit_share_is_a_share(share: float) -> None:
    with pytest.raises(InputError, match="give a share from 0 to 1") as refused:
        EngineConfig(prefix_hit_share=share)
    assert refused.value.field == "prefix_hit_share"


def test_a_cache_that_is_off_has_no_hits() -> None:
    assert EngineConfig(prefix_caching=False).prefix_hit_share == 0.0
    with pytest.raises(InputError, match=r"0\.5 was given without prefix caching") as refused:
        EngineConfig(prefix_hit_share=0.5, prefix_caching=False)
    assert refused.value.field == "prefix_hit_share"


@pytest.mark.parametrize("tokens", [0, -8])
def test_the_largest_graph_has_a_token_at_least(tokens: int) -> None:
    with pytest.raises(InputError, match=f"{tokens} was given; give 1 or more") as refused:
        EngineConfig(max_cudagraph_capture_size=tokens)
    assert refused.value.field == "max_cudagraph_capture_size"

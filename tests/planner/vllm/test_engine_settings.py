from __future__ import annotations

import pytest

from planner.errors import InputError
from planner.vllm.engine_settings import EngineConfig


@pytest.mark.parametrize("share", [-0.1, 1.01, float("nan")])
def test_a_hit_share_is_a_share(share: float) -> None:
    with pytest.raises(InputError, match="give a share from 0 to 1") as refused:
        EngineConfig(prefix_hit_share=share)
    assert refused.value.field == "prefix_hit_share"

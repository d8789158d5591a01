from __future__ import annotations

import pytest

from planner.errors import InputError
from planner.vllm.rope_scaling import RopeScaling, rope_scaling_from


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

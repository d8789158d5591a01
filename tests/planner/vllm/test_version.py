from __future__ import annotations

import pytest

from planner.errors import InputError
from planner.vllm.version import parse_version, release_of


@pytest.mark.parametrize("version", ["0.6.3.post1", "v0.11.0", "0.1.dev10446+g2dcd12d35"])
def test_versions_as_vllm_prints_them_are_understood(version: str) -> None:
    assert parse_version(version) < parse_version("0.32.0")


@pytest.mark.parametrize(
    ("stated", "release"),
    [
        ("0.6", (0, 6, 0)),
        ("v0.22.1rc1.dev8+g4b7f5ea1a", (0, 22, 1)),
        ("0.6.3 (nightly)", (0, 6, 3)),
    ],
)
def test_a_release_is_the_number_at_the_start(stated: str, release: tuple[int, ...]) -> None:
    assert release_of(stated) == release


def test_words_after_the_release_are_refused_where_the_whole_version_counts() -> None:
    with pytest.raises(InputError, match=r"give vLLM's, such as 0\.15\.1") as refused:
        parse_version("0.6.3 (nightly)")
    assert refused.value.field == "engine_version"

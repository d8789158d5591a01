"""One author is one source, under whatever id and in whatever words."""

from __future__ import annotations

import doctest

import pytest

from planner.records import origin
from planner.records.origin import is_same_origin


def test_the_examples_hold() -> None:
    assert doctest.testmod(origin).failed == 0


@pytest.mark.parametrize(
    ("source", "other", "same"),
    [
        ("owner/repo@0123abc:a.csv", "owner/repo@9876def:b.csv", True),
        ("owner/repo@0123abc:a.csv", "owner/another@0123abc:a.csv", True),
        ("owner/vllm-benchmark@0123abc:a", "other/vllm-benchmark@0123abc:a", False),
        ("https://github.com/owner/repo/issues/6", "owner/repo@0123abc:a.csv", True),
        ("https://medium.com/@one/post", "https://medium.com/@two/post", False),
        ("https://site.example/a", "https://www.site.example/b", True),
        ("InferenceX results, in PyPI x", "SemiAnalysisAI/InferenceX, snapshot in y/z@0:", True),
        ("InferenceX results, in PyPI x", "NVIDIA's own runs, in PyPI x", False),
        ("", "", True),
        ("", "owner/repo@0123abc:a.csv", False),
    ],
)
def test_sources_are_the_same_by_author_or_repository(source: str, other: str, same: bool) -> None:
    assert is_same_origin(source, other) is same
    assert is_same_origin(other, source) is same

from __future__ import annotations

import pytest

from planner.catalog.names import gpu_key, is_path, nearest, quoted


@pytest.mark.parametrize("name", ["NVIDIA L40S", "l40s", "L-40 S", "nvidia l40s"])
def test_a_cards_key_ignores_vendor_case_and_punctuation(name: str) -> None:
    assert gpu_key(name) == "l40s"


def test_the_nearest_names_come_best_first() -> None:
    assert nearest("rtx 3099", ["A100 80GB", "RTX 3090", "RTX 4090"])[0] == "RTX 3090"
    assert nearest("zzz", ["A100 80GB"]) == []


def test_what_was_typed_is_quoted_short_and_on_one_line() -> None:
    assert quoted("a\nb") == r"'a\nb'"
    assert len(quoted("x" * 10_000)) <= 82


@pytest.mark.parametrize(("given", "path"), [("./x", True), ("a.json", True), ("Qwen/x", False)])
def test_paths_are_told_from_names(given: str, path: bool) -> None:
    assert is_path(given) is path

"""The version table: which row holds when, and that every row can be checked."""

from __future__ import annotations

import pytest

from planner.errors import InputError
from planner.vllm.version_rules import rows, rules_for


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("0.4.3", 0.90),
        ("0.20.9", 0.90),
        ("0.21", 0.92),
        ("0.21.0", 0.92),
        ("v0.22.1rc1.dev8+g4b7f5ea1a", 0.92),
        (None, 0.92),
    ],
)
def test_a_row_holds_from_its_version_on(version: str | None, expected: float) -> None:
    assert rules_for(version).gpu_memory_utilization == expected


def test_versions_are_compared_as_numbers() -> None:
    # 0.10 comes after 0.9
    assert rules_for("0.10.0").sliding_window_frees_kv
    assert not rules_for("0.9.2").sliding_window_frees_kv


def test_a_rule_may_end_again() -> None:
    kept = [rules_for(version).all_reduce_inputs_kept for version in ("0.2.4", "0.2.5", "0.2.7")]
    assert kept == [False, True, False]


@pytest.mark.parametrize("version", ["", "latest", "vLLM"])
def test_what_is_no_version_is_refused(version: str) -> None:
    with pytest.raises(InputError, match="is not a version"):
        rules_for(version)


def test_every_row_has_a_source_and_a_date() -> None:
    assert all(row.source and row.source_date for row in rows())

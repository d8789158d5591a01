"""The table of what vLLM refuses on which GPU, and of the flags that a GPU needs.

Each row of ``data/gpu_flags_and_refusals.csv`` has its source. It concerns a feature
(``any``, ``quantization:awq``, ``kv_cache:fp8``, ``speculative:ngram``,
``model:gemma-3``), a range of compute capabilities and a range of vLLM versions,
and either refuses or notes something.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from packaging.version import Version

from planner.catalog.csv_rows import read_records
from planner.vllm.version import is_untagged_build, parse_version

_TABLE = Path(__file__).parent.parent / "data" / "gpu_flags_and_refusals.csv"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table; ranges include their start and exclude their end.

    ``version_unstated`` says if the rule holds for an engine whose version is not
    stated; ``only`` means for no other. ``instead`` says what would run, ``flags`` are
    arguments of ``vllm serve``.
    """

    rule: str
    feature: str
    capability_from: tuple[int, int] | None
    capability_below: tuple[int, int] | None
    version_from: str | None
    version_below: str | None
    version_unstated: Literal["yes", "no", "only"]
    verdict: Literal["refuse", "note"]
    reason: str
    instead: str | None
    flags: tuple[str, ...]
    source: str
    source_date: str


def rules() -> tuple[Rule, ...]:
    """All rows, those of one feature together."""
    return tuple(rule for group in _rules_by_feature().values() for rule in group)


@lru_cache(maxsize=4096)
def rules_applying(
    feature: str, capability: tuple[int, int], version: str | None
) -> tuple[Rule, ...]:
    """Rules of a feature that hold for a compute capability and a vLLM version.

    Raises InputError (field ``engine_version``) if ``version`` is not a version.
    """
    return tuple(
        rule
        for rule in _rules_by_feature().get(feature, ())
        if _covers_capability(rule, capability) and _covers_version(rule, version)
    )


@cache
def _rules_by_feature() -> dict[str, tuple[Rule, ...]]:
    by_feature: dict[str, tuple[Rule, ...]] = {}
    for rule in read_records(_TABLE, Rule):
        by_feature[rule.feature] = (*by_feature.get(rule.feature, ()), rule)
    return by_feature


def _covers_capability(rule: Rule, capability: tuple[int, int]) -> bool:
    return (rule.capability_from is None or capability >= rule.capability_from) and (
        rule.capability_below is None or capability < rule.capability_below
    )


def _covers_version(rule: Rule, stated: str | None) -> bool:
    version = None if stated is None else parse_version(stated)
    if version is None or is_untagged_build(version):
        return rule.version_unstated != "no"
    return rule.version_unstated != "only" and (
        (rule.version_from is None or version >= Version(rule.version_from))
        and (rule.version_below is None or version < Version(rule.version_below))
    )

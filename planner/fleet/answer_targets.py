"""What each class of documents asks of its answers, and whether a fleet gives it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from planner.entered.scenario_v2 import TARGET_FIELDS
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_work import classes_of
from planner.forecast.pace import Pace
from planner.queueing.birth_death import is_stable
from planner.queueing.exponential_waits import percentiles
from planner.queueing.lengths import Lengths
from planner.queueing.sojourn import (
    InSystem,
    Replica,
    Traffic,
    answer_kinds,
    first_token_kinds,
    in_system,
)
from planner.workload.document_class import LARGEST_ANSWER_LIMIT
from planner.workload.length_distribution import LengthDistribution
from planner.workload.relative_lengths import relative_lengths
from planner.workload.weekly_hours import HOURS_PER_WEEK

Figure = Literal["e2e", "ttft", "tpot"]
Percentile = Literal["p50", "p95", "p99"]

_SHARE: dict[Percentile, float] = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
_STATED: tuple[tuple[str, Figure, Percentile, float], ...] = (
    ("e2e_p50_s", "e2e", "p50", 1.0),
    ("e2e_p95_s", "e2e", "p95", 1.0),
    ("e2e_p99_s", "e2e", "p99", 1.0),
    ("ttft_p95_s", "ttft", "p95", 1.0),
    ("tpot_p95_ms", "tpot", "p95", 1e-3),
)
"""The targets of a class: field, figure, percentile, seconds of its unit."""


@dataclass(frozen=True, slots=True, eq=False)
class AnswerTarget:
    """A percentile of a figure that a class must keep, in seconds.

    ``inputs`` and ``outputs`` are the class's lengths relative to the means of all documents.
    Figures are cached by the lengths, which are one object for each class and mean.
    """

    class_name: str
    name: str
    figure: Figure
    percentile: Percentile
    limit_s: float
    inputs: Lengths
    outputs: Lengths

    def is_of(self, stated: StatedTarget) -> bool:
        """True if it is a target as it was entered."""
        return stated.name == self.name and stated.class_name in (None, self.class_name)


DEADLINE = "done_within_h"
"""The target that is a deadline: machines work later, and no answer is waited for."""


@dataclass(frozen=True, slots=True)
class StatedTarget:
    """A target as it was entered: its ``name`` in a file, and ``limit`` in its unit.

    ``class_name`` is None if the scenario has no list of classes.
    """

    class_name: str | None
    name: str
    limit: float

    @property
    def longest(self) -> float:
        """The largest limit that may be entered, in its unit."""
        return HOURS_PER_WEEK if self.name == DEADLINE else LARGEST_ANSWER_LIMIT


def stated_targets(scenario: Scenario) -> tuple[StatedTarget, ...]:
    """The targets and deadlines of each class; those of all documents without their limit on the
    p95 of the answer.
    """
    stated: list[tuple[str | None, str, float | None]] = [
        (one.name, name, getattr(one.targets, name))
        for one in scenario.classes
        for name in TARGET_FIELDS
    ]
    if not scenario.classes:
        fields = ((name, field) for name, field in TARGET_FIELDS.items() if name != "e2e_p95_s")
        stated = [(None, name, getattr(scenario, field)) for name, field in fields]
    return tuple(StatedTarget(of, name, limit) for of, name, limit in stated if limit is not None)


def limit_in(scenario: Scenario, target: StatedTarget) -> float:
    """The limit of the same target in another scenario; that of ``target`` if it has none."""
    same = (target.class_name, target.name)
    stated = (t.limit for t in stated_targets(scenario) if (t.class_name, t.name) == same)
    return next(stated, target.limit)


def with_limits(scenario: Scenario, limits: Mapping[StatedTarget, float]) -> dict[str, Any]:
    """The fields of the scenario in which some targets have other limits."""
    if not scenario.classes:
        return {TARGET_FIELDS[target.name]: limit for target, limit in limits.items()}
    classes = [one.model_dump(exclude_unset=True) for one in scenario.classes]
    for one in classes:
        changed = {t.name: limit for t, limit in limits.items() if t.class_name == one["name"]}
        one["targets"] = one.get("targets", {}) | changed
    return {"classes": classes}


@lru_cache(maxsize=256)
def answer_targets(scenario: Scenario, longest: int) -> tuple[AnswerTarget, ...]:
    """The targets of all classes, without a flat scenario's limit on the p95 of the answer."""
    flat = scenario.latency_p95_s
    return tuple(
        target
        for target in every_target(scenario, longest)
        if flat is None or target.name != "e2e_p95_s" or target.limit_s != flat
    )


@lru_cache(maxsize=256)
def every_target(scenario: Scenario, longest: int) -> tuple[AnswerTarget, ...]:
    """The targets of all classes."""
    classes = classes_of(scenario)
    total = sum(one.documents_per_year for one in classes)
    mean_in = sum(one.documents_per_year * one.inputs.mean for one in classes) / total
    mean_out = sum(one.documents_per_year * one.outputs.mean for one in classes) / total
    return tuple(
        AnswerTarget(
            one.name,
            name,
            figure,
            percentile,
            limit * unit,
            _of_all(one.inputs, longest, mean_in),
            _of_all(one.outputs, longest, mean_out),
        )
        for one in classes
        for name, figure, percentile, unit in _STATED
        if (limit := getattr(one.targets, name)) is not None
    )


@lru_cache(maxsize=1024)
def _of_all(lengths: LengthDistribution, longest: int, mean_of_all: float) -> Lengths:
    own = relative_lengths(((1.0, lengths),), longest)
    return Lengths(own.values * (lengths.mean / mean_of_all), own.weights, own.cv2)


def target_margin(
    target: AnswerTarget, pace: Pace, error: float, busiest_per_s: float, replicas: int
) -> float:
    """Log of the limit over the figure: negative if it is missed, -inf if documents queue up."""
    figure_s = target_figure_s(target, pace, error, busiest_per_s, replicas)
    return -math.inf if figure_s is None else math.log(target.limit_s / figure_s)


def target_figure_s(
    target: AnswerTarget, pace: Pace, error: float, busiest_per_s: float, replicas: int
) -> float | None:
    """The percentile in the busiest hour if the forecast is wrong by ``error`` sd, in seconds."""
    slowdown = pace.slowdown(error)
    of_class = target.figure, target.percentile, target.inputs, target.outputs
    figure_s = _figure_s(*of_class, pace, busiest_per_s * slowdown, replicas)
    return None if figure_s is None else max(figure_s * slowdown, _SHORTEST_S)


_SHORTEST_S = 1e-9


@dataclass(frozen=True, slots=True)
class TargetKept:
    """A target with the figure in the busiest hour, its 90 % interval, and the probability.

    ``limit``, ``value``, ``low`` and ``high`` are in the target's own unit, seconds or
    milliseconds; None if documents queue up. ``probability`` is that of keeping the limit.
    """

    class_name: str
    target: str
    limit: float
    value: float | None
    low: float | None
    high: float | None
    probability: float


@lru_cache(maxsize=50_000)
def _figure_s(
    figure: Figure,
    percentile: Percentile,
    inputs: Lengths,
    outputs: Lengths,
    pace: Pace,
    busiest_per_s: float,
    replicas: int,
) -> float | None:
    """It depends on no limit, so that another limit of the same class costs nothing."""
    rate = busiest_per_s / replicas
    if not is_stable(rate, pace.seconds_by_concurrency):
        return None
    parts = _parts(pace, busiest_per_s, replicas)
    if figure == "tpot":
        per_token_s = parts.decoding_s / max(pace.output_tokens - 1.0, 1.0)
        return float(np.quantile(per_token_s, _SHARE[percentile]))
    # Waits depend on how much all prompts differ, the rest on the class's own lengths.
    varying = Lengths(inputs.values, inputs.weights, pace.inputs.cv2)
    traffic = Traffic(rate, replicas, inputs=varying, outputs=outputs)
    replica = Replica(pace.seconds_by_concurrency, pace.prompt_s)
    if figure == "ttft":
        kinds = first_token_kinds(traffic, replica, parts, pace.pass_s)
    else:
        kinds = answer_kinds(traffic, replica, parts)
    return percentiles(kinds, (_SHARE[percentile],))[0]


@lru_cache(maxsize=50_000)
def _parts(pace: Pace, busiest_per_s: float, replicas: int) -> InSystem:
    traffic = Traffic(busiest_per_s / replicas, replicas, inputs=pace.inputs, outputs=pace.outputs)
    return in_system(traffic, Replica(pace.seconds_by_concurrency, pace.prompt_s))

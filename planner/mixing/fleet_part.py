"""Replicas of several deployments that share the documents, and up to which error they suffice.

A balancer sends each replica as many documents as its speed allows, so all are equally busy. One
error of the forecast holds for all parts: what slows one GPU down slows the others down, each
by its own standard deviation. That is the less favourable assumption, as independent errors
would partly cancel.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from planner.catalog.price_offer import PriceOffer
from planner.fleet import costs
from planner.fleet.scenario_limits import ROUNDING
from planner.fleet.sized_candidate import SizedCandidate
from planner.fleet.sizing import (
    ERROR_STEP,
    LARGEST_ERROR,
    AnswerTime,
    Errors,
    answer_margin,
    answer_time,
)
from planner.sureness.crossing import last_not_negative


@dataclass(frozen=True, slots=True)
class Part:
    """Replicas of one deployment, on one price offer."""

    sized: SizedCandidate
    offer: PriceOffer
    replicas: int

    @property
    def machines(self) -> int:
        """Machines that hold the replicas."""
        gpus = self.sized.replica.deployment.gpu_count
        return costs.instances_for(self.replicas, gpus, self.offer)

    def requests_per_s(self, error: float = 0.0) -> float:
        """Documents a second of all replicas if the forecast is wrong by ``error`` sd."""
        pace = self.sized.replica.pace
        return self.replicas * pace.requests_per_s / pace.slowdown(error)

    def without(self, machines: int) -> Part:
        """What is left if so many machines are down; the fullest ones."""
        gpus = self.sized.replica.deployment.gpu_count
        lost = costs.replicas_on(machines, gpus, self.offer)
        return replace(self, replicas=max(0, self.replicas - lost))


def shares(parts: Sequence[Part], error: float = 0.0) -> list[float]:
    """The share of the documents that each part processes."""
    speeds = [part.requests_per_s(error) for part in parts]
    return [speed / sum(speeds) for speed in speeds]


def errors_borne_together(parts: Sequence[Part]) -> Errors:
    """The largest errors, in sd, with which the parts together keep up and answer in time."""
    running = [part for part in parts if part.replicas]
    if not running:
        return Errors(-math.inf, -math.inf if parts[0].sized.demand.has_answer_limits else None)
    if len(running) == 1:
        return running[0].sized.errors_borne(running[0].replicas)
    demand = running[0].sized.demand

    def volume(error: float) -> float:
        speed = sum(part.requests_per_s(error) for part in running)
        return speed * demand.max_utilization / demand.busiest_per_s * (1.0 + ROUNDING) - 1.0

    def latency(error: float) -> float:
        return min(
            answer_margin(
                part.sized.demand,
                part.sized.replica.pace,
                error,
                share * demand.busiest_per_s,
                part.replicas,
            )
            for part, share in zip(running, shares(running, error), strict=True)
        )

    return Errors(_last(volume), _last(latency) if demand.has_answer_limits else None)


def _last(margin: Callable[[float], float]) -> float:
    """The largest error with which a margin is kept; infinite beyond those told apart."""
    if margin(LARGEST_ERROR) >= 0.0:
        return math.inf
    if margin(-LARGEST_ERROR) < 0.0:
        return -math.inf
    return last_not_negative(margin, -LARGEST_ERROR, LARGEST_ERROR, ERROR_STEP)


def slowest_answers(parts: Sequence[Part]) -> AnswerTime:
    """Answer times of the slowest part in the busiest hour, at the central forecast.

    Not fewer than 95 % of all documents are answered within the largest p95 of any part.
    """
    demand = parts[0].sized.demand
    found = [
        answer_time(part.sized.replica.pace, 0.0, share * demand.busiest_per_s, part.replicas)
        for part, share in zip(parts, shares(parts), strict=True)
    ]
    p50s, p95s = [one.p50_s for one in found], [one.p95_s for one in found]
    return AnswerTime(_largest(p50s), _largest(p95s))


def _largest(seconds: Sequence[float | None]) -> float | None:
    stated = [value for value in seconds if value is not None]
    return max(stated) if len(stated) == len(seconds) else None

"""Replicas of several deployments, how they share the documents, and up to which error they do.

One error of the forecast holds for all parts: what slows one GPU down slows the others down, each
by its own standard deviation. That is the less favourable assumption, as independent errors
would partly cancel.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from planner.catalog.price_offer import PriceOffer
from planner.fleet import costs
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_limits import ROUNDING
from planner.fleet.sized_candidate import SizedCandidate
from planner.fleet.sizing import (
    ERROR_STEP,
    Errors,
    Latency,
    answer_margin,
    answer_time,
)
from planner.money.own_stock import own_gpus, stock_of
from planner.sureness.last_not_negative import last_not_negative
from planner.sureness.probability import LARGEST_ERROR


@dataclass(frozen=True, slots=True)
class Part:
    """Replicas of one deployment, on one price offer.

    ``scenario`` has the documents that may come here, ``sized`` the demand of all of them.
    """

    scenario: Scenario
    sized: SizedCandidate
    offer: PriceOffer
    replicas: int

    @property
    def machines(self) -> int:
        """Machines that hold the replicas."""
        gpus = self.sized.replica.deployment.gpu_count
        return costs.instances_for(self.replicas, gpus, self.offer)

    @property
    def busiest_per_s(self) -> float:
        """Documents a second that may come here in the busiest hour."""
        return self.sized.demand.busiest_per_s

    def requests_per_s(self, error: float = 0.0) -> float:
        """Documents a second of all replicas if the forecast is wrong by ``error`` sd."""
        pace = self.sized.replica.pace
        return self.replicas * pace.requests_per_s / pace.slowdown(error)

    def answers(self, share: float) -> Latency:
        """Answer times in the busiest hour if this share of the documents comes here."""
        pace = self.sized.replica.pace
        return answer_time(pace, 0.0, share * self.busiest_per_s, self.replicas)

    def machines_of(self, least: int, replicas: int) -> int:
        """Its machines for its part of the ``least`` of all ``replicas``; all of its own if these
        are fewer.
        """
        share = min(1.0, least / replicas) if replicas else 1.0
        gpus = self.sized.replica.deployment.gpu_count
        own = math.ceil(self.replicas * share * (1.0 - ROUNDING))
        return costs.instances_for(own, gpus, self.offer)

    def without(self, machines: int) -> Part:
        """The part without so many machines; full ones are down."""
        gpus = self.sized.replica.deployment.gpu_count
        lost = costs.replicas_on(machines, gpus, self.offer)
        return replace(self, replicas=max(0, self.replicas - lost))


@dataclass(frozen=True, slots=True)
class SharedFleet:
    """Parts that share all documents: a balancer sends each as many as its speed allows."""

    parts: tuple[Part, ...]

    def shares(self, error: float = 0.0) -> tuple[float, ...]:
        """The share of all documents that each part processes."""
        speeds = [part.requests_per_s(error) for part in self.parts]
        return tuple(speed / sum(speeds) for speed in speeds)

    def capacity_per_s(self, error: float = 0.0) -> float:
        """Documents a second if the forecast is wrong by ``error`` sd."""
        return sum(part.requests_per_s(error) for part in self.parts)

    def answers(self) -> Latency:
        """Answer times of the slowest part, at the central forecast.

        At least 95 % of all documents are answered within the largest p95 of any part.
        """
        return slowest(
            [part.answers(share) for part, share in zip(self.parts, self.shares(), strict=True)]
        )

    def without(self, part: int, machines: int) -> SharedFleet:
        """The fleet without machines of one part."""
        return SharedFleet(_without(self.parts, part, machines))

    def replicas_for_each(self, spares: Sequence[int]) -> int:
        """Replicas that serve each document with the spare machines of each part lost."""
        return sum(_left(self.parts, spares))

    def errors_borne(self) -> Errors:
        """The largest errors, in sd, with which the parts together keep up and are in time."""
        running = SharedFleet(tuple(part for part in self.parts if part.replicas))
        demand = self.parts[0].sized.demand
        if not running.parts:
            return Errors(-math.inf, -math.inf if demand.has_answer_limits else None)
        if len(running.parts) == 1:
            return running.parts[0].sized.errors_borne(running.parts[0].replicas)

        def volume(error: float) -> float:
            usable = running.capacity_per_s(error) * demand.max_utilization
            return usable / demand.busiest_per_s * (1.0 + ROUNDING) - 1.0

        latency = _last(running.answer_margin) if demand.has_answer_limits else None
        return Errors(_last(volume), latency)

    def answer_margin(self, error: float) -> float:
        """The smallest margin of all limits on answers, over all parts."""
        return min(
            answer_margin(
                part.sized.demand,
                part.sized.replica.pace,
                error,
                share * part.busiest_per_s,
                part.replicas,
            )
            for part, share in zip(self.parts, self.shares(error), strict=True)
        )


@dataclass(frozen=True, slots=True)
class AssignedFleet:
    """Parts that each get their own documents, whatever the others do."""

    parts: tuple[Part, ...]

    def shares(self) -> tuple[float, ...]:
        """The share of all documents that each part processes."""
        volumes = [part.scenario.documents_per_year for part in self.parts]
        return tuple(volume / sum(volumes) for volume in volumes)

    def capacity_per_s(self, error: float = 0.0) -> float:
        """Documents a second, in the proportions of the parts, until the first one is full."""
        fullest = min(part.requests_per_s(error) / part.busiest_per_s for part in self.parts)
        return fullest * sum(part.busiest_per_s for part in self.parts)

    def answers(self) -> Latency:
        """Answer times of the slowest part, at the central forecast."""
        return slowest([part.answers(1.0) for part in self.parts])

    def without(self, part: int, machines: int) -> AssignedFleet:
        """The fleet without machines of one part."""
        return AssignedFleet(_without(self.parts, part, machines))

    def replicas_for_each(self, spares: Sequence[int]) -> int:
        """Replicas that serve each document at least, with the spare machines of its part lost."""
        return min(_left(self.parts, spares))

    def errors_borne(self) -> Errors:
        """The largest errors, in sd, with which every part keeps up and is in time."""
        found = [part.sized.errors_borne(part.replicas) for part in self.parts]
        answers = [one.latency for one in found if one.latency is not None]
        return Errors(min(one.volume for one in found), min(answers, default=None))


Fleet = SharedFleet | AssignedFleet


def _without(parts: Sequence[Part], lost: int, machines: int) -> tuple[Part, ...]:
    return tuple(part.without(machines) if n == lost else part for n, part in enumerate(parts))


def _left(parts: Sequence[Part], spares: Sequence[int]) -> list[int]:
    return [part.without(lost).replicas for part, lost in zip(parts, spares, strict=True)]


def _last(margin: Callable[[float], float]) -> float:
    """The largest error with which a margin is kept; infinite beyond those told apart."""
    if margin(LARGEST_ERROR) >= 0.0:
        return math.inf
    if margin(-LARGEST_ERROR) < 0.0:
        return -math.inf
    return last_not_negative(margin, -LARGEST_ERROR, LARGEST_ERROR, ERROR_STEP)


def slowest(found: Sequence[Latency]) -> Latency:
    """The largest of each percentile; None if documents queue up at one of them."""
    return Latency(_largest([one.p50 for one in found]), _largest([one.p95 for one in found]))


def _largest(seconds: Sequence[float | None]) -> float | None:
    stated = [value for value in seconds if value is not None]
    return max(stated) if len(stated) == len(seconds) else None


def are_there(parts: Sequence[Part]) -> bool:
    """False if more own GPUs would be used than are owned."""
    owned = own_gpus(part.offer for part in parts)
    used = Counter[str]()
    for part in parts:
        used[stock_of(part.offer) or ""] += part.machines * part.offer.gpu_count
    return all(used[stock] <= gpus for stock, gpus in owned.items())

"""The probability, the shortfall and the regret of each fleet over the samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.fleet.plan import Option
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_limits import within_budget
from planner.risk.fleet_under_samples import Outcome, of_all_models
from planner.risk.fleets_compared import Compared
from planner.risk.regret import (
    losses_by_confidence_usd,
    losses_usd,
    regrets_usd,
    value_of_knowing_usd,
)
from planner.risk.samples import normals
from planner.risk.uncertain_volume import uncertain_volume
from planner.sureness.probability import Probability

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Dollars:
    """The yearly cost of an option in USD if documents that fall short have a price.

    ``shortfall`` is what they cost on average, ``expected`` that and the option itself.
    Regret is what it costs more than the best of those compared: on average, and in the worst
    of 20 cases.
    """

    shortfall: float
    expected: float
    expected_regret: float
    regret_p95: float


@dataclass(frozen=True, slots=True)
class OptionAtRisk:
    """An option if volume and forecast may both be wrong. No spare machine counts.

    ``probability`` is that of each limit, ``probability_all`` of all together.
    ``expected_short`` are the documents of a year that no machine has time for, on average;
    ``usd`` is None if the scenario states no price for them.
    """

    option: Option
    probability: Probability
    probability_all: float
    expected_short: float
    usd: Dollars | None


class Fleets:
    """The fleets compared, under samples of the volume and of the error of each deployment.

    One error moves all deployments of an option that runs several models, and one volume all
    their documents.
    """

    def __init__(self, scenario: Scenario, compared: Sequence[Compared]) -> None:
        self.scenario = scenario
        self.compared = compared
        self.costs_usd = np.array([one.option.cost_usd_per_year for one in compared])
        places = {one.deployments: None for one in compared}
        self._place = [list(places).index(one.deployments) for one in compared]
        self.deployments = len(places)

    def normals(self, count: int) -> tuple[Array, Array]:
        """Standard normal numbers for the volume (n,) and for each error (deployments, n)."""
        found = normals(count, 1 + self.deployments)
        return found[0], found[1:]

    def judged(self, volume: Array, errors: Array) -> list[OptionAtRisk]:
        """Each option over the samples, in the order of ``compared``."""
        documents, outcomes = self._documents(volume), self._outcomes(volume, errors)
        short = np.array([found.short for found in outcomes]) * documents
        dollars = self._dollars(short)
        return [
            self._judged(one.option, found, float(missing.mean()), usd)
            for one, found, missing, usd in zip(
                self.compared, outcomes, short, dollars, strict=True
            )
        ]

    def saving_of_knowing_usd(self, volume: Array, errors: Array, known: int) -> float:
        """The saving of knowing in which of ``known`` equal groups of samples one is."""
        outcomes = self._outcomes(volume, errors)
        penalty = self.scenario.shortfall_usd_per_document
        if penalty is None:
            works = np.array([found.does_the_work for found in outcomes])
            losses = losses_by_confidence_usd(self.costs_usd, works, self.scenario.confidence)
            return value_of_knowing_usd(losses, known)
        short = np.array([found.short for found in outcomes]) * self._documents(volume)
        return value_of_knowing_usd(losses_usd(self.costs_usd, short, penalty), known)

    def _documents(self, volume: Array) -> Array:
        factors = uncertain_volume(self.scenario).factors(volume)
        return np.asarray(self.scenario.documents_per_year * factors)

    def _outcomes(self, volume: Array, errors: Array) -> list[Outcome]:
        factors = uncertain_volume(self.scenario).factors(volume)
        return [
            of_all_models(
                [
                    (fleet.scenario.documents_per_year, fleet.outcome(factors, errors[place]))
                    for fleet in one.fleets
                ]
            )
            for one, place in zip(self.compared, self._place, strict=True)
        ]

    def _dollars(self, short: Array) -> list[Dollars | None]:
        penalty = self.scenario.shortfall_usd_per_document
        if penalty is None:
            return [None] * len(short)
        losses = losses_usd(self.costs_usd, short, penalty)
        return [
            Dollars(
                shortfall=float(loss.mean() - cost),
                expected=float(loss.mean()),
                expected_regret=float(regret.mean()),
                regret_p95=float(np.quantile(regret, 0.95)),
            )
            for cost, loss, regret in zip(self.costs_usd, losses, regrets_usd(losses), strict=True)
        ]

    def _judged(
        self, option: Option, found: Outcome, short: float, usd: Dollars | None
    ) -> OptionAtRisk:
        budget = self.scenario.budget_usd_per_year
        paid = None if budget is None else float(within_budget(option.cost_usd_per_year, budget))
        in_time = None if found.in_time is None else float(found.in_time.mean())
        work = float(found.does_the_work.mean())
        return OptionAtRisk(
            option=option,
            probability=Probability(float(found.keeps_up.mean()), in_time, paid),
            probability_all=work if paid is None else work * paid,
            expected_short=short,
            usd=usd,
        )

"""The risk of a plan: what if the volume or the forecast is wrong?"""

from __future__ import annotations

from dataclasses import dataclass

from planner.catalog.lookup import Catalog
from planner.fleet.plan import Plan
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_limits import is_sure
from planner.fleet.scenario_work import mix_served
from planner.fleet.sized_candidate import SizedCandidate
from planner.forecast.forecaster import Forecaster
from planner.risk.calibration_worth import (
    CalibrationWorth,
    calibration_worth,
    log_sd_after_calibration,
)
from planner.risk.fleets_compared import fleets_compared
from planner.risk.options_at_risk import Fleets, OptionAtRisk
from planner.risk.samples import SAMPLES, SEED
from planner.risk.sensitivity import Swing, sensitivity


@dataclass(frozen=True, slots=True)
class Risk:
    """``options``: the recommended one first, then others from the cheapest on.

    ``cheapest_sure`` is the cheapest that keeps all limits with the confidence asked for, whatever
    volume and forecast do; None if none does. ``least_regret`` has the least expected regret,
    None if no price of a document short is stated. The largest regret of the samples would grow
    with their number; the least expected one is also the least expected cost.
    """

    scenario: Scenario
    options: tuple[OptionAtRisk, ...]
    cheapest_sure: OptionAtRisk | None
    least_regret: OptionAtRisk | None
    sensitivity: tuple[Swing, ...]
    calibration: CalibrationWorth
    samples: int = SAMPLES
    seed: int = SEED

    @property
    def recommended(self) -> OptionAtRisk:
        """The recommended option."""
        return self.options[0]


def assess_risk(plan: Plan, forecaster: Forecaster, catalog: Catalog) -> Risk | None:
    """The risk of a plan; None if it recommends nothing.

    The volume is one for all options, and of all models. The forecast's errors of two deployments
    are taken as independent: what a measurement of one says about the other is not counted. The
    fleets of several models in one option have one error, as in ``sum_of_options.py``, and so have
    the parts of a fleet of several kinds. Which input moves the cost of such a fleet is told of
    prices alone: the other inputs would each take two more searches for a fleet.
    """
    best = plan.recommended
    if best is None:
        return None
    scenario = plan.scenario
    compared = fleets_compared(plan, best, forecaster, catalog)
    fleets = Fleets(scenario, compared)
    first, *others = fleets.judged(*fleets.normals(SAMPLES))
    others.sort(key=lambda one: one.option.cost_usd_per_year)
    judged = (first, *others)
    sure = (one for one in judged if is_sure(one.probability_all, scenario.confidence))
    priced = [(one.usd.expected_regret, n) for n, one in enumerate(judged) if one.usd is not None]
    return Risk(
        scenario=scenario,
        options=judged,
        cheapest_sure=min(sure, key=lambda one: one.option.cost_usd_per_year, default=None),
        least_regret=judged[min(priced)[1]] if priced else None,
        sensitivity=sensitivity(scenario, compared[0], forecaster, catalog),
        calibration=_calibration(fleets, forecaster),
    )


def _calibration(fleets: Fleets, forecaster: Forecaster) -> CalibrationWorth:
    """The worth of calibrating a replica of each kind; that of which least is learned counts."""
    first = fleets.compared[0]
    return calibration_worth(
        fleets.saving_of_knowing_usd,
        fleets.deployments,
        max((_log_sds(*one, forecaster) for one in first.replicas), key=_share_left),
        sum(item.price_offer.usd_per_hour for item in first.option.fleet),
    )


def _log_sds(
    scenario: Scenario, one: SizedCandidate, forecaster: Forecaster
) -> tuple[float, float]:
    """The log sd of the forecast of a replica before and after a calibration."""
    replica = one.replica
    mix = mix_served(scenario, replica.deployment)
    after = log_sd_after_calibration(forecaster, replica.deployment, mix, replica.pace)
    return replica.pace.log_sd, after


def _share_left(log_sds: tuple[float, float]) -> float:
    """The share of the standard deviation that a calibration leaves."""
    before, after = log_sds
    return 0.0 if before == 0.0 else after / before

"""The risk of a plan: what if the volume or the forecast is wrong?"""

from __future__ import annotations

from dataclasses import dataclass

from planner.catalog.lookup import Catalog
from planner.fleet.plan import Plan
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_limits import is_sure
from planner.fleet.scenario_work import mix_served
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
    """The risk of a plan; None if it recommends no fleet of one kind of machine.

    The volume is one for all options. The forecast's errors of two deployments are taken as
    independent: what a measurement of one says about the other is not counted.
    """
    if plan.recommended is None or len(plan.recommended.fleet) > 1:
        return None
    scenario = plan.scenario
    compared = fleets_compared(plan, plan.recommended, forecaster, catalog)
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
    one = fleets.compared[0]
    replica = one.sized.replica
    mix = mix_served(fleets.scenario, replica.deployment)
    after = log_sd_after_calibration(forecaster, replica.deployment, mix, replica.pace)
    return calibration_worth(
        fleets.saving_of_knowing_usd,
        fleets.deployments,
        (replica.pace.log_sd, after),
        one.option.fleet[0].price_offer.usd_per_hour,
    )

"""What new measurements changed in the forecasts of a scenario, and in its plan."""

from __future__ import annotations

from dataclasses import dataclass

from app.option_rows import name_of
from app.services.opened_store import catalog, forecaster
from app.services.plans import answer
from planner.fleet.candidates import replica_of, scenario_of_model
from planner.fleet.plan import FleetItem, Option, Plan
from planner.fleet.scenario import Scenario
from planner.forecast.forecast_values import Forecast
from planner.forecast.forecaster import Forecaster
from planner.report.shortlist import shortlist
from planner.wording.explanation import headline

NOTABLE = 0.005
"""A forecast that moves by less is the same at three digits."""


@dataclass(frozen=True, slots=True)
class ChangedForecast:
    """The forecast of one replica of a configuration, at its parallel requests."""

    configuration: str
    concurrency: int
    before: Forecast
    after: Forecast


@dataclass(frozen=True, slots=True)
class ForecastChange:
    """The forecasts that moved, the one that moved most first, and how many did not.

    The plan's headlines are those before and after.
    """

    changed: tuple[ChangedForecast, ...]
    unchanged: int
    plan_before: str
    plan_after: str


@dataclass(frozen=True, slots=True)
class ForecastsBefore:
    """A plan and the model that made it, kept to compare with later ones."""

    plan: Plan
    forecaster: Forecaster

    def change(self) -> ForecastChange:
        """What has changed in the store's forecasts of the plan's configurations since."""
        now = forecaster()
        found = [
            _compared(self.plan.scenario, option, self.forecaster, now)
            for option in shortlist(self.plan)
            if len(option.fleet) == 1
        ]
        changed = tuple(sorted(filter(_is_notable, found), key=_moved, reverse=True))
        after = answer(self.plan.scenario)
        return ForecastChange(
            changed, len(found) - len(changed), headline(self.plan), headline(after)
        )


def forecasts_now(scenario: Scenario) -> ForecastsBefore:
    """The plan and the model as they are before something is measured or imported."""
    return ForecastsBefore(answer(scenario), forecaster())


def _compared(
    scenario: Scenario, option: Option, before: Forecaster, after: Forecaster
) -> ChangedForecast:
    item = option.fleet[0]
    return ChangedForecast(
        name_of(option),
        item.concurrency,
        _forecast(scenario, item, before),
        _forecast(scenario, item, after),
    )


def _forecast(scenario: Scenario, item: FleetItem, by: Forecaster) -> Forecast:
    scenario = scenario_of_model(item, scenario, catalog())
    deployment = replica_of(item, scenario, catalog())
    return by.forecast(deployment, scenario.input_tokens, scenario.output_tokens, item.concurrency)


def _is_notable(one: ChangedForecast) -> bool:
    return _moved(one) > NOTABLE or one.before.basis != one.after.basis


def _moved(one: ChangedForecast) -> float:
    """The largest relative change of the forecast or an end of its interval."""
    before, after = one.before.output_tokens_per_s, one.after.output_tokens_per_s
    pairs = ((before.value, after.value), (before.low, after.low), (before.high, after.high))
    return max(abs(new / old - 1.0) for old, new in pairs)

"""How far a fleet falls short if it does, against hand calculation and against samples."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from sample_plan import A100, SCENARIO

from planner.entered.cost_item import CostItem
from planner.fleet.plan import Option
from planner.forecast.forecast_values import Interval
from planner.learning.throughput import Z90
from planner.risk.shortfall import shortfall, spare_machine_usd_per_year
from planner.sureness.probability import Probability
from planner.wording.risk_sentences import plain_risk_sentences

HALF_SURE_ERROR = 0.6744897501960817
"""The third quartile of the standard normal distribution."""


def an_option(volume: float, latency: float | None = None, log_sd: float = 0.2) -> Option:
    """One A100 with these probabilities, whose speed has this standard deviation of its log."""
    factor = math.exp(Z90 * log_sd)
    return replace(
        A100,
        capacity_documents_per_year=Interval(20e6, 20e6 / factor, 20e6 * factor),
        probability=Probability(volume, latency, None),
    )


def test_the_median_case_of_a_fleet_that_is_half_sure() -> None:
    scenario = SCENARIO.model_copy(update={"max_utilization": 1.0, "latency_p95_s": None})
    found = shortfall(scenario, an_option(0.5))
    assert found is not None
    missing = 1.0 - math.exp(-0.2 * HALF_SURE_ERROR)  # 12.6 % slower than needed
    assert found.probability == 0.5
    assert found.speed == pytest.approx(missing)
    assert found.documents_per_year == pytest.approx(20e6 * missing)
    assert found.machines == 1
    assert found.usd_per_year == pytest.approx(3.3968 * 8760)


def test_the_room_in_the_busiest_hour_is_used_up_first() -> None:
    scenario = SCENARIO.model_copy(update={"max_utilization": 0.8})
    found = shortfall(scenario, an_option(0.5))
    assert found is not None
    assert found.documents_per_year == 0.0


def test_answers_that_come_late_leave_no_document_undone() -> None:
    found = shortfall(SCENARIO, an_option(0.9, latency=0.8))
    assert found is not None
    assert found.probability == pytest.approx(0.2)
    assert found.documents_per_year is None


def test_no_more_machines_make_up_for_it_than_are_missing() -> None:
    item = replace(A100.fleet[0], replicas=20, instances=20)
    found = shortfall(SCENARIO, replace(an_option(0.5), fleet=(item,)))
    assert found is not None
    # 20 machines have 0.874 of the speed needed: 20 x 0.126 / 0.874 = 2.9
    assert found.machines == 3


def test_a_forecast_without_error_cannot_fall_short() -> None:
    assert shortfall(SCENARIO, an_option(1.0)) is None


@pytest.mark.parametrize(
    ("work", "log_sd"), [(0.0, 0.2), (0.0, 0.0), (1e-300, 3.0)], ids=["never", "known", "hardly"]
)
def test_a_fleet_that_never_does_its_work_has_no_median_case(work: float, log_sd: float) -> None:
    option = an_option(work, log_sd=log_sd)
    assert shortfall(SCENARIO, option) is None
    first = plain_risk_sentences(SCENARIO, option)[0]
    assert first.startswith("In none of 100" if work == 0.0 else "In fewer than 1 of 100")


def test_a_fleet_of_several_kinds_has_no_machine_of_its_kind() -> None:
    option = replace(an_option(0.5), fleet=(A100.fleet[0], A100.fleet[0]))
    found = shortfall(SCENARIO, option)
    assert found is not None
    assert (found.machines, found.usd_per_year) == (None, None)
    assert spare_machine_usd_per_year(SCENARIO, option) is None
    assert spare_machine_usd_per_year(SCENARIO, A100) == pytest.approx(3.3968 * 8760)


def test_a_spare_machine_runs_in_all_working_hours_and_others_follow_the_load() -> None:
    scenario = SCENARIO.model_copy(
        update={"follow_load": True, "peak_factor": 2.0, "hours_per_week": 84.0}
    )
    year = 3.3968 * 8760 / 2
    assert spare_machine_usd_per_year(scenario, A100) == pytest.approx(year)
    found = shortfall(scenario, an_option(0.5))
    assert found is not None
    assert found.usd_per_year == pytest.approx(year / 2)  # of two, the second runs half the hours


def test_more_machines_bring_the_cost_items_that_rise_with_them() -> None:
    agent = CostItem(name="agent", amount=100.0, unit="usd_per_gpu_year")
    scenario = SCENARIO.model_copy(update={"other_costs": (agent,), "standard_costs": ("tax",)})
    year = (3.3968 * 8760 + 100.0) * 1.219
    assert spare_machine_usd_per_year(scenario, A100) == pytest.approx(year)
    found = shortfall(scenario, an_option(0.5))
    assert found is not None
    assert found.usd_per_year == pytest.approx(year)

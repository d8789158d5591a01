"""Stated and mixed fleets over the years."""

from __future__ import annotations

from typing import Any

import pytest

from planner.catalog.lookup import Catalog
from planner.entered.owned_hardware import OwnedHardware
from planner.fleet.plan import Plan
from planner.fleet.scenario import FleetPart, Scenario
from planner.forecast.forecaster import Forecaster
from planner.mixing.whole_plan import whole_plan
from planner.report.json_output import plan_json
from planner.wording.explanation import explain
from tests.planner.mixing.test_cost_of_a_mix import MIXED


@pytest.fixture(scope="module")
def judge(forecaster: Forecaster, catalog: Catalog) -> Any:
    def of(*fleet: FleetPart, **fields: Any) -> Plan:
        asked = {"quantization": "awq", "gpus": ("L4",), "fleet": fleet} | fields
        return whole_plan(Scenario.model_validate(asked), forecaster, catalog)

    return of


L4 = FleetPart(gpu="L4", replicas=3)


def test_a_stated_fleet_is_enlarged_when_it_is_no_longer_enough(
    judge: Any, forecaster: Forecaster, catalog: Catalog
) -> None:
    growing = {"growth_per_year": 0.5, "years": 3}
    judged = judge(L4, **growing)
    free = whole_plan(judged.scenario.model_copy(update={"fleet": ()}), forecaster, catalog)
    # Three are what is recommended, so that both grow alike.
    assert [year.replicas for year in judged.years] == [year.replicas for year in free.years]
    assert judged.years == free.years
    assert judged.next_machine_month == free.next_machine_month
    assert judged.present_value_usd == pytest.approx(free.present_value_usd)
    assert f"The next machine is due in {judged.next_machine_month} months." in explain(judged)
    written = plan_json(judged)["years"]
    assert [year["capacity_documents_per_year"] for year in written] == pytest.approx(
        [year.replicas * written[0]["capacity_documents_per_year"] / 3 for year in judged.years]
    )


def test_a_stated_fleet_that_is_large_enough_stays(judge: Any) -> None:
    judged = judge(FleetPart(gpu="L4", replicas=9), growth_per_year=0.5, years=3)
    assert [year.replicas for year in judged.years] == [9, 9, 9]
    assert judged.next_machine_month > 24


def test_a_later_year_says_that_too_few_are_owned(judge: Any) -> None:
    own = (OwnedHardware(gpu="RTX 3090", count=4, gpus_per_machine=1),)
    judged = judge(
        FleetPart(gpu="RTX 3090", replicas=4),
        gpus=("RTX 3090",), terms=("owned",), owned=own, growth_per_year=1.0, years=3,
    )  # fmt: skip
    assert [year.enough for year in judged.years] == [True, False, False]
    assert judged.years[2].replicas == 4
    assert "(too few are owned)" in explain(judged)


def test_each_part_of_a_mix_gets_what_its_documents_take(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    growing = MIXED.model_copy(
        update={"documents_per_year": 55e6, "growth_per_year": 1.0, "years": 2}
    )
    free = whole_plan(growing, forecaster, catalog)
    assert free.mix is not None
    assert free.mix.option is not None
    budget = free.mix.option.cost_usd_per_year + 1.0
    mixed = whole_plan(
        growing.model_copy(update={"budget_usd_per_year": budget}), forecaster, catalog
    )
    assert mixed.recommended is not None
    assert len(mixed.recommended.fleet) == 3
    first, second = mixed.years
    assert first.cost_usd_per_year == mixed.recommended.cost_usd_per_year
    assert second.documents == pytest.approx(2 * first.documents)
    # Twice the documents take at most twice the machines of each part.
    assert first.replicas < second.replicas <= 2 * first.replicas
    assert mixed.next_machine_month is not None
    assert f"The next machine is due in {mixed.next_machine_month} month" in explain(mixed)
    assert mixed.present_value_usd == pytest.approx(
        first.cost_usd_per_year / 1.1 + second.cost_usd_per_year / 1.21
    )

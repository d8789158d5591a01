"""The workbook says what the plan says, and computes what the planner computes."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from recalculated_workbook import RecalculatedWorkbook, opened

from planner.catalog.lookup import Catalog
from planner.entered.cost_item import CostItem
from planner.entered.owned_hardware import OwnedHardware
from planner.fleet import costs
from planner.fleet.make_plan import make_plan
from planner.fleet.plan import Plan
from planner.fleet.scenario import FleetPart, Scenario
from planner.forecast.forecaster import Forecaster
from planner.mixing.whole_plan import whole_plan, with_mix
from planner.wording.explanation import configuration, sureness, verdict_of
from planner.wording.hosted_sentences import break_even_of
from planner.workbook.carried_volumes import carried_volumes

EVERY_UNIT = (
    CostItem(name="invoice", amount=240),
    CostItem(name="monthly", amount=20, unit="usd_per_month", quantity=3),
    CostItem(name="agent", amount=0.01, unit="usd_per_gpu_hour"),
    CostItem(name="support", amount=500, unit="usd_per_gpu_year"),
    CostItem(name="insurance", amount=0.02, unit="share_of_gpu_cost"),
    CostItem(name="review", amount=1.5, unit="usd_per_1000_documents"),
    CostItem(name="disk", amount=0.1, unit="usd_per_gb_month", quantity=700),
)
GROWING: dict[str, Any] = {
    "documents_per_year": 40e6,
    "quantization": "awq",
    "gpus": ("L4",),
    "growth_per_year": 0.3,
    "years": 3,
    "standard_costs": ("people", "storage", "egress", "non-production", "tax"),
    "other_costs": EVERY_UNIT,
}
OWN: dict[str, Any] = {
    "documents_per_year": 30e6,
    "quantization": "awq",
    "gpus": ("RTX 3090",),
    "terms": ("owned",),
    "owned": (OwnedHardware(gpu="RTX 3090", count=20, price_usd=700, maintenance_share=0.05),),
    "growth_per_year": 0.4,
    "years": 4,
    "spare_replicas": 1,
}
SPOT: dict[str, Any] = {
    "quantization": "awq",
    "gpus": ("A100 80GB",),
    "terms": ("spot",),
    "hours_per_week": 50.0,
    "pay_only_for_hours": True,
    "minimum_billed_h": 12.0,
    "peak_factor": 2.0,
}
WAITING: dict[str, Any] = {
    "documents_per_year": 30e6,
    "quantization": "awq",
    "gpus": ("L4",),
    "latency_p95_s": 60.0,
    "growth_per_year": 0.3,
    "years": 3,
}
NIGHT: dict[str, Any] = {
    "quantization": "awq",
    "gpus": ("A100 80GB",),
    "hours_per_week": 50.0,
    "done_within_h": 14.0,
    "processing_hours_per_week": 84.0,
    "pay_only_for_hours": True,
    "budget_usd_per_year": 1_000_000.0,
}
STATED: dict[str, Any] = {
    "quantization": "awq",
    "gpus": ("L4", "A100 80GB"),
    "fleet": (FleetPart(gpu="L4", replicas=2), FleetPart(gpu="A100 80GB", replicas=1)),
}
STATED_ALONE: dict[str, Any] = STATED | {"fleet": (FleetPart(gpu="L4", replicas=7),)}
OWN_AND_RENTED: dict[str, Any] = {
    "documents_per_year": 40e6,
    "quantization": "awq",
    "fleet": (FleetPart(gpu="RTX 3090", replicas=4), FleetPart(gpu="A100 80GB", replicas=1)),
    "owned": (OwnedHardware(gpu="RTX 3090", count=6, gpus_per_machine=1, price_usd=700),),
    "growth_per_year": 0.2,
    "years": 3,
}
PARTLY_FILLED: dict[str, Any] = {
    "quantization": "awq",
    "fleet": (FleetPart(gpu="RTX 3090", replicas=3),),
    "owned": (OwnedHardware(gpu="RTX 3090", count=16, gpus_per_machine=4),),
    "documents_per_year": 5e6,
    "growth_per_year": 0.1,
    "years": 3,
}
SPREAD: dict[str, Any] = {
    "quantization": "awq",
    "gpus": ("L4", "A100 80GB"),
    "spread_over": "provider",
    "growth_per_year": 0.3,
    "years": 3,
}
AT_LEAST_THREE: dict[str, Any] = GROWING | {"documents_per_year": 5e6, "min_replicas": 3}
FOLLOWING: dict[str, Any] = GROWING | {
    "documents_per_year": 200e6,
    "peak_factor": 3.0,
    "hours_per_week": 120.0,
    "spare_replicas": 1,
    "follow_load": True,
}


def aged(years: float) -> dict[str, Any]:
    return OWN | {"owned": (OWN["owned"][0].model_copy(update={"age_years": years}),)}


CASES = {
    "growing": GROWING,
    "own": OWN,
    "spot": SPOT,
    "waiting": WAITING,
    "night": NIGHT,
    "stated": STATED,
    "stated alone": STATED_ALONE,
    "stated, growing": STATED | {"growth_per_year": 0.3, "years": 3},
    "own and rented": OWN_AND_RENTED,
    "partly filled": PARTLY_FILLED,
    "spread": SPREAD,
    "spot that stays": SPOT | {"spot_eviction_share": 0.0},
    "at least three": AT_LEAST_THREE,
    "following": FOLLOWING,
    "stated, following": STATED
    | {"follow_load": True, "peak_factor": 3.0, "hours_per_week": 84.0, "minimum_billed_h": 7.0},
    "following, with a reserved base": FOLLOWING | {"terms": ("on-demand", "reserved-1y")},
    "own with half a year left": aged(3.5),
    "own and written off": aged(9.0),
    "too dear": GROWING | {"budget_usd_per_year": 500.0},
}
QUICK = ("growing", "stated")
EACH_CASE = [
    case if case in QUICK else pytest.param(case, marks=pytest.mark.slow) for case in CASES
]
pytestmark = pytest.mark.xdist_group("workbook")  # to plan each case once


@pytest.fixture(scope="module")
def planned(forecaster: Forecaster, catalog: Catalog) -> Any:
    found: dict[str, Plan] = {}

    def of(case: str) -> Plan:
        if case not in found:
            found[case] = whole_plan(Scenario.model_validate(CASES[case]), forecaster, catalog)
        return found[case]

    return of


@pytest.fixture(scope="module")
def written(planned: Any, forecaster: Forecaster, catalog: Catalog) -> Any:
    """The workbook of a case, to be changed."""

    def of(case: str) -> RecalculatedWorkbook:
        plan = planned(case)
        return opened(plan, carried_volumes(plan, forecaster, catalog))

    return of


@pytest.fixture(scope="module")
def unchanged(written: Any) -> Any:
    """The workbook of a case, opened once."""
    return cache(written)


@pytest.mark.slow
@pytest.mark.parametrize("case", EACH_CASE)
def test_every_formula_has_the_value_that_a_spreadsheet_computes(case: str, unchanged: Any) -> None:
    book = unchanged(case)
    cells = list(book.formulas())
    assert len(cells) > 15
    for cell in cells:
        stated = book.stated(cell)
        if isinstance(stated, str):
            assert book.value(cell) == stated, cell
        else:
            assert book.value(cell) == pytest.approx(stated, rel=1e-9), cell


@pytest.mark.slow
@pytest.mark.parametrize("case", EACH_CASE)
def test_it_has_the_cost_capacity_and_years_of_the_plan(
    case: str, planned: Any, unchanged: Any
) -> None:
    plan = planned(case)
    book, option = unchanged(case), plan.nearest
    total = book.row("Cost lines", "Total")
    assert total[1] == pytest.approx(option.cost_usd_per_year)
    years = max(1, len(plan.years))
    per_1000, per_million = total[years + 1 : years + 3]
    assert per_1000 == pytest.approx(option.cost_usd_per_1000_documents)
    assert per_million == pytest.approx(
        costs.cost_usd_per_million_tokens(option.cost_usd_per_year, plan.scenario)
    )
    for line in option.cost_lines:
        row = book.row("Cost lines", re.sub(r"^[\d,]+ x ", "", line.name))
        assert row[1] == pytest.approx(line.usd_per_year), line.name
        assert row[years + 3] == line.source
    capacity = book.column("Years", "Capacity, documents a year", 1)
    assert capacity[0] == pytest.approx(option.capacity_documents_per_year.value)
    assert book.column("Years", "Utilization", 1)[0] == pytest.approx(option.utilization)
    for head, wanted in (
        ("Documents a year", [year.documents for year in plan.years]),
        ("Replicas", [year.replicas for year in plan.years]),
        ("Capacity, documents a year", [year.capacity_documents_per_year for year in plan.years]),
        ("Cost, USD", [year.cost_usd_per_year for year in plan.years]),
    ):
        assert book.column("Years", head, len(wanted)) == pytest.approx(wanted), head
    said = book.column("Years", "Enough?", years)
    kept = option.meets.volume and option.meets.latency is not False
    assert (said[0] == "yes") is kept
    assert [text == "yes" for text in said[1:]] == [year.enough for year in plan.years[1:]]
    if plan.present_value_usd is not None:
        assert book.row("Decision", "Present value of all years, USD")[1:3] == pytest.approx(
            [plan.present_value_usd] * 2
        )


@pytest.mark.parametrize("case", EACH_CASE)
def test_the_decision_has_the_words_of_the_page(case: str, planned: Any, unchanged: Any) -> None:
    plan = planned(case)
    book, option = unchanged(case), plan.nearest
    label = "Configuration" if plan.recommended else "Closest configuration"
    assert book.row("Decision", label)[1] == configuration(option)
    assert book.row("Decision", "Verdict")[1] == verdict_of(plan, option)
    assert book.row("Decision", "Probability")[1] == sureness(option)
    first = book.row("Decision", "Cost a year, USD")
    assert first[1] == pytest.approx(option.cost_usd_per_year)
    assert first[2] == pytest.approx(option.cost_usd_per_year)


@pytest.mark.slow
def test_a_changed_price_amount_and_machine_count_cost_what_the_planner_says(
    planned: Any,
) -> None:
    plan = planned("growing")
    [item] = plan.recommended.fleet
    book = opened(plan)
    book.enter("Price of a machine", 1.23)
    book.enter("Machines", item.instances + 2)
    book.enter("people", 200_000)
    book.enter("review", 3.0)
    book.enter("tax", 19.0)
    other = tuple(
        one.model_copy(update={"amount": 3.0}) if one.name == "review" else one
        for one in EVERY_UNIT
    )
    items = [
        *other,
        CostItem(name="people", amount=200_000, unit="usd_per_fte_year", quantity=0.2),
        CostItem(name="tax", amount=19, unit="percent_tax"),
    ]
    changed = plan.scenario.model_copy(update={"other_costs": tuple(items)})
    offer = replace(item.price_offer, usd_per_hour=1.23, usd_per_year=1.23 * 8760)
    lines = costs.cost_lines(changed, offer, item.instances + 2)
    total = costs.total_cost_usd_per_year(lines)
    found = book.row("Cost lines", "Total")
    assert found[1] == pytest.approx(total)
    assert found[4] == pytest.approx(costs.cost_usd_per_1000_documents(total, 40e6))
    for line in lines[1:]:
        assert book.row("Cost lines", line.name)[1] == pytest.approx(line.usd_per_year), line.name


@pytest.mark.slow
def test_another_volume_growth_and_rate_lead_to_the_plan_for_them(
    planned: Any, forecaster: Forecaster, catalog: Catalog
) -> None:
    book = opened(planned("growing"))
    changes = {"documents_per_year": 120e6, "growth_per_year": 0.5, "discount_rate": 0.04}
    book.enter("Documents", 120e6)
    book.enter("Growth", 0.5)
    book.enter("Cost of capital", 0.04)
    assert book.column("Years", "Enough?", 1) == ["no: more machines are needed"]
    assert book.row("Decision", "Is the fleet enough in year 1?")[2].startswith("no")
    changed = make_plan(Scenario.model_validate(GROWING | changes), forecaster, catalog)
    assert changed.recommended is not None
    [item] = changed.recommended.fleet
    book.enter("Machines", item.instances)
    book.enter("Price of a machine", item.price_offer.usd_per_hour)
    assert book.column("Years", "Enough?", 3) == ["yes"] * 3
    assert book.column("Years", "Replicas", 3) == [year.replicas for year in changed.years]
    assert book.column("Years", "Cost, USD", 3) == pytest.approx(
        [year.cost_usd_per_year for year in changed.years]
    )
    assert book.column("Years", "Sure to keep up", 1)[0] == pytest.approx(
        changed.recommended.probability.volume
    )
    assert book.row("Decision", "Present value of all years, USD")[2] == pytest.approx(
        changed.present_value_usd
    )


@pytest.mark.slow
def test_own_hardware_that_costs_more_and_lasts_longer(
    planned: Any, forecaster: Forecaster, catalog: Catalog
) -> None:
    book = opened(planned("own"))
    book.enter("Price of a machine to buy", 1000)
    book.enter("Loses its value in", 3)
    book.enter("Value left then", 0.1)
    book.enter("Interest", 0.07)
    book.enter("Power of a machine", 300)
    book.enter("PUE", 1.2)
    book.enter("Electricity", 0.3)
    book.enter("Colocation", 150)
    book.enter("Maintenance", 0.02)
    hardware = OwnedHardware(
        gpu="RTX 3090",
        count=20,
        price_usd=1000,
        depreciation_years=3,
        residual_share=0.1,
        cost_of_capital=0.07,
        watts=300,
        pue=1.2,
        usd_per_kwh=0.3,
        colocation_usd_per_kw_month=150,
        maintenance_share=0.02,
    )
    changed = make_plan(Scenario.model_validate(OWN | {"owned": (hardware,)}), forecaster, catalog)
    assert book.column("Years", "Cost, USD", 4) == pytest.approx(
        [year.cost_usd_per_year for year in changed.years]
    )
    assert book.row("Decision", "Present value of all years, USD")[2] == pytest.approx(
        changed.present_value_usd
    )


@pytest.mark.slow
def test_no_more_own_machines_are_counted_than_there_are(planned: Any) -> None:
    book = opened(planned("own"))
    book.enter("Documents", 1e9)
    assert book.column("Years", "Machines", 4)[1:] == [20, 20, 20]
    assert book.column("Years", "Enough?", 4)[1:] == ["no: too few are owned"] * 3


@pytest.mark.parametrize("hours", [40.0, 84.0])
def test_other_hours_are_billed_as_the_planner_bills_them(hours: float, planned: Any) -> None:
    plan = planned("spot")
    [item] = plan.recommended.fleet
    assert item.price_offer.fallback_usd_per_hour is not None
    book = opened(plan)
    book.enter("Hours of arrival", hours)
    book.enter("Spot taken back", 0.35)
    changed = plan.scenario.model_copy(
        update={"hours_per_week": hours, "spot_eviction_share": 0.35}
    )
    lines = costs.cost_lines(changed, item.price_offer, item.instances)
    assert len(lines) == 2
    total = book.row("Cost lines", "Total")[1]
    assert total == pytest.approx(costs.total_cost_usd_per_year(lines))
    book.enter("Pay for working hours only", "no")
    always = changed.model_copy(update={"pay_only_for_hours": False})
    assert book.row("Cost lines", "Total")[1] == pytest.approx(
        costs.cost_usd_per_year(always, item.price_offer, item.instances)
    )


@pytest.mark.slow
def test_answer_times_are_kept_by_as_many_machines_as_the_planner_takes(
    written: Any, forecaster: Forecaster, catalog: Catalog
) -> None:
    book = written("waiting")
    assert book.column("Years", "Enough?", 3) == ["yes"] * 3
    changes = {"documents_per_year": 37e6, "growth_per_year": 0.2, "peak_factor": 1.3}
    book.enter("Documents", 37e6)
    book.enter("Growth", 0.2)
    book.enter("Busiest hour", 1.3)
    assert book.column("Years", "Enough?", 3) == ["no: more machines are needed", "yes", "yes"]
    changed = make_plan(Scenario.model_validate(WAITING | changes), forecaster, catalog)
    assert changed.recommended is not None
    book.enter("Machines", changed.recommended.fleet[0].instances)
    assert book.column("Years", "Enough?", 3) == ["yes"] * 3
    assert book.column("Years", "Cost, USD", 3) == pytest.approx(
        [year.cost_usd_per_year for year in changed.years]
    )
    assert book.row("Decision", "Present value of all years, USD")[2] == pytest.approx(
        changed.present_value_usd
    )
    book.enter("Documents", 300e6)
    assert all(text.startswith("plan again") for text in book.column("Years", "Enough?", 3))


@pytest.mark.slow
def test_a_plan_that_no_formula_follows_says_when_it_no_longer_holds(planned: Any) -> None:
    book = opened(planned("waiting"))
    assert book.column("Years", "Enough?", 3) == ["yes"] * 3
    book.enter("Documents", 30.5e6)
    assert all(text.startswith("plan again") for text in book.column("Years", "Enough?", 3))
    book.enter("Documents", 300e6)
    assert set(book.column("Years", "Enough?", 3)) == {"no: more machines are needed"}


@pytest.mark.slow
def test_a_mixed_fleet_has_machines_and_prices_of_each_part(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    scenario = Scenario(
        documents_per_year=46e6,
        gpus=("RTX A6000", "RTX 6000 Ada", "A40"),
        quantization="awq",
        accept_extrapolated=True,
        other_costs=(CostItem(name="Log storage", amount=240.0),),
    )
    plan = whole_plan(scenario, forecaster, catalog)
    assert plan.mix is not None
    alone = replace(plan, recommended=None, years=(), present_value_usd=None)
    mixed = with_mix(alone, plan.mix)
    assert mixed.recommended is not None
    assert len(mixed.recommended.fleet) > 1
    book = opened(mixed)
    assert book.row("Cost lines", "Total")[1] == pytest.approx(mixed.recommended.cost_usd_per_year)
    assert book.column("Years", "Enough?", 1) == ["yes"]
    book.enter("Documents", 47e6)
    assert book.column("Years", "Enough?", 1)[0].startswith("plan again")
    book.enter("Documents", 46e6)
    now = [item.machines for item in mixed.recommended.fleet]
    more = [replace(one, instances=one.instances + 1) for one in now]
    for n, machines in enumerate(more):
        book.enter("Machines", machines.instances, nth=n)
    lines = costs.cost_lines_of_fleet(scenario, more)
    assert book.row("Cost lines", "Total")[1] == pytest.approx(costs.total_cost_usd_per_year(lines))


@pytest.mark.slow
def test_a_fleet_that_is_looked_for_anew_may_change_its_machines(
    planned: Any, unchanged: Any
) -> None:
    plan, book = planned("spread"), unchanged("spread")
    names = [
        [f"{item.price_offer.provider} {item.price_offer.instance}" for item in year.fleet]
        for year in plan.years
    ]
    there = dict.fromkeys(name for year in names for name in year)
    assert names[0] == list(there)[: len(names[0])] != list(there)
    for n, name in enumerate(there, start=1):
        planned_machines = [
            dict(zip(of_year, year.machines, strict=True)).get(name, 0)
            for of_year, year in zip(names, plan.years, strict=True)
        ]
        assert book.column("Years", f"Machines {n}: {name}", 3) == planned_machines


def test_spot_machines_that_stay_may_be_taken_back_after_all(planned: Any) -> None:
    plan = planned("spot that stays")
    [item] = plan.recommended.fleet
    book = opened(plan)
    book.enter("Spot taken back", 0.25)
    changed = plan.scenario.model_copy(update={"spot_eviction_share": 0.25})
    lines = costs.cost_lines(changed, item.price_offer, item.instances)
    assert len(lines) == 2
    assert book.row("Cost lines", "Total")[1] == pytest.approx(costs.total_cost_usd_per_year(lines))


@pytest.mark.slow
def test_no_input_may_be_zero_that_others_are_divided_by(unchanged: Any) -> None:
    for case, label in (
        ("growing", "Documents"), ("growing", "Machines"), ("stated, growing", "Replicas"),
    ):  # fmt: skip
        sheet = unchanged(case).book["Assumptions"]
        [cell, *_] = [row[1].coordinate for row in sheet.rows if row[0].value == label]
        [rule] = [one for one in sheet.data_validations.dataValidation if cell in one.sqref]
        assert float(rule.formula1) == 1, label


@pytest.mark.slow
def test_a_fleet_that_follows_the_load_breaks_even_nowhere(planned: Any, unchanged: Any) -> None:
    plan, book = planned("following"), unchanged("following")
    assert plan.hosted
    for hosted in plan.hosted:
        assert book.row("Hosted", hosted.model)[7:9] == [None, None]


@pytest.mark.slow
def test_hosted_bills_and_break_even_follow_the_documents(planned: Any) -> None:
    plan = planned("growing")
    book = opened(plan)
    for hosted in plan.hosted:
        even = break_even_of(plan, plan.recommended, hosted)
        row = book.row("Hosted", hosted.model)
        assert row[6] == pytest.approx(hosted.usd_per_year)
        assert row[7] == ("none" if even is None else pytest.approx(even.documents_per_year))
    book.enter("Documents", 80e6)
    first = plan.hosted[0]
    assert book.row("Hosted", first.model)[6] == pytest.approx(2 * first.usd_per_year)

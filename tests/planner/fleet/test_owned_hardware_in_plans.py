"""Own machines beside rented ones in a plan: ranked alike, and never more than are owned."""

from __future__ import annotations

from typing import Any

import pytest

from planner.catalog.lookup import Catalog
from planner.entered.owned_hardware import OwnedHardware
from planner.errors import InputError
from planner.fleet.make_plan import make_plan
from planner.fleet.plan import Option, Plan
from planner.fleet.refusals import TooFewOwned
from planner.fleet.scenario import Scenario
from planner.forecast.forecaster import Forecaster
from planner.money.commitment import commitment_usd
from planner.wording.why_not import infeasible_reason, own_hardware_sentences, reason_of


def plan(forecaster: Forecaster, catalog: Catalog, count: int, **more: Any) -> Plan:
    own = OwnedHardware(gpu="RTX 3090", count=count, price_usd=700)
    fields = {"quantization": "awq", "gpus": ("L4",), "owned": (own,)} | more
    return make_plan(Scenario.model_validate(fields), forecaster, catalog)


def owned(options: tuple[Option, ...]) -> list[Option]:
    return [o for o in options if o.fleet[0].price_offer.terms == "owned"]


def test_enough_cheap_cards_of_ones_own_are_recommended(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    best = plan(forecaster, catalog, 20).recommended
    assert best is not None
    item = best.fleet[0]
    assert (item.gpu, item.price_offer.terms) == ("RTX 3090", "owned")
    assert sum(line.usd_per_year for line in best.cost_lines) == pytest.approx(
        best.cost_usd_per_year
    )
    assert commitment_usd(item.price_offer, item.instances) == 700 * item.instances


@pytest.mark.parametrize("spares", [0, 1])
def test_no_more_cards_are_planned_than_are_owned(
    spares: int, forecaster: Forecaster, catalog: Catalog
) -> None:
    answer = plan(forecaster, catalog, 2, spare_replicas=spares, years=2, growth_per_year=1.0)
    found = owned(answer.options)
    assert [option.fleet[0].instances for option in found] == [2]
    assert not found[0].meets.volume
    assert "no more than 2 machines of RTX 3090" in (reason_of(answer.scenario, found[0]) or "")


def test_cards_that_are_all_spare_leave_none_to_work(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    answer = plan(forecaster, catalog, 1, spare_replicas=1)
    [entry] = [e for e in answer.infeasible if isinstance(e.why, TooFewOwned)]
    assert infeasible_reason(answer.scenario, entry) == (
        "1 machine owned, and 1 spare one asked for: none is left to work"
    )


def test_fewer_documents_help_if_all_that_is_owned_is_too_little(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    answer = plan(forecaster, catalog, 2, terms=("owned",))
    assert answer.recommended is None
    [fewer] = [remedy for remedy in answer.remedies if remedy.changed == "volume"]
    assert fewer.option.fleet[0].instances == 2
    assert fewer.value < answer.scenario.documents_per_year


def test_a_later_year_says_that_too_few_are_owned(forecaster: Forecaster, catalog: Catalog) -> None:
    answer = plan(forecaster, catalog, 4, terms=("owned",), years=3, growth_per_year=1.0)
    assert [year.enough for year in answer.years] == [True, False, False]
    assert answer.years[2].replicas == 4


def test_the_present_value_counts_the_purchase_and_what_is_left(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    answer = plan(forecaster, catalog, 20, years=2, discount_rate=0.1)
    best = answer.recommended
    assert best is not None
    n = best.fleet[0].instances
    # of each card: 700 today, 689.35 USD of power a year, and 700 - 2 x 131.25 left in the end
    power = 0.35 * 1.54 * 8760 * 0.146
    by_hand = n * (700 + power / 1.1 + (power - 437.5) / 1.21)
    assert answer.present_value_usd == pytest.approx(by_hand)


def test_only_the_gpus_considered_are_rented_beside_what_is_owned(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    own = OwnedHardware(gpu="RTX 3090", count=1)
    asked = Scenario(quantization="awq", gpus=("L4",), owned=(own,))
    answer = make_plan(asked, forecaster, catalog)
    terms = {(o.fleet[0].gpu, o.fleet[0].price_offer.terms) for o in answer.options}
    assert ("L4", "on-demand") in terms
    assert {gpu for gpu, how in terms if how != "owned"} == {"L4"}


def test_an_unknown_own_gpu_is_told_at_its_own_field(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    asked = Scenario(owned=(OwnedHardware(gpu="no such card", count=1, watts=10),))
    with pytest.raises(InputError) as error:
        make_plan(asked, forecaster, catalog)
    assert error.value.field == "owned"


def test_a_later_year_costs_what_the_plan_of_that_year_says(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    def aged(age: float, years: int = 1) -> Plan:
        own = OwnedHardware(gpu="RTX 3090", count=20, price_usd=700, age_years=age)
        asked = Scenario(quantization="awq", terms=("owned",), owned=(own,), years=years)
        return make_plan(asked, forecaster, catalog)

    answer = aged(2.0, years=4)
    [n] = answer.years[0].machines
    # A card of 700 USD loses 131.25 a year, from 437.50 to 306.25 and 175; interest is 10 % of
    # the mean with 175, and a year of power is 689.35 USD.
    power = 0.35 * 1.54 * 8760 * 0.146
    by_hand = [131.25 + 30.625, 131.25 + 24.0625, 17.50, 17.50]
    assert [year.cost_usd_per_year for year in answer.years] == pytest.approx(
        [n * (power + capital) for capital in by_hand]
    )
    assert answer.years[1].cost_usd_per_year == pytest.approx(aged(3.0).years[0].cost_usd_per_year)
    # 437.50 count as paid today, and 175 come back in the end.
    value = sum(power / 1.1**year for year in (1, 2, 3, 4)) + 437.50 - 175 / 1.1**4
    assert answer.present_value_usd == pytest.approx(n * value)


def test_the_share_of_the_work_that_too_few_cards_carry_is_told(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    answer = plan(forecaster, catalog, 1)
    [own] = owned(answer.options)
    share = own.capacity_documents_per_year.value / 20_000_000  # all hours are alike
    assert 0.1 < share < 0.9
    assert own_hardware_sentences(answer) == (
        "Your own 1 x RTX 3090 is not enough alone: of the documents of the busiest hour it "
        f"processes {100 * share:.0f} %, and other machines must take the rest.",
    )
    two = plan(forecaster, catalog, 2, peak_factor=2.0)  # all hours as busy would be 40 million
    half = owned(two.options)[0].capacity_documents_per_year.value / 40_000_000
    assert f"hour they process {100 * half:.0f} %, and" in own_hardware_sentences(two)[0]
    assert own_hardware_sentences(plan(forecaster, catalog, 20)) == ()

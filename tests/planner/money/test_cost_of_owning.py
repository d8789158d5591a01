"""Depreciation, capital, power, room and repair of owned machines, by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.catalog.lookup import Catalog
from planner.entered.owned_hardware import SOURCES, OwnedHardware, owned_from, owned_text
from planner.errors import InputError
from planner.money.books import Books, capital_usd_per_year
from planner.money.cost_of_owning import (
    in_later_year,
    owned_lines,
    owned_offer,
    power_usd_per_year,
)


def test_depreciation_is_the_same_each_year_down_to_the_residual_value() -> None:
    # (35,000 - 25 %) / 4 years
    assert Books(35_000, 8_750, 4, 0.1, None).loss_usd() == pytest.approx(6562.50)


def test_capital_is_bound_at_the_mean_of_price_and_residual_value() -> None:
    # 10 % of (35,000 + 8,750) / 2
    assert capital_usd_per_year(35_000, 8_750, 0.10) == pytest.approx(2187.50)


def test_power_is_watts_times_pue_times_tariff_for_all_hours() -> None:
    # 0.35 kW x 1.54 x 8,760 h x 0.146 USD
    assert power_usd_per_year(350, 1.54, 0.146) == pytest.approx(689.35, abs=0.01)


def test_a_paid_card_costs_its_power_alone(catalog: Catalog) -> None:
    offer = owned_offer(OwnedHardware(gpu="RTX 3090", count=2), catalog.gpu("RTX 3090"), 1, 1)
    [line] = owned_lines(offer, 2, 1.0)
    assert line.name == "2 x own RTX 3090, electricity"
    assert line.usd_per_year == pytest.approx(1378.71, abs=0.01)  # 2 x 350 W
    assert "350 W (rated" in line.source
    assert SOURCES["pue"] in line.source
    assert offer.available == 2
    assert owned_lines(offer, 2, 0.25)[0].usd_per_year == pytest.approx(344.68, abs=0.01)


def test_each_part_of_a_bought_machine_is_a_line(catalog: Catalog) -> None:
    hardware = OwnedHardware(
        gpu="RTX 3090",
        count=8,
        gpus_per_machine=4,
        price_usd=1000,
        watts=200,
        host_watts=200,
        pue=1.2,
        usd_per_kwh=0.1,
        colocation_usd_per_kw_month=200,
        maintenance_share=0.05,
    )
    offer = owned_offer(hardware, catalog.gpu("RTX 3090"), 4, 1)
    assert (offer.available, offer.purchase_usd, offer.gpu_count) == (2, 4000, 4)
    lines = {line.name: line.usd_per_year for line in owned_lines(offer, 2, 1.0)}
    machine = "2 x own 4 x RTX 3090"
    assert lines == pytest.approx(
        {
            f"{machine}, electricity": 2102.40,  # 2 x 1 kW x 1.2 x 8,760 h x 0.1
            f"{machine}, depreciation": 1500,  # 2 x 4,000 x 0.75 / 4
            f"{machine}, cost of capital": 500,  # 2 x 10 % of 2,500
            f"{machine}, colocation": 4800,  # 2 x 1 kW x 200 x 12
            f"{machine}, maintenance": 400,  # 2 x 5 % of 4,000
        }
    )
    assert offer.usd_per_year * 2 == pytest.approx(sum(lines.values()))
    assert [offer.books.value_usd(years) for years in (0, 1, 4, 9)] == [4000, 3250, 1000, 1000]


def test_power_that_nobody_states_is_asked_for(catalog: Catalog) -> None:
    silent = replace(catalog.gpu("RTX 3090"), tdp_w=None)
    with pytest.raises(InputError, match="rated power of RTX 3090 is not known; enter watts"):
        owned_offer(OwnedHardware(gpu="RTX 3090", count=1), silent, 1, 1)


def test_a_line_of_text_states_a_card_how_many_and_the_price() -> None:
    assert owned_from("RTX 3090:2", "--owned") == OwnedHardware(gpu="RTX 3090", count=2)
    bought = owned_from(" RTX 3090 : 2 : 700 ", "--owned")
    assert bought == OwnedHardware(gpu="RTX 3090", count=2, price_usd=700)
    measured = owned_from("RTX 3090:2, watts=200, pue = 1.2", "--owned")
    assert measured == OwnedHardware(gpu="RTX 3090", count=2, watts=200, pue=1.2)
    for hardware in (bought, measured):
        assert owned_from(owned_text(hardware), "--owned") == hardware


@pytest.mark.parametrize(
    "text",
    [
        "RTX 3090",
        "RTX 3090:x",
        "RTX 3090:0",
        ":2",
        "a:1:2:3",
        "a:1:-5",
        "a:1,watts",
        "a:1,gpus_per_machine=2",
    ],
)
def test_another_text_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(InputError, match=r"--owned: .* was given; write the GPU and how many"):
        owned_from(text, "--owned")


@pytest.mark.parametrize(
    ("age_years", "depreciation", "interest", "value"),
    [
        # 1,000 USD lose 187.50 a year for four years, down to 250; interest is 10 % of the mean
        (0.0, 187.50, 62.50, 1000.0),
        (1.0, 187.50, 53.125, 812.50),
        (3.0, 187.50, 34.375, 437.50),
        (3.5, 93.75, 29.6875, 343.75),  # of half a year, and nothing after it
        (4.0, 0.0, 25.0, 250.0),
        (9.0, 0.0, 25.0, 250.0),
    ],
)
def test_what_is_there_is_written_off_from_what_is_left_of_its_price(
    age_years: float, depreciation: float, interest: float, value: float, catalog: Catalog
) -> None:
    hardware = OwnedHardware(gpu="RTX 3090", count=4, price_usd=1000, age_years=age_years)
    offer = owned_offer(hardware, catalog.gpu("RTX 3090"), 1, 1)
    lines = {line.name: line.usd_per_year for line in offer.standing}
    assert lines.get("depreciation", 0.0) == pytest.approx(depreciation)
    assert lines["cost of capital"] == pytest.approx(interest)
    assert (offer.purchase_usd, offer.books.value_usd()) == (0.0, pytest.approx(value))
    assert offer.books.value_usd(0) == pytest.approx(value)
    assert offer.books.value_usd(10) == pytest.approx(250.0)


def test_an_age_needs_a_price() -> None:
    with pytest.raises(ValueError, match="an age needs price_usd"):
        OwnedHardware(gpu="RTX 3090", count=4, age_years=3)
    aged = owned_from("RTX 3090:4:1000, age_years=3", "--owned")
    assert (aged.age_years, owned_text(aged)) == (3.0, "RTX 3090:4:1000.0, age_years=3.0")


@pytest.mark.parametrize(
    ("age_years", "losses", "interests"),
    [
        # 1,000 USD lose 187.50 a year. Cards of two years are worth 625, 437.50 and then 250: the
        # interest is 10 % of (625 + 250) / 2, (437.50 + 250) / 2 and 250.
        (2.0, [187.50, 187.50, 0.0, 0.0], [43.75, 34.375, 25.0, 25.0]),
        (3.5, [93.75, 0.0, 0.0, 0.0], [29.6875, 25.0, 25.0, 25.0]),
        # To be bought: the same each year, and written off in the fifth.
        (None, [187.50, 187.50, 187.50, 187.50, 0.0], [62.50, 62.50, 62.50, 62.50, 25.0]),
    ],
)
def test_cards_age_with_the_years(
    age_years: float | None, losses: list[float], interests: list[float], catalog: Catalog
) -> None:
    hardware = OwnedHardware(
        gpu="RTX 3090", count=4, price_usd=1000, age_years=age_years, maintenance_share=0.05
    )
    offer = owned_offer(hardware, catalog.gpu("RTX 3090"), 1, 1)
    for year, (lost, interest) in enumerate(zip(losses, interests, strict=True)):
        later = in_later_year(offer, [4] + [0] * year)
        lines = {line.name: line.usd_per_year for line in later.standing}
        assert lines == pytest.approx(
            {"depreciation": lost, "cost of capital": interest, "maintenance": 50.0}
        )
        assert later.capital_usd_per_year == pytest.approx(lost + interest)
        assert later.power == offer.power


def test_cards_bought_in_different_years_are_written_off_one_after_the_other(
    catalog: Catalog,
) -> None:
    hardware = OwnedHardware(gpu="RTX 3090", count=4, price_usd=1000, depreciation_years=1)
    offer = owned_offer(hardware, catalog.gpu("RTX 3090"), 1, 1)
    # Two were bought a year ago, and one now: one of three loses 750 USD.
    later = in_later_year(offer, [2, 1])
    lines = {line.name: line.usd_per_year for line in later.standing}
    assert lines == pytest.approx({"depreciation": 250.0, "cost of capital": (2 * 25 + 62.5) / 3})

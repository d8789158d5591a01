"""The packaged prices: whole, dated, sourced, and nothing among them that nobody sells."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

import pytest

from planner.catalog import price_age
from planner.catalog.api_prices import load_api_prices
from planner.catalog.lookup import load_catalog
from planner.catalog.price_age import SET_ASIDE_AFTER_DAYS, age_days

OFFERS = load_catalog().offers
FOR_SALE = [o for o in OFFERS if o.tier in ("list", "marketplace")]


def test_the_newest_price_is_of_9_november_2026_and_18_days_old_when_collected() -> None:
    newest = max(offer.as_of for offer in FOR_SALE)
    assert newest == "2026-11-09", "say in the changelog how fresh the packaged prices are"
    assert age_days(newest, price_age.today()) == 18


def test_every_offer_has_provider_machine_and_source_and_is_within_a_year_or_set_aside() -> None:
    for offer in OFFERS:
        assert offer.provider
        assert offer.instance
        assert offer.source
        if age_days(offer.as_of, price_age.today()) > SET_ASIDE_AFTER_DAYS:
            assert offer.tier in ("stale", "article"), offer.id


def test_an_estimate_is_under_no_terms_that_somebody_sells_on() -> None:
    assert {o.tier for o in OFFERS if o.terms == "estimate"} == {"article"}
    assert {o.terms for o in OFFERS if o.tier == "article"} == {"estimate"}


@pytest.mark.parametrize("gone", ["average", "median", "Standard_NC6s_v3", "reserved-from"])
def test_averages_and_retired_machines_are_no_offers(gone: str) -> None:
    assert [o.id for o in OFFERS if gone.lower() in f"{o.id} {o.instance}".lower()] == []


def test_sizes_that_are_sold_as_spot_only_have_no_other_price() -> None:
    shapes = ("a3-highgpu-1g", "a3-highgpu-2g", "a3-highgpu-4g")
    assert {o.terms for o in OFFERS if o.instance in shapes} == {"spot"}


@pytest.mark.parametrize("gpu", ["A100 80GB", "H100 SXM", "H200", "B200", "RTX PRO 6000"])
def test_machines_of_1_2_4_and_8_gpus_are_for_sale_on_demand(gpu: str) -> None:
    sizes = {o.gpu_count for o in OFFERS if (o.gpu, o.terms, o.tier) == (gpu, "on-demand", "list")}
    assert sizes >= {1, 2, 4, 8}


def test_a_provider_has_one_price_for_a_machine_on_the_same_terms_in_a_region() -> None:
    machines = Counter((o.provider, o.instance, o.gpu, o.terms, o.region) for o in FOR_SALE)
    assert [machine for machine, number in machines.items() if number > 1] == []


@pytest.mark.parametrize(
    ("offer_id", "usd_per_hour"),
    [
        ("gcp-n1-standard-4-t4-x1-on-demand", 0.54),  # 0.189999 for the host + 0.35 for the GPU
        ("aws-p5-48xlarge-h100-sxm-x8-on-demand", 55.04),  # since June 2025; 98.32 before
        ("nebius-hgx-h100-sxm-x1-on-demand", 4.50),  # 3.85 until September
        ("azure-standard-nc48ads-a100-v4-a100-80gb-pcie-x2-on-demand", 7.346),  # Linux
    ],
)
def test_a_price_that_sources_disagree_on_is_the_one_that_can_be_paid(
    offer_id: str, usd_per_hour: float
) -> None:
    [offer] = [o for o in OFFERS if o.id == offer_id]
    assert offer.usd_per_hour == usd_per_hour


def test_what_another_source_says_is_kept_beside_the_price() -> None:
    by_id = {o.id: o.conflict for o in OFFERS}
    assert "84.80" in (by_id["aws-p5en-48xlarge-h200-x8-on-demand"] or "")
    assert by_id["azure-standard-nc48ads-a100-v4-a100-80gb-pcie-x2-on-demand"] is None


def test_a_licence_that_asks_for_attribution_gets_it() -> None:
    rows = [o for o in OFFERS if "adriannutiu/gpu-rental-prices" in o.source]
    assert len(rows) > 100
    assert all("gpurentalprices.com, CC BY 4.0" in o.source for o in rows)


@pytest.mark.parametrize(
    ("as_of", "days"), [("2026-11-27", 0), ("2026-11-09", 18), ("2026-10", 57), ("2027-01-01", 0)]
)
def test_an_age_is_counted_in_days_from_the_first_of_a_month_that_has_no_day(
    as_of: str, days: int
) -> None:
    assert age_days(as_of, date(2026, 11, 27)) == days


def test_the_articles_yearly_costs_are_exact_and_its_contradiction_is_kept() -> None:
    article = {o.id: o for o in load_catalog().offers if o.tier == "article"}
    assert {i: o.usd_per_year for i, o in article.items()} == {
        "article-a100-80gb": 30000.0,
        "article-t4-table": 10000.0,
        "article-t4-summary": 5000.0,
        "article-rtx-3090": 5000.0,
    }
    assert article["article-a100-80gb"].usd_per_hour == pytest.approx(3.4247, abs=1e-4)
    assert "CONFLICT" in (article["article-t4-table"].note or "")
    assert "CONFLICT" in (article["article-t4-summary"].note or "")


def test_tiers_say_how_far_a_price_can_be_relied_on() -> None:
    tier = {offer.id: offer.tier for offer in load_catalog().offers}
    assert tier["aws-g4dn-xlarge-t4-x1-on-demand"] == "list"
    assert tier["aws-g6-xlarge-l4-x1-reserved-1y"] == "stale"
    assert tier["runpod-community-h100-sxm-x1-on-demand"] == "marketplace"
    assert tier["akash-starting-at-t4-x1-on-demand"] == "marketplace"
    assert all(
        offer.tier == "marketplace"
        for offer in load_catalog().offers
        if offer.provider in ("Vast.ai", "Akash")
    )


def test_every_price_states_its_date() -> None:
    for offer in load_catalog().offers:
        assert re.fullmatch(r"20\d\d-\d\d(-\d\d)?", offer.as_of), offer.id


def test_hosted_prices_are_per_million_tokens_with_source_and_date() -> None:
    prices = {(price.provider, price.model): price for price in load_api_prices()}
    assert len(prices) >= 30
    assert prices["openai", "gpt-4o-mini"].usd_per_m_input == 0.15
    assert prices["openai", "gpt-4o-mini"].usd_per_m_output == 0.6
    assert all(p.deprecation_date is None or p.deprecation_date > "2027" for p in prices.values())

"""Bills of hosted APIs, worked out by hand from the list prices."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest
from paths import REPOSITORY

from planner.catalog.api_prices import load_api_prices
from planner.catalog.lookup import Catalog
from planner.errors import CatalogError
from planner.money.hosted_bill import (
    PACKAGE_VERSION,
    PROVIDERS_OF_OUR_OWN,
    Requests,
    bill,
    package_has,
)
from planner.money.hosted_model import load_hosted_models

LLAMA_8B = ("deepinfra", "meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo")


def test_100_000_documents_on_an_8b_model_cost_7_dollars() -> None:
    # 100,000 x (3,000 x 0.02 + 300 x 0.04) / 10^6 = 6 + 1.2
    found = bill(*LLAMA_8B, [Requests(100_000, 3000, 0, 300)], may_take_a_day=True)
    assert found.usd_per_year == pytest.approx(7.2)
    assert (found.provider, found.batch, found.as_of) == ("DeepInfra", False, "2026-11")


def test_the_articles_documents_cost_430_000_dollars_with_gpt_4o() -> None:
    # 20 million x (8,000 x 2.50 + 150 x 10) / 10^6
    found = bill("openai", "gpt-4o", [Requests(20e6, 8000, 0, 150)], may_take_a_day=False)
    assert found.usd_per_year == pytest.approx(430_000)


def test_cached_tokens_and_batches_have_their_own_prices() -> None:
    # (6,000 x 2.50 + 2,000 x 1.25 + 150 x 10) / 10^6, and half of (8,000 x 2.50 + 150 x 10) / 10^6
    cached = bill("openai", "gpt-4o", [Requests(1, 8000, 2000, 150)], may_take_a_day=False)
    assert cached.usd_per_year == pytest.approx(0.019)
    batch = bill("openai", "gpt-4o", [Requests(1, 8000, 0, 150)], may_take_a_day=True)
    assert batch.usd_per_year == pytest.approx(0.01075)
    assert batch.batch


def test_only_the_long_requests_pay_the_price_of_long_contexts() -> None:
    # gpt-5.4 costs 2.50 in and 15 out; above 272,000 tokens 5 and 22.50.
    short, long = Requests(3, 100_000, 0, 1000), Requests(1, 300_000, 0, 1000)
    found = bill("openai", "gpt-5.4", [short, long], may_take_a_day=False)
    assert found.usd_per_year == pytest.approx(3 * (0.25 + 0.015) + 1.5 + 0.0225)


def test_a_model_without_a_price_is_refused() -> None:
    with pytest.raises(CatalogError, match=r"no model 'gpt-9' of 'openai'"):
        bill("openai", "gpt-9", [Requests(1, 1, 0, 1)], may_take_a_day=False)


def test_every_hosted_model_has_a_price_and_a_network(catalog: Catalog) -> None:
    listed = {model.hf_id for model in catalog.models}
    for one in load_hosted_models():
        assert one.catalog_model is None or one.catalog_model in listed, one
        found = bill(one.provider, one.model, [Requests(1e6, 1, 0, 1)], may_take_a_day=False)
        assert 0.01 < found.usd_per_year < 100.0, one  # dollars for a million tokens in and out


def test_own_prices_are_those_of_providers_that_the_package_lacks() -> None:
    from genai_prices.data_snapshot import get_snapshot

    listed = {provider.id for provider in get_snapshot().providers}
    assert not listed & set(PROVIDERS_OF_OUR_OWN)


_IN_THE_PACKAGE = {"gemini": "google", "together_ai": "together", "fireworks_ai": "fireworks"}


def test_two_sources_agree_on_all_prices_but_these() -> None:
    # litellm 1.109.1 against genai-prices 0.2.3: dollars per million tokens in and out. DeepSeek's
    # are peak and off-peak prices, Mistral's are from before and after 2026-10-29.
    differ = {}
    compared = 0
    for price in load_api_prices():
        provider = _IN_THE_PACKAGE.get(price.provider, price.provider)
        if not package_has(provider, price.model):
            continue
        compared += 1
        stated = price.usd_per_m_input, price.usd_per_m_output
        packaged = tuple(
            round(bill(provider, price.model, [one], may_take_a_day=False).usd_per_year, 4)
            for one in (Requests(1e6, 1, 0, 0), Requests(1e6, 0, 0, 1))
        )
        if stated != packaged:
            differ[price.model] = (stated, packaged)
    assert compared >= 30
    assert differ == {
        "mistral-large-4": ((1.36, 4.18), (0.7, 2.1)),
        "deepseek-v4-flash": ((0.3, 1.2), (0.15, 0.6)),
        "deepseek-v4-pro": ((1.32, 3.96), (0.66, 1.98)),
        "llama-v3p1-8b-instruct": ((0.1, 0.1), (0.2, 0.2)),
    }


def test_the_date_of_the_prices_is_that_of_the_installed_package() -> None:
    pinned = Path(REPOSITORY / "requirements.txt").read_text()
    assert f"genai-prices=={PACKAGE_VERSION}\n" in pinned
    assert version("genai-prices") == PACKAGE_VERSION

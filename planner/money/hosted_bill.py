"""What requests cost on a hosted API.

Prices are those of the package genai-prices, which come with it and change with its version;
nothing is fetched. ``data/api_prices.csv`` has the prices of providers that it lacks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from planner.catalog import price_age
from planner.catalog.api_prices import ApiPrice, load_api_prices
from planner.errors import CatalogError

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, Provider

PACKAGE_VERSION = "0.2.3"
PACKAGE_DATE = "2026-11-10"
"""When PyPI got that version of genai-prices; its rows have no dates of their own."""

NOON = time(12, tzinfo=UTC)
"""Some providers are cheaper at some hours: bills are for this one, so that they are repeatable."""

MILLION = 1e6


@dataclass(frozen=True, slots=True)
class Requests:
    """Equal requests of a year. ``cached_tokens`` of a prompt's tokens were sent before."""

    number: float
    input_tokens: float
    cached_tokens: float
    output_tokens: float


@dataclass(frozen=True, slots=True)
class Bill:
    """Dollars for the requests of a year, and the date and source of the prices.

    ``provider`` is the provider's name as people write it; ``batch`` is true if the prices are
    those for answers that may take a day.
    """

    provider: str
    usd_per_year: float
    batch: bool
    as_of: str
    source: str


def bill(provider: str, model: str, requests: Iterable[Requests], may_take_a_day: bool) -> Bill:
    """The bill of a year, at batch prices if there are any and answers may take a day.

    A price that depends on the length of a request (a long-context tier) applies to each
    request by itself. Raises CatalogError for a model whose price is not known.
    """
    own = _own_prices().get((provider, model))
    if own is not None:
        return _own_bill(own, requests, may_take_a_day)
    return _package_bill(provider, model, requests, may_take_a_day)


@cache
def _own_prices() -> dict[tuple[str, str], ApiPrice]:
    return {
        (price.provider, price.model): price
        for price in load_api_prices()
        if price.provider in PROVIDERS_OF_OUR_OWN
    }


PROVIDERS_OF_OUR_OWN = {"deepinfra": "DeepInfra"}
"""Providers that genai-prices lacks, and how people write them."""


def _own_bill(price: ApiPrice, requests: Iterable[Requests], may_take_a_day: bool) -> Bill:
    usd_in, usd_out = price.usd_per_m_input, price.usd_per_m_output
    usd_cached = price.usd_per_m_cached_input
    batch_in, batch_out = price.usd_per_m_batch_input, price.usd_per_m_batch_output
    batch = may_take_a_day and batch_in is not None and batch_out is not None
    if batch_in is not None and batch_out is not None and may_take_a_day:
        usd_in, usd_out = batch_in, batch_out
    usd_cached = usd_in if usd_cached is None else min(usd_in, usd_cached)
    usd = sum(
        one.number
        / MILLION
        * (
            (one.input_tokens - one.cached_tokens) * usd_in
            + one.cached_tokens * usd_cached
            + one.output_tokens * usd_out
        )
        for one in requests
    )
    name = PROVIDERS_OF_OUR_OWN[price.provider]
    return Bill(name, usd, batch, price.source_date, price.source)


def _package_bill(
    provider: str, model: str, requests: Iterable[Requests], may_take_a_day: bool
) -> Bill:
    if not package_has(provider, model):
        raise CatalogError(
            f"genai-prices {PACKAGE_VERSION} has no model {model!r} of {provider!r}; "
            "correct data/hosted_models.csv"
        )
    seller, priced = _package_models()[provider, model]
    noon = datetime.combine(price_age.today(), NOON)
    variants = priced.price_variants or ()
    batch = may_take_a_day and any(v.when == _BATCH for v in variants)
    usd = sum(
        one.number
        * _usd_of_request(
            provider, model, one.input_tokens, one.cached_tokens, one.output_tokens, batch, noon
        )
        for one in requests
    )
    source = f"PyPI genai-prices=={PACKAGE_VERSION}, from {(seller.pricing_urls or ['–'])[0]}"
    return Bill(seller.name, usd, batch, PACKAGE_DATE, source)


@lru_cache(maxsize=4096)
def _usd_of_request(
    provider: str,
    model: str,
    input_tokens: float,
    cached_tokens: float,
    output_tokens: float,
    batch: bool,
    at: datetime,
) -> float:
    """Cached, as another volume changes the number of requests alone."""
    from genai_prices import Usage

    seller, priced = _package_models()[provider, model]
    usage = Usage(
        input_tokens=Decimal(input_tokens),
        cache_read_tokens=Decimal(cached_tokens),
        output_tokens=Decimal(output_tokens),
    )
    context = _BATCH if batch else None
    price = priced.calc_price(usage, seller, genai_request_timestamp=at, price_context=context)
    return float(price.total_price)


def package_has(provider: str, model: str) -> bool:
    """True if genai-prices has a price for the model under exactly these names."""
    return (provider, model) in _package_models()


_BATCH = {"processing": "batch"}  # as genai-prices spells it


@cache
def _package_models() -> dict[tuple[str, str], tuple[Provider, ModelInfo]]:
    """Imported when the first bill is made: it takes 0.3 s."""
    from genai_prices.data_snapshot import get_snapshot

    return {
        (provider.id, model.id): (provider, model)
        for provider in get_snapshot().providers
        for model in provider.models
    }

"""The same documents on hosted APIs instead of GPUs of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from planner.catalog.lookup import Catalog
from planner.catalog.model_spec import ModelSpec
from planner.errors import InputError
from planner.money.hosted_bill import Bill, Requests, bill
from planner.money.hosted_model import HostedModel, load_hosted_models

Likeness = Literal["same model", "same shape", "like size", "GPT-4 class"]
"""What a hosted model shares with the one that was asked for."""

LIKE_SIZE = 1.5
"""Parameters up to this factor apart, in all and at work on a token, are of like size: an 8B
model is compared with 7B and 12B ones, not with 3B or 14B ones."""

MOST_OF_LIKE_SIZE = 3

KIBI_TO_KILO = 1.024
"""Providers write a context of 32,768 tokens as 32,000 (AWS's Mistral 7B)."""


@dataclass(frozen=True, slots=True)
class Hosted:
    """A hosted model, and its bill for a year's documents.

    ``model`` is the provider's name of it. Prices are list prices for the published weights:
    a fine-tune of one's own costs more, if it is hosted at all.
    """

    likeness: Likeness
    model: str
    bill: Bill

    @property
    def usd_per_year(self) -> float:
        """The bill."""
        return self.bill.usd_per_year

    @property
    def is_open(self) -> bool:
        """True if it is a model with open weights, like the one that was asked for."""
        return self.likeness != "GPT-4 class"


def hosted_alternatives(
    catalog: Catalog,
    model: ModelSpec,
    requests: Sequence[Requests],
    longest_tokens: int,
    may_take_a_day: bool,
) -> tuple[Hosted, ...]:
    """Hosted models that hold ``longest_tokens``, the cheapest first.

    The same model at every provider; else models of its shape; the cheapest others of like
    size; and the GPT-4 class.
    """
    found: list[Hosted] = []
    for one in load_hosted_models():
        likeness = likeness_of(catalog, model, one)
        if likeness is not None and one.context_tokens * KIBI_TO_KILO >= longest_tokens:
            found.append(
                Hosted(likeness, one.model, bill(one.provider, one.model, requests, may_take_a_day))
            )
    found.sort(key=lambda hosted: hosted.usd_per_year)
    like = [hosted for hosted in found if hosted.likeness == "like size"][:MOST_OF_LIKE_SIZE]
    return tuple(hosted for hosted in found if hosted.likeness != "like size" or hosted in like)


def likeness_of(catalog: Catalog, model: ModelSpec, hosted: HostedModel) -> Likeness | None:
    """The likeness of the hosted model to ``model``; None if it is of another size."""
    if hosted.catalog_model is None:
        return "GPT-4 class"
    if hosted.catalog_model == model.hf_id:
        return "same model"
    if hosted.catalog_model == model.read_as:
        return "same shape"
    try:
        other = catalog.model(hosted.catalog_model)
    except InputError:  # a user's own catalogue may name it differently
        return None
    sizes = ((model.params, other.params), (model.active_params, other.active_params))
    return "like size" if all(1 / LIKE_SIZE <= a / b <= LIKE_SIZE for a, b in sizes) else None


@dataclass(frozen=True, slots=True)
class BreakEven:
    """Documents a year at which a fleet and an API cost the same.

    ``utilization`` is their share of the fleet's capacity: above 1 the fleet costs more
    however full it is.
    """

    documents_per_year: float
    utilization: float


def break_even(
    fleet_usd_per_year: float,
    capacity_documents_per_year: float,
    api_usd_per_year: float,
    documents_per_year: float,
    usd_of_documents: float = 0.0,
) -> BreakEven | None:
    """The break-even of a fleet with an API whose bill is ``api_usd_per_year``.

    ``usd_of_documents`` of the fleet's cost rise with them, as the API's bill does; the rest
    stays the same. None if there is none: each document costs the fleet as much as the API, or
    more.
    """
    if api_usd_per_year <= 0.0 or capacity_documents_per_year <= 0.0:
        return None
    saved_usd = api_usd_per_year - usd_of_documents
    if saved_usd <= 0.0:
        return None
    documents = (fleet_usd_per_year - usd_of_documents) / saved_usd * documents_per_year
    return BreakEven(documents, documents / capacity_documents_per_year)

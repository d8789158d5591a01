"""The user's own GPUs and prices: saved from what a page's fields state, removed, put back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import TypeVar, get_args

from app.numbers import read_number
from app.services.opened_store import catalog, store
from app.services.own_models import model_from_upload
from planner.catalog.gpu import GPU, gpu_group
from planner.catalog.listed_price import ExchangeRate, exchange_rate, offer_id
from planner.catalog.lookup import Catalog, load_catalog
from planner.catalog.model_spec import ModelSpec
from planner.catalog.names import gpu_key
from planner.catalog.own_rows import (
    Period,
    check_own_model,
    own_gpu,
    own_offer,
    refuse_removing_gpu,
)
from planner.catalog.price_age import stated_day
from planner.catalog.price_offer import PriceOffer, Terms
from planner.commands.replica_options import MAX_CARDS
from planner.errors import InputError
from planner.price_lists.price_history import history_of, in_place_of

Row = GPU | ModelSpec | PriceOffer
Stated = Mapping[str, str]
"""The texts of a form's fields by name; blank is "not stated"."""

Word = TypeVar("Word", bound=str)

USD = "USD"
ANYWHERE = "any"
_MOST = 1e9


def save_gpu(stated: Stated) -> GPU:
    """Store a GPU as the user's, in place of one of the same name. Raises InputError."""
    gpu = own_gpu(
        catalog(),
        name=_text(stated, "name"),
        memory_gb=_number(stated, "memory_gb", "GB"),
        memory_gib=_number(stated, "memory_gib", "GiB"),
        bandwidth_gb_per_s=_number(stated, "bandwidth_gb_per_s", "GB/s"),
        fp16_tflops=_number(stated, "fp16_tflops", "TFLOP/s"),
        fp8_tflops=_number_or_none(stated, "fp8_tflops", "TFLOP/s"),
        int8_tops=_number_or_none(stated, "int8_tops", "TOP/s"),
        tdp_w=_number_or_none(stated, "tdp_w", "W"),
        link_gb_per_s=_number_or_none(stated, "link_gb_per_s", "GB/s"),
        compute_capability=_text(stated, "compute_capability"),
        architecture=stated["architecture"] or None,
        source=_text(stated, "source"),
        source_date=_text(stated, "source_date"),
    )
    store().add_gpu(gpu)
    return gpu


def save_model(config: bytes, stated: Stated) -> ModelSpec:
    """Store the model of a config.json as the user's, in place of one of that id.

    ``stated`` names it, its base model if it is a fine-tune, and where the config is from.
    Raises InputError.
    """
    if not config.strip():
        raise InputError("Paste or upload the model's config.json.", field="config")
    model = model_from_upload(config, _text(stated, "name"), stated["base_model"])
    source_date = stated_day(_text(stated, "source_date"), "source_date")
    short = model.hf_id.rpartition("/")[2]
    model = replace(model, name=short, source=_text(stated, "source"), source_date=source_date)
    check_own_model(catalog(), model)
    store().add_model(model)
    return model


def save_offer(stated: Stated) -> PriceOffer:
    """Store a price as the user's. Raises InputError.

    The id in ``stated`` is that of the price to change, blank for a new one. An earlier price
    of the user's under that id stays with its date.
    """
    known = catalog()
    provider, terms = _text(stated, "provider"), _one_of(stated, "terms", get_args(Terms))
    gpu = known.gpu(_text(stated, "gpu")).name
    number = int(_number(stated, "gpu_count", "GPUs", most=MAX_CARDS, whole=True))
    region = stated["region"] or ANYWHERE
    instance = "" if stated["instance"] == gpu_group(number, gpu) else stated["instance"]
    place = "" if region == ANYWHERE else region
    offer = own_offer(
        known,
        provider=provider,
        gpu=gpu,
        gpu_count=number,
        terms=terms,
        region=region,
        instance=instance or None,
        price=_number(stated, "price", ""),
        per=_one_of(stated, "per", get_args(Period)),
        rate=rate_of(stated),
        as_of=_text(stated, "as_of"),
        source=_text(stated, "source"),
        offer_id=stated["id"] or offer_id(provider, instance, gpu, number, terms, place),
    )
    store().add_offers(in_place_of(offer, store().offers()))
    return offer


def remove(row: Row) -> None:
    """Remove a row of the user's. Raises InputError if it is none, or if prices need it."""
    own = store()
    if isinstance(row, GPU):
        refuse_removing_gpu(row.name, Catalog(own.gpus(), (), own.offers()))
        removed = own.remove_gpu(row.name)
    elif isinstance(row, ModelSpec):
        removed = own.remove_model(row.hf_id)
    else:
        removed = own.remove_offer(row.id)
    if not removed:
        raise InputError(f"{name_of(row)} is none of your entries; only these can be removed.")


def put_back(row: Row) -> None:
    """Store a removed row of the user's again.

    Raises InputError if the catalogue cannot hold it any more, or if one of that name was saved
    since, which stays.
    """
    own, known = store(), catalog()
    mine: tuple[Row, ...] = (*own.gpus(), *own.models(), *own.offers())
    if any(type(one) is type(row) and _key_of(one) == _key_of(row) for one in mine):
        raise InputError(
            f"{name_of(row)} was saved anew since it was removed, and that entry stays; remove it "
            "first to put the earlier one back."
        )
    if isinstance(row, ModelSpec):
        check_own_model(known, row)
    if isinstance(row, PriceOffer) and row.gpu not in {gpu.name for gpu in known.gpus}:
        raise InputError(
            f"{row.id} is a price of {row.gpu}, which is not in the catalogue any more; put the "
            "GPU back first."
        )
    adders: dict[type[Row], Callable[..., None]] = {
        GPU: own.add_gpu,
        ModelSpec: own.add_model,
        PriceOffer: own.add_offer,
    }
    adders[type(row)](row)


def prices_left_out() -> tuple[PriceOffer, ...]:
    """Prices of the user's that no plan uses, as their GPU is not in the catalogue any more."""
    listed = {offer.id for offer in catalog().offers}
    return tuple(offer for offer in store().offers() if offer.id not in listed)


def name_of(row: Row) -> str:
    """The name of a GPU, the Hugging Face id of a model, the id of a price."""
    if isinstance(row, PriceOffer):
        return row.id
    return row.name if isinstance(row, GPU) else row.hf_id


def _key_of(row: Row) -> str:
    return gpu_key(row.name) if isinstance(row, GPU) else name_of(row)


def replaces_built_in(row: Row) -> bool:
    """True if a row of the user's stands in place of one that came with the program."""
    return row.added_by == "user" and (type(row), name_of(row)) in _built_in()


def price_history(offer: PriceOffer) -> tuple[PriceOffer, ...]:
    """The earlier prices of the same machine and this one, the latest first."""
    return history_of(offer, (*load_catalog().offers, *catalog().offers))


@cache
def _built_in() -> frozenset[tuple[type[Row], str]]:
    known = load_catalog()
    rows: tuple[Row, ...] = (*known.gpus, *known.models, *known.offers)
    return frozenset((type(row), name_of(row)) for row in rows)


def rate_of(stated: Stated) -> ExchangeRate | None:
    """The rate of the currency that ``stated`` names; None for dollars. Raises InputError."""
    currency = (stated["currency"] or USD).upper()
    if currency == USD:
        return None
    per_unit = _number(stated, "rate", f"dollars for one {currency[:3]}")
    return exchange_rate(currency, per_unit, _text(stated, "rate_date"))


def _text(stated: Stated, field: str) -> str:
    if not stated[field]:
        label = field.replace("_", " ").capitalize()
        raise InputError(f"{label} is missing, and every entry must state it.", field=field)
    return stated[field]


def _one_of(stated: Stated, field: str, allowed: tuple[Word, ...]) -> Word:
    found = next((word for word in allowed if word == stated[field]), None)
    if found is None:
        raise InputError(f"{field} must be one of {', '.join(allowed)}.", field=field)
    return found


def _number(
    stated: Stated, field: str, unit: str, most: float = _MOST, whole: bool = False
) -> float:
    try:
        return read_number(
            _text(stated, field), least=0, most=most, unit=unit, whole=whole, above=True
        )
    except InputError as error:
        raise InputError(str(error), field=field) from error


def _number_or_none(stated: Stated, field: str, unit: str) -> float | None:
    return _number(stated, field, unit) if stated[field] else None

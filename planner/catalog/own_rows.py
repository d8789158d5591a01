"""The user's own GPUs, models and prices: stated figures as rows of the catalogue.

The command line and the web app make the rows here, so that both refuse the same entries with the
same words. A message about one entry begins with the name of its field.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from planner.catalog.csv_rows import compute_capability_from
from planner.catalog.gpu import GPU, gpu_group
from planner.catalog.listed_price import ExchangeRate
from planner.catalog.lookup import Catalog, load_catalog
from planner.catalog.model_spec import ModelSpec
from planner.catalog.names import gpu_key
from planner.catalog.price_age import stated_day
from planner.catalog.price_offer import HOURS_PER_YEAR, PriceOffer, Terms
from planner.errors import InputError
from planner.naming.model_name import whole_key

Period = Literal["hour", "year"]


def own_gpu(
    known: Catalog,
    *,
    name: str,
    memory_gb: float,
    memory_gib: float,
    bandwidth_gb_per_s: float,
    fp16_tflops: float,
    compute_capability: str,
    source: str,
    source_date: str,
    fp8_tflops: float | None = None,
    int8_tops: float | None = None,
    tdp_w: float | None = None,
    link_gb_per_s: float | None = None,
    architecture: str | None = None,
) -> GPU:
    """A GPU of the user's; it keeps the other names of a GPU that it replaces.

    ``architecture`` None is that of the catalogue's GPUs of the same compute capability.
    Raises InputError with the field.
    """
    capability = _capability(compute_capability)
    replaced = next((gpu for gpu in known.gpus if gpu_key(gpu.name) == gpu_key(name)), None)
    gpu = GPU(
        name=name,
        memory_gb=memory_gb,
        memory_gib=memory_gib,
        bandwidth_gb_per_s=bandwidth_gb_per_s,
        fp16_tflops=fp16_tflops,
        fp8_tflops=fp8_tflops,
        int8_tops=int8_tops,
        tdp_w=tdp_w,
        compute_capability=capability,
        architecture=architecture or _architecture(known, capability),
        link_gb_per_s=link_gb_per_s,
        aliases=() if replaced is None else replaced.aliases,
        source=source,
        source_date=stated_day(source_date, "source_date"),
        added_by="user",
    )
    known.with_additions(gpus=[gpu])
    return gpu


def check_own_model(known: Catalog, model: ModelSpec) -> None:
    """Raise InputError if the catalogue cannot hold a model of the user's beside the others.

    The catalogue has one model of a name without its owner, so a second one would hide the first;
    one of the same id is replaced.
    """
    hidden = next(
        (
            other.hf_id
            for other in (*known.models, *load_catalog().models)
            if whole_key(other.name) == whole_key(model.name) and other.hf_id != model.hf_id
        ),
        None,
    )
    if hidden is not None:
        raise InputError(
            f"{model.hf_id} would hide {hidden}, which has the same name but for its owner; give "
            "yours another name.",
            field="name",
        )
    known.with_additions(models=[model])


def own_offer(
    known: Catalog,
    *,
    provider: str,
    gpu: str,
    price: float,
    as_of: str,
    source: str,
    per: Period = "hour",
    gpu_count: int = 1,
    terms: Terms = "on-demand",
    region: str = "any",
    instance: str | None = None,
    offer_id: str | None = None,
    rate: ExchangeRate | None = None,
) -> PriceOffer:
    """What the user pays for all GPUs of a machine together, in dollars if there is no ``rate``.

    A year has 8,760 hours. ``offer_id`` None is made of provider, GPU, number and terms. Raises
    InputError with the field.
    """
    card = known.gpu(gpu).name
    hours, usd = (1.0 if per == "hour" else HOURS_PER_YEAR), (1.0 if rate is None else rate.usd)
    offer = PriceOffer(
        id=offer_id or slug(provider, card, f"x{gpu_count}", terms),
        provider=provider,
        instance=instance or gpu_group(gpu_count, card),
        gpu=card,
        gpu_count=gpu_count,
        terms=terms,
        region=region,
        usd_per_hour=price / hours * usd,
        usd_per_year=price * (HOURS_PER_YEAR / hours) * usd,
        tier="own",
        as_of=stated_day(as_of, "as_of"),
        source=source,
        note=None if rate is None else rate.note(price / hours),
        added_by="user",
    )
    known.with_additions(offers=[offer])
    return offer


def with_stored_rows(
    known: Catalog,
    gpus: Sequence[GPU],
    models: Sequence[ModelSpec],
    offers: Sequence[PriceOffer],
) -> tuple[Catalog, tuple[PriceOffer, ...]]:
    """The catalogue with the user's rows of a store, and the prices among them that it leaves out.

    Left out are prices of GPUs that are not in the catalogue any more, as whoever removed one may
    not have seen a price that was saved meanwhile. Raises InputError for a row that is not sound.
    """
    extended = known.with_additions(gpus, models)
    gone = {name for name in {offer.gpu for offer in offers} if not _has_gpu(extended, name)}
    kept = [offer for offer in offers if offer.gpu not in gone]
    left_out = tuple(offer for offer in offers if offer.gpu in gone)
    return (extended.with_additions(offers=kept) if kept else extended), left_out


def left_out_words(offer: PriceOffer) -> str:
    """What to say of a stored price of a GPU that is not in the catalogue any more."""
    return (
        f"{offer.id} is a price of {offer.gpu}, which is not in the catalogue any more, so it "
        f"counts in no plan: add the GPU again, or run planner catalog remove offer {offer.id}"
    )


def refuse_removing_gpu(name: str, own: Catalog) -> None:
    """Raise InputError if the user's offers are of that GPU of the user's.

    ``own`` holds the user's rows alone.
    """
    offers = [offer.id for offer in own.offers if offer.gpu == name]
    if offers and name in {gpu.name for gpu in own.gpus}:
        raise InputError(
            f"{name} has offers that you added: {', '.join(offers)}; remove these first."
        )


def slug(*words: str) -> str:
    """The words in lower case, joined by hyphens.

    >>> slug("own", "RTX 3090", "x1", "on-demand")
    'own-rtx-3090-x1-on-demand'
    """
    return re.sub(r"[^a-z0-9]+", "-", " ".join(words).lower()).strip("-")


def _has_gpu(known: Catalog, name: str) -> bool:
    try:
        known.gpu(name)
    except InputError:
        return False
    return True


def _capability(text: str) -> tuple[int, int]:
    try:
        return compute_capability_from(text)
    except ValueError as error:
        raise InputError(
            f"compute_capability: {text[:80]!r} was given; it must look like 8.6.",
            field="compute_capability",
        ) from error


def _architecture(known: Catalog, capability: tuple[int, int]) -> str:
    for gpu in known.gpus:
        if gpu.compute_capability == capability:
            return gpu.architecture
    raise InputError(
        f"architecture is missing, and no GPU of the catalogue has compute capability "
        f"{capability[0]}.{capability[1]}; give NVIDIA's name for it, for example Ampere.",
        field="architecture",
    )

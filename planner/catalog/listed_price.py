"""A price as a list of machines states it, and the offer that it becomes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from planner.catalog.gpu import GPU
from planner.catalog.lookup import Catalog
from planner.catalog.names import gpu_key
from planner.catalog.price_age import stated_day
from planner.catalog.price_offer import HOURS_PER_YEAR, PriceOffer, Terms, Tier
from planner.catalog.row_check import problem_with
from planner.errors import InputError

MOST_GPU_NAMES = 1_000
"""Names of GPUs in one list; a list with more is no price list, and looking them up takes long."""

NVML_PREFIXES = ("NVIDIA ", "Tesla ")
"""How a GPU's name begins where a provider calls the machine by it: it tells PCIe from SXM."""

PROVIDER_NAMES = {
    "aws": "AWS", "azure": "Azure", "gcp": "GCP", "oci": "OCI", "lambda": "Lambda",
    "lambdalabs": "Lambda", "runpod": "RunPod", "nebius": "Nebius", "verda": "Verda",
    "datacrunch": "Verda", "hyperstack": "Hyperstack", "jarvislabs": "JarvisLabs",
    "vast": "Vast.ai", "vastai": "Vast.ai", "vultr": "Vultr", "crusoe": "Crusoe",
    "digitalocean": "DigitalOcean", "lium": "Lium", "spheron": "Spheron",
    "shadeform": "Shadeform", "cudo": "Cudo", "cloudrift": "CloudRift", "seeweb": "Seeweb",
    "primeintellect": "Prime Intellect", "hyperbolic": "Hyperbolic", "mithril": "Mithril",
    "tensordock": "TensorDock", "yotta": "Yotta",
}  # fmt: skip
"""Providers as the catalogue writes them, by their names in SkyPilot's and gpuhunt's catalogues."""

MARKETPLACES = frozenset(
    {"Vast.ai", "Lium", "Spheron", "Shadeform", "Prime Intellect", "TensorDock", "CloudRift"}
)
"""Providers that resell machines of third parties."""

WHOLE_FROM = 0.75
"""Share of a GPU's memory from which a list means all of it. GCP rents an eighth to a half of
an RTX PRO 6000 (g4-standard-6 to 24); drivers keep up to 8 % (an L4 shows 22 of 24 GB)."""


@dataclass(frozen=True, slots=True)
class ListedPrice:
    """A row of a price list: a whole machine with its GPUs, in the list's currency an hour.

    ``gpu`` is as the list writes it; ``memory_gb`` tells its variants apart. ``origin`` is
    the file and line, for messages.
    """

    origin: str
    provider: str
    instance: str
    gpu: str
    memory_gb: float | None
    gpu_count: int
    terms: Terms
    region: str
    per_hour: float
    as_of: str
    source: str
    tier: Tier = "list"
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """What one unit of a currency is worth in US dollars, and on which day."""

    currency: str
    usd: float
    as_of: str

    def note(self, per_hour: float) -> str:
        """The price in that currency, for the note of an offer in dollars."""
        return f"{per_hour:g} {self.currency} at {self.usd:g} USD each on {self.as_of}"


def exchange_rate(currency: str, rate: float, rate_date: str) -> ExchangeRate:
    """A rate as a user states it. Raises InputError with the field."""
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise InputError(
            f"currency: {currency[:80]!r} was given; a code like EUR is needed.", field="currency"
        )
    if currency == "USD" and rate != 1.0:
        raise InputError(
            f"rate: {rate:g} was given for USD; prices in US dollars need no rate: leave it out.",
            field="rate",
        )
    if not 0 < rate < 1e6:
        raise InputError(
            f"rate: {rate:g} was given; US dollars for one {currency}, above 0.", field="rate"
        )
    return ExchangeRate(currency, rate, stated_day(rate_date, "rate_date"))


def offers_from(
    listed: Iterable[ListedPrice], catalog: Catalog, rate: ExchangeRate | None = None
) -> tuple[tuple[PriceOffer, ...], Counter[str]]:
    """The offers of GPUs that the catalogue knows; how often each other GPU is listed.

    A machine that the catalogue has keeps its GPU there: lists rarely say whether an H100 is
    the SXM or the PCIe card. Raises InputError for a row that is not sound.
    """
    machines = {(o.provider, o.instance): o.gpu for o in catalog.offers}
    names: dict[tuple[str, float | None], str | None] = {}
    offers: list[PriceOffer] = []
    unknown: Counter[str] = Counter()
    for row in listed:
        written = row.gpu, row.memory_gb
        if row.instance.startswith(NVML_PREFIXES):
            written = row.instance.removesuffix(" community"), row.memory_gb
        if written not in names:
            if len(names) == MOST_GPU_NAMES:
                raise InputError(
                    f"{row.origin}: over {MOST_GPU_NAMES:,} names of GPUs; give a price list of "
                    "machines with GPUs."
                )
            names[written] = _gpu(catalog, *written) or _gpu(catalog, row.gpu, row.memory_gb)
        gpu = machines.get((row.provider, row.instance)) or names[written]
        if gpu is None:
            unknown[_as_listed(catalog, row)] += 1
            continue
        offers.append(_offer(row, gpu, rate))
    return tuple(offers), unknown


def offer_id(provider: str, instance: str, gpu: str, count: int, terms: str, region: str) -> str:
    """The id of an offer: lower case, words joined by hyphens."""
    words = (provider, instance, gpu, f"x{count}", terms, region)
    return re.sub(r"[^a-z0-9]+", "-", " ".join(words).lower()).strip("-")


def _gpu(catalog: Catalog, name: str, memory_gb: float | None) -> str | None:
    """The GPU of that name, whatever memory above a part of its own is listed; else None."""
    if memory_gb is not None:
        with suppress(InputError):
            return catalog.gpu(name, memory_gb).name
    with suppress(InputError):
        gpu = catalog.gpu(name)
        return None if _is_part(gpu, memory_gb) else gpu.name
    return None


def _is_part(gpu: GPU, memory_gb: float | None) -> bool:
    return memory_gb is not None and memory_gb < WHOLE_FROM * gpu.memory_gb


def _as_listed(catalog: Catalog, row: ListedPrice) -> str:
    """The name of a GPU that is left out, with its memory if that is a part of a known GPU's."""
    with suppress(InputError):
        if _is_part(catalog.gpu(row.gpu), row.memory_gb):
            return f"{row.gpu} with {row.memory_gb:g} GB"
    return row.gpu


def _offer(row: ListedPrice, gpu: str, rate: ExchangeRate | None) -> PriceOffer:
    usd_per_hour = row.per_hour * (1.0 if rate is None else rate.usd)
    notes = [row.note]
    if rate is not None:
        notes.append(rate.note(row.per_hour))
    if gpu_key(row.gpu) != gpu_key(gpu):
        notes.append(f"listed as {row.gpu}")
    offer = PriceOffer(
        id=offer_id(row.provider, row.instance, gpu, row.gpu_count, row.terms, row.region),
        provider=row.provider,
        instance=row.instance,
        gpu=gpu,
        gpu_count=row.gpu_count,
        terms=row.terms,
        region=row.region,
        usd_per_hour=usd_per_hour,
        usd_per_year=usd_per_hour * HOURS_PER_YEAR,
        tier=row.tier,
        as_of=row.as_of,
        source=row.source,
        note="; ".join(filter(None, notes)) or None,
        added_by="user",
    )
    if (problem := problem_with(offer)) is not None:
        raise InputError(f"{row.origin}: {' '.join(problem)}")
    return offer

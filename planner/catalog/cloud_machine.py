"""The machines of clouds by their names (``g5.xlarge``), and the GPUs in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from planner.catalog.price_offer import PriceOffer

_PREFIX = re.compile(r"^(?:ml\.|standard_)")
"""SageMaker and Azure put a word before the name of a machine, which people leave out."""


@dataclass(frozen=True, slots=True)
class CloudMachine:
    """A machine that a provider rents out, with ``gpu_count`` GPUs of one kind."""

    name: str
    provider: str
    gpu: str
    gpu_count: int
    source: str
    source_date: str


def machine_key(name: str) -> str:
    """``ml.g5.xlarge`` -> ``g5.xlarge``."""
    return _PREFIX.sub("", name.strip().lower())


def machines_by_key(
    listed: Iterable[CloudMachine], offers: Iterable[PriceOffer]
) -> Mapping[str, CloudMachine]:
    """The machines that are listed or have a price, without names that mean several."""
    priced = (
        CloudMachine(o.instance, o.provider, o.gpu, o.gpu_count, o.source, o.as_of) for o in offers
    )
    found: dict[str, CloudMachine] = {}
    unclear = set()
    for machine in (*listed, *priced):
        key = machine_key(machine.name)
        known = found.setdefault(key, machine)
        if (known.gpu, known.gpu_count) != (machine.gpu, machine.gpu_count):
            unclear.add(key)
    return {key: machine for key, machine in found.items() if key not in unclear}

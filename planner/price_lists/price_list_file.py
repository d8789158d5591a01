"""Price lists as CSV: SkyPilot's and gpuhunt's catalogues, and the planner's own columns.

SkyPilot: github.com/skypilot-org/skypilot-catalog, catalogs/v8/*/vms.csv (read by column, their
order differs by cloud). gpuhunt: github.com/dstackai/gpuhunt, the files of its catalogue v2.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from planner.catalog import price_age
from planner.catalog.listed_price import MARKETPLACES, PROVIDER_NAMES, ListedPrice
from planner.catalog.price_offer import Terms, Tier
from planner.errors import InputError
from planner.files import read_text
from planner.price_lists.price_rows import (
    OWN,
    Row,
    Stated,
    is_whole,
    number,
    own_price,
    refuse_other_columns,
    refuse_two_prices,
)

MAX_FILE_BYTES = 20_000_000
"""SkyPilot's catalogue of GCP, with every machine and zone, has 2.2 MB."""

MOST_ROWS = 100_000

SKYPILOT = frozenset({"InstanceType", "AcceleratorName", "AcceleratorCount", "Price", "Region"})
GPUHUNT = frozenset({"instance_name", "location", "price", "gpu_count", "gpu_name", "spot"})
MIB_PER_GIB = 1024


def read_price_list(path: Path, stated: Stated) -> list[ListedPrice]:
    """The prices of machines with GPUs in a file.

    Without ``stated.provider`` the folder (``aws/vms.csv``) or the file (``aws.csv``) says whose
    they are. A list without dates is of ``stated.as_of``, else of the day on which the file was
    changed. Raises InputError with file, line and field for what is not understood.
    """
    text = read_text(path, MAX_FILE_BYTES)
    changed = min(price_age.today(), date.fromtimestamp(path.stat().st_mtime))
    return parse_price_list(
        text,
        str(path),
        replace(
            stated,
            provider=stated.provider or provider_named(path.stem, path.absolute().parent.name),
            as_of=stated.as_of or changed.isoformat(),
        ),
    )


def parse_price_list(text: str, name: str, stated: Stated) -> list[ListedPrice]:
    """The prices of machines with GPUs in a list, in its order, spot prices apart.

    Messages call the list ``name``. The catalogues of SkyPilot and gpuhunt need ``stated.provider``
    and ``stated.as_of``. Raises InputError with line and field for what is not understood.
    """
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True, restval="")
    try:
        columns = frozenset(reader.fieldnames or ())
        if columns >= OWN:
            refuse_other_columns(columns, name)
            prices = [own_price(row, origin, stated) for row, origin in _lines(reader, name)]
            refuse_two_prices(prices)
            return prices
        read = _reader_for(columns, name)
        _refuse_unknown_origin(name, stated)
        return [
            price for row, origin in _lines(reader, name) for price in read(row, origin, stated)
        ]
    except csv.Error as error:
        raise InputError(
            f"{name}, line {reader.line_num}: not readable as CSV ({error}); "
            "save it as comma-separated UTF-8 text and try again."
        ) from error


def provider_named(*words: str) -> str | None:
    """The provider that one of the words names, as the catalogue writes it; None if none does."""
    return next(filter(None, (PROVIDER_NAMES.get(word.casefold()) for word in words)), None)


def gpuhunt_price(item: object, stated: Stated) -> Iterator[ListedPrice]:
    """The price of an offer that gpuhunt found: an object with the fields of its CSV."""
    fields = (*GPUHUNT, "gpu_memory")
    row = {name: "" if (value := getattr(item, name)) is None else str(value) for name in fields}
    return _gpuhunt(row, f"gpuhunt, {row['instance_name']}", stated)


def _lines(reader: csv.DictReader[str], name: str) -> Iterator[tuple[Row, str]]:
    for before, row in enumerate(reader):
        if before == MOST_ROWS:
            raise InputError(f"{name} has more than {MOST_ROWS:,} rows; split it.")
        if None in row:  # the cells beyond the last heading
            raise InputError(
                f"{name}, line {reader.line_num}: more cells than the {len(row) - 1} headings; put "
                "text with commas in quotes, and write 0.85, not 0,85."
            )
        yield row, f"{name}, line {reader.line_num}"


def _reader_for(
    columns: frozenset[str], name: str
) -> Callable[[Row, str, Stated], Iterator[ListedPrice]]:
    if columns >= SKYPILOT:
        return _skypilot
    if columns >= GPUHUNT:
        return _gpuhunt
    if len(columns) == 1 and ";" in next(iter(columns)):
        raise InputError(
            f"{name}, line 1: its columns are separated by semicolons; save it with commas, and "
            "with a point in numbers (0.85)."
        )
    raise InputError(
        f"{name}, line 1: not the columns of a price list; your own has "
        f"{', '.join(sorted(OWN))} and usd_per_hour or usd_per_year; the catalogues of SkyPilot "
        "and gpuhunt are read as they are."
    )


def _refuse_unknown_origin(name: str, stated: Stated) -> None:
    if stated.provider is None:
        raise InputError(
            f"{name}: whose prices are they? Its folder and name do not say; add --provider, for "
            "example --provider AWS.",
            field="provider",
        )
    if stated.as_of is None:
        raise InputError(
            f"{name}: of which day are these prices? The list does not say; add --as-of, for "
            "example --as-of 2026-11-22.",
            field="as_of",
        )


def _skypilot(row: Row, origin: str, stated: Stated) -> Iterator[ListedPrice]:
    """The prices on demand and as spot; none for a GPU without host or a host alone (GCP)."""
    price, spot = number(row, "Price", origin), number(row, "SpotPrice", origin)
    memory_mib = re.search(r"'SizeInMiB': *([0-9]{3,7})\b", row.get("GpuInfo", ""))
    machine = _Machine(
        instance=row["InstanceType"].strip(),
        gpu=row["AcceleratorName"].strip(),
        memory_gb=None if memory_mib is None else int(memory_mib[1]) / MIB_PER_GIB,
        gpu_count=number(row, "AcceleratorCount", origin),
        region=row["Region"].strip(),
    )
    yield from _priced(machine, "on-demand", price, origin, stated)
    # For RunPod, the price on demand stands in for one as spot.
    if spot != price:
        yield from _priced(machine, "spot", spot, origin, stated)


def _gpuhunt(row: Row, origin: str, stated: Stated) -> Iterator[ListedPrice]:
    """The price of a row, on demand or as spot; none for a machine without GPUs.

    Of RunPod, gpuhunt gives a data centre for a secure machine and a country, in two letters,
    for one of third-party hosts (gpuhunt 0.1.34, providers/runpod.py).
    """
    resold = stated.provider == "RunPod" and len(row["location"].strip()) == len("US")
    machine = _Machine(
        instance=row["instance_name"].strip() + (" community" if resold else ""),
        gpu=row["gpu_name"].strip(),
        memory_gb=number(row, "gpu_memory", origin),
        gpu_count=number(row, "gpu_count", origin),
        region=row["location"].strip(),
    )
    terms: Terms = "spot" if row["spot"].strip().casefold() == "true" else "on-demand"
    yield from _priced(machine, terms, number(row, "price", origin), origin, stated)


@dataclass(frozen=True, slots=True)
class _Machine:
    instance: str
    gpu: str
    memory_gb: float | None
    gpu_count: float | None
    region: str


def _priced(
    machine: _Machine, terms: Terms, price: float | None, origin: str, stated: Stated
) -> Iterator[ListedPrice]:
    """One price; none without a machine, whole GPUs and a price above 0."""
    count = machine.gpu_count
    if not (machine.instance and machine.gpu and price and count and is_whole(count)):
        return
    provider = stated.provider or ""
    community = "community" in machine.instance.casefold()
    resold: Tier = "marketplace" if community or provider in MARKETPLACES else "list"
    yield ListedPrice(
        origin=origin,
        provider=provider,
        instance=machine.instance,
        gpu=machine.gpu,
        memory_gb=machine.memory_gb,
        gpu_count=int(count),
        terms=terms,
        region=machine.region or "any",
        per_hour=price,
        as_of=stated.as_of or "",
        source=stated.source,
        tier=stated.tier or resold,
    )

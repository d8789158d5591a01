"""The rows of a price list: their cells, and what is read and refused of the user's own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar, get_args

from planner.catalog.gpu import gpu_group
from planner.catalog.listed_price import ListedPrice
from planner.catalog.price_age import stated_day
from planner.catalog.price_offer import HOURS_PER_YEAR, Terms, Tier
from planner.errors import InputError

OWN = frozenset({"provider", "gpu", "gpu_count", "terms", "as_of", "source"})
OWN_OPTIONAL = frozenset(
    {"id", "instance", "region", "usd_per_hour", "usd_per_year", "tier", "note", "conflict"}
)
MOST_GPUS = 64

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Stated:
    """The user's words about a price list, for what it does not say itself.

    ``tier`` is that of every row (``own`` for negotiated prices), None for the list's.
    """

    provider: str | None = None
    as_of: str | None = None
    tier: Tier | None = None
    source: str = "a price list"


def text(row: Row, column: str, origin: str) -> str:
    """The text of a cell. Raises InputError if it is blank."""
    found = row[column].strip()
    if not found:
        raise InputError(f"{origin}: {column} is blank; every row must state it.")
    return found


Word = TypeVar("Word", bound=str)


def choice(row: Row, column: str, allowed: tuple[Word, ...], origin: str) -> Word:
    """The word of a cell. Raises InputError for one that is not ``allowed``."""
    found = row[column].strip()
    for word in allowed:
        if word == found:
            return word
    raise InputError(f"{origin}: {column} is {found[:80]!r}; allowed: {', '.join(allowed)}.")


def number(row: Row, column: str, origin: str) -> float | None:
    """A number, None if it is blank. Raises InputError for others and below 0."""
    found = row.get(column, "").strip()
    if not found:
        return None
    try:
        value = float(found)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise InputError(
            f"{origin}: {column} is {found[:80]!r}; a finite number, 0 or more, is needed, written "
            "like 1234.56."
        )
    return value


def is_whole(count: float) -> bool:
    """True for whole GPUs; clouds also rent out parts of one."""
    return count.is_integer() and 1 <= count <= MOST_GPUS


def own_price(row: Row, origin: str, stated: Stated) -> ListedPrice:
    per_hour, per_year = (number(row, f"usd_per_{unit}", origin) for unit in ("hour", "year"))
    if per_hour is None and per_year is None:
        raise InputError(f"{origin}: it has no price; give usd_per_hour or usd_per_year.")
    if per_hour is not None and per_year is not None:
        raise InputError(f"{origin}: give the price once: either usd_per_hour or usd_per_year.")
    count = number(row, "gpu_count", origin)
    if count is None or not is_whole(count):
        raise InputError(
            f"{origin}: gpu_count is {row['gpu_count'][:80]!r}; whole GPUs, 1 to {MOST_GPUS}."
        )
    as_of = stated_day(text(row, "as_of", origin), "as_of", origin)
    gpu = text(row, "gpu", origin)
    return ListedPrice(
        origin=origin,
        provider=text(row, "provider", origin),
        instance=row.get("instance", "").strip() or gpu_group(int(count), gpu),
        gpu=gpu,
        memory_gb=None,
        gpu_count=int(count),
        terms=choice(row, "terms", get_args(Terms), origin),
        region=row.get("region", "").strip() or "any",
        per_hour=per_hour if per_hour is not None else (per_year or 0.0) / HOURS_PER_YEAR,
        as_of=as_of,
        source=text(row, "source", origin),
        tier=stated.tier or _tier(row, origin),
        note=row.get("note", "").strip() or None,
    )


def _tier(row: Row, origin: str) -> Tier:
    if not row.get("tier", "").strip():
        return "list"
    return choice(row, "tier", get_args(Tier), origin)


def refuse_two_prices(prices: list[ListedPrice]) -> None:
    """Refuse two prices of one day for the same machine in the user's own list."""
    seen: dict[tuple[object, ...], ListedPrice] = {}
    for price in prices:
        machine = price.provider, price.instance, price.gpu, price.gpu_count, price.terms
        first = seen.setdefault((*machine, price.region, price.tier, price.as_of), price)
        if first.per_hour != price.per_hour:
            raise InputError(
                f"{price.origin}: {price.per_hour:g} an hour, but {first.per_hour:g} in "
                f"{first.origin.rpartition(', ')[2]} for the same machine, terms, region and day; "
                "keep one of them, or tell them apart by instance or region."
            )


def refuse_other_columns(columns: frozenset[str], name: str) -> None:
    if unknown := columns - OWN - OWN_OPTIONAL:
        raise InputError(
            f"{name}, line 1: {', '.join(sorted(unknown))[:200]} is no column of a price list; "
            f"beside {', '.join(sorted(OWN))} it may have {', '.join(sorted(OWN_OPTIONAL))}; "
            "another currency than US dollars is stated with --currency, --rate and --rate-date."
        )

"""One parser per field of the Plan page: the text as a value.

Each raises InputError with what is allowed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import get_args

from pydantic import ValidationError

from app.numbers import read_number, written
from planner.entered.cost_item import CostItem, CostUnit
from planner.entered.owned_hardware import OwnedHardware, owned_from
from planner.entered.pydantic_refusal import refusal
from planner.entered.stated_fleet import stated_fleet
from planner.errors import InputError
from planner.fleet.scenario import MAX_DOCUMENTS_PER_YEAR, MAX_TOKENS, FleetPart
from planner.networks.quantization import QUANTIZATIONS, Quantization
from planner.vllm.engine_settings import LEAST_BATCHED_TOKENS
from planner.vllm.lora import MOST_ADAPTERS, RANKS, LoraAdapters
from planner.vllm.rope_scaling import rope_scaling_from
from planner.vllm.settings_text import MOST_SEQUENCES
from planner.vllm.speculative_decoding import LARGEST_DRAFT_SHARE, MOST_SPECULATIVE_TOKENS
from planner.workload.document_class import LARGEST_ANSWER_LIMIT
from planner.workload.weekly_hours import HOURS_PER_WEEK, hours_with_arrivals

PERIODS: dict[str, float] = {"year": 1.0, "month": 12.0, "day": 365.0}
"""Number of such periods in a year."""

ROUNDED_PEAK = 1e-3
"""Relative: profiles and busiest hours from a file are rounded to four digits after the point."""

TOKENS_PER_PAGE = 900.0
"""An assumption: the article's documents of about 8,000 tokens have 8 to 10 pages."""

MOST_PAGES = 100_000.0
MOST_USD = 1e12
MOST_CHARACTERS = 50  # of a version
MOST_LETTERS_OF_A_MODEL = 500


def documents(period: str, text: str) -> float:
    most = MAX_DOCUMENTS_PER_YEAR / PERIODS[period]
    unit = f"documents a {period}"
    return read_number(text, least=1, most=most, unit=unit) * PERIODS[period]


def at_most(read: Callable[[str], float], expected: float | None, text: str) -> float:
    """A low volume, which the expected one must not be below."""
    low = read(text)
    if expected is not None and low > expected:
        raise InputError("The low volume is above the documents entered; give at most as many.")
    return low


def at_least(read: Callable[[str], float], expected: float | None, text: str) -> float:
    """A high volume, which the expected one must not exceed."""
    high = read(text)
    if expected is not None and high < expected:
        raise InputError("The high volume is below the documents entered; give at least as many.")
    return high


def penalty(text: str) -> float:
    return read_number(text, least=0, most=1e6, unit="dollars a document")


def tokens(text: str) -> int:
    return int(read_number(text, least=1, most=MAX_TOKENS, unit="tokens", whole=True))


_PAGES = re.compile(r"(.*\S)\s*pages?", re.IGNORECASE | re.DOTALL)


def number_of_pages(text: str) -> str | None:
    """The number in a text such as "2 pages"; None if it states no pages."""
    found = _PAGES.fullmatch(text.strip())
    return None if found is None else found[1]


def tokens_of_pages(text: str, per_page: float = TOKENS_PER_PAGE) -> int:
    """Tokens of a number of pages, at least one."""
    pages = read_number(text, least=0, most=MOST_PAGES, unit="pages", above=True)
    return tokens(written(max(1, round(pages * per_page))))


def tokens_or_pages(text: str) -> int:
    """Tokens of a document whose length is stated in tokens, or in pages: "2 pages"."""
    pages = number_of_pages(text)
    return tokens(text) if pages is None else tokens_of_pages(pages)


def budget(text: str) -> float:
    return read_number(text, least=0, most=MOST_USD, unit="dollars a year", above=True)


def answer_time(text: str) -> float:
    return read_number(text, least=0, most=LARGEST_ANSWER_LIMIT, unit="seconds", above=True)


def peak_factor(text: str) -> float:
    return read_number(text, least=1, most=1000, unit="times the average hour")


def hours(text: str) -> float:
    return read_number(text, least=1, most=HOURS_PER_WEEK, unit="hours a week")


def within_hours(text: str) -> float:
    return read_number(text, least=0, most=HOURS_PER_WEEK, unit="hours", above=True)


def milliseconds(text: str) -> float:
    return read_number(text, least=0, most=LARGEST_ANSWER_LIMIT, unit="milliseconds", above=True)


def growth(text: str) -> float:
    return read_number(text.removesuffix("%"), least=-90, most=1000, unit="percent a year") / 100


def years(text: str) -> int:
    return int(read_number(text, least=1, most=5, unit="years", whole=True))


def spare(text: str) -> int:
    return int(read_number(text, least=0, most=100, unit="replicas", whole=True))


def replicas(text: str) -> int:
    return int(read_number(text, least=1, most=1000, unit="replicas", whole=True))


def confidence(text: str) -> float:
    return read_number(text.removesuffix("%"), least=50, most=99, unit="percent") / 100


def memory(text: str) -> float:
    number = read_number(text.removesuffix("%"), least=0, most=100, unit="percent", above=True)
    return number / 100


def share(text: str) -> float:
    return read_number(text.removesuffix("%"), least=0, most=100, unit="percent") / 100


def utilization(text: str) -> float:
    return read_number(text.removesuffix("%"), least=1, most=100, unit="percent") / 100


def availability(text: str) -> float:
    return read_number(text.removesuffix("%"), least=50, most=100, unit="percent") / 100


def premium(text: str) -> float:
    return read_number(text, least=1, most=100, unit="times the cost")


def draft_share(text: str) -> float:
    most = LARGEST_DRAFT_SHARE * 100
    return read_number(text.removesuffix("%"), least=0, most=most, unit="percent") / 100


def template_tokens(text: str) -> int:
    return int(read_number(text, least=0, most=MAX_TOKENS, unit="tokens", whole=True))


def batched_tokens(text: str) -> int:
    return int(
        read_number(text, least=LEAST_BATCHED_TOKENS, most=MAX_TOKENS, unit="tokens", whole=True)
    )


def sequences(text: str) -> int:
    return int(read_number(text, least=1, most=MOST_SEQUENCES, unit="requests", whole=True))


def adapters(text: str) -> int:
    return int(read_number(text, least=1, most=MOST_ADAPTERS, unit="adapters", whole=True))


def rank(text: str) -> int:
    number = int(read_number(text, least=min(RANKS), most=max(RANKS), unit="", whole=True))
    return LoraAdapters(rank=number).rank


def proposed(text: str) -> int:
    most = MOST_SPECULATIVE_TOKENS
    return int(read_number(text, least=1, most=most, unit="tokens a step", whole=True))


def rope_scaling(text: str) -> str | None:
    return str(rope_scaling_from(text)) if text.strip() else None


def engine_version(text: str) -> str | None:
    if len(text.strip()) > MOST_CHARACTERS:
        raise InputError(
            "That is not a vLLM version; give one such as 0.11.0, or leave the field empty."
        )
    return text.strip() or None


def model(text: str) -> str | None:
    if len(text.strip()) > MOST_LETTERS_OF_A_MODEL:
        raise InputError("That is too long for a model; give its Hugging Face id, or nothing.")
    return text.strip() or None


_SIXTEEN_BIT = re.compile(r"^(?:16[\s-]*bits?|b?f(?:loat|p)?[\s-]*16)$")


def weights(text: str) -> Quantization | None:
    wanted = _SIXTEEN_BIT.sub("none", text.strip().casefold())
    found = next((one for one in QUANTIZATIONS if one == wanted), None)
    if wanted and found is None:
        formats = ", ".join("none (16 bit)" if one == "none" else one for one in QUANTIZATIONS)
        raise InputError(
            f"“{text.strip()[:60]}” is no format of weights; give one of {formats}, or nothing."
        )
    return found


def other_costs(text: str) -> tuple[CostItem, ...]:
    return tuple(cost_item(line) for line in text.splitlines() if line.strip())


_COST_UNIT = re.compile(rf"(.*?)\b({'|'.join(get_args(CostUnit))})\b(?:\s*x\s*(.+))?$")


def cost_item(line: str) -> CostItem:
    """``name: amount``, then a unit if it is not dollars a year, a quantity and a source."""
    stated, _, source = line.partition(";")
    name, colon, amount = stated.rpartition(":")
    if not colon or not 0 < len(name.strip()) <= 200:
        raise InputError(
            f"“{line.strip()[:40]}” is not a cost; give one cost per line as name: dollars a "
            "year, for example Log storage: 2,400."
        )
    found = _COST_UNIT.match(amount.strip())
    amount, unit, quantity = found.groups() if found else (amount, "usd_per_year", None)
    cost = read_number(amount, least=0, most=MOST_USD, unit="dollars a year")
    times = quantity and read_number(quantity, least=0, most=MOST_USD, unit="")
    item = {"name": name.strip(), "amount": cost, "unit": unit, "quantity": times}
    return CostItem.model_validate(item | {"source": source.strip()[:500] or None})


def cost_line(item: CostItem) -> str:
    """The line that states an item."""
    yearly = item.unit == "usd_per_year" and item.quantity is None
    unit = "" if yearly else f" {item.unit}"
    times = "" if item.quantity is None else f" x {written(item.quantity)}"
    source = "" if item.source is None else f"; {item.source}"
    return f"{item.name}: {written(item.amount)}{unit}{times}{source}"


def owned(text: str) -> tuple[OwnedHardware, ...]:
    return tuple(owned_from(line, "Own GPUs") for line in text.splitlines() if line.strip())


def hours_or_none(text: str) -> float:
    return read_number(text, least=0, most=HOURS_PER_WEEK, unit="hours")


def season(text: str) -> tuple[float, ...]:
    return _relative(text, 12, "months")


def hour_profile(hours_a_week: float | None, busiest: float | None, text: str) -> tuple[float, ...]:
    """Documents of each hour of a week, of which as many hours have some as are entered, and none
    has more than is entered for the busiest.
    """
    profile = _relative(text, int(HOURS_PER_WEEK), "hours of a week")
    busy = hours_with_arrivals(profile)
    if busy is not None and hours_a_week is not None and busy != hours_a_week:
        raise InputError(
            f"{busy:g} of these hours have documents, and Hours a week is {hours_a_week:g}; "
            f"enter {busy:g} there, or correct these."
        )
    peak = 1.0 if busy is None else max(profile) * busy / sum(profile)
    if busiest is not None and peak > busiest * (1.0 + ROUNDED_PEAK):
        raise InputError(
            f"The busiest of these hours has {peak:.6g} times the documents of their average, and "
            f"Busiest hour is {busiest:.6g}; enter {peak:.6g} there, or correct these."
        )
    return profile


def _relative(text: str, number: int, of: str) -> tuple[float, ...]:
    parts = re.split(r"[\s,;]+", text.strip(" ,;\n"))
    if parts == [""]:
        return ()
    if len(parts) != number:
        raise InputError(
            f"{len(parts)} numbers were given; give {number} for the {of}, with spaces between "
            "them and none in them."
        )
    found = tuple(read_number(part, least=0, most=1e12, unit="") for part in parts)
    if not any(found):
        raise InputError(f"All are 0; give at least one of the {of} some documents.")
    return found


def numbers_text(numbers: Iterable[float]) -> str:
    """The numbers as ``season`` and ``hour_profile`` read them back, to 6 significant digits.

    All digits of 168 thirds would leave no room in a link.
    """
    return " ".join(written(float(f"{number:.6g}")).replace(",", "") for number in numbers)


def fleet(text: str) -> tuple[FleetPart, ...]:
    parts = stated_fleet(part for part in text.split(",") if part.strip())
    try:
        return tuple(FleetPart.model_validate(part) for part in parts)
    except ValidationError as error:
        raise InputError(
            f"{refusal(error, {}, ('gpu', 'gpu_count', 'replicas'))}; write the GPU, the GPUs of "
            "a replica and the replicas, as in L4:1:2",
            field="fleet",
        ) from None


def optional(read: Callable[[str], float]) -> Callable[[str], float | None]:
    return lambda text: read(text) if text.strip() else None

"""One parser per field of the Plan page: the text as a value.

Each raises InputError with what is allowed.
"""

from __future__ import annotations

from collections.abc import Callable

from pydantic import ValidationError

from app.numbers import read_number
from planner.entered.pydantic_refusal import refusal
from planner.entered.stated_fleet import stated_fleet
from planner.errors import InputError
from planner.fleet.scenario import MAX_DOCUMENTS_PER_YEAR, MAX_TOKENS, CostItem, FleetPart
from planner.fleet.scenario_defaults import HOURS_PER_WEEK
from planner.vllm.engine_settings import LEAST_BATCHED_TOKENS
from planner.vllm.lora import MOST_ADAPTERS, RANKS, LoraAdapters
from planner.vllm.rope_scaling import rope_scaling_from
from planner.vllm.settings_text import MOST_SEQUENCES
from planner.vllm.speculative_decoding import LARGEST_DRAFT_SHARE, MOST_SPECULATIVE_TOKENS

PERIODS: dict[str, float] = {"year": 1.0, "month": 12.0, "day": 365.0}
"""Number of such periods in a year."""

MOST_USD = 1e12
MOST_CHARACTERS = 50  # of a version


def documents(period: str, text: str) -> float:
    most = MAX_DOCUMENTS_PER_YEAR / PERIODS[period]
    unit = f"documents a {period}"
    return read_number(text, least=1, most=most, unit=unit) * PERIODS[period]


def tokens(text: str) -> int:
    return int(read_number(text, least=1, most=MAX_TOKENS, unit="tokens", whole=True))


def budget(text: str) -> float:
    return read_number(text, least=0, most=MOST_USD, unit="dollars a year", above=True)


def answer_time(text: str) -> float:
    return read_number(text, least=0, most=1e7, unit="seconds", above=True)


def peak_factor(text: str) -> float:
    return read_number(text, least=1, most=1000, unit="times the average hour")


def hours(text: str) -> float:
    return read_number(text, least=1, most=HOURS_PER_WEEK, unit="hours a week")


def within_hours(text: str) -> float:
    return read_number(text, least=0, most=HOURS_PER_WEEK, unit="hours", above=True)


def milliseconds(text: str) -> float:
    return read_number(text, least=0, most=1e7, unit="milliseconds", above=True)


def growth(text: str) -> float:
    return read_number(text.removesuffix("%"), least=-90, most=1000, unit="percent a year") / 100


def years(text: str) -> int:
    return int(read_number(text, least=1, most=5, unit="years", whole=True))


def spare(text: str) -> int:
    return int(read_number(text, least=0, most=100, unit="replicas", whole=True))


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


def other_costs(text: str) -> tuple[CostItem, ...]:
    return tuple(cost_item(line) for line in text.splitlines() if line.strip())


def cost_item(line: str) -> CostItem:
    name, colon, amount = line.rpartition(":")
    if not colon or not 0 < len(name.strip()) <= 200:
        raise InputError(
            f"“{line.strip()[:40]}” is not a cost; give one cost per line as name: dollars a "
            "year, for example Log storage: 2,400."
        )
    cost = read_number(amount, least=0, most=MOST_USD, unit="dollars a year")
    return CostItem(name=name.strip(), usd_per_year=cost)


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

"""Hours of a week: when documents arrive, or when they are processed."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = get_args(Day)
HOURS_PER_DAY = 24.0
HOURS_PER_WEEK = 168.0
MAX_PEAK_FACTOR = 1000.0

FIVE_DAYS_UP_TO = 60.0
"""Hours a week up to which work is taken to be on five days: an assumption, as twelve hours on
each of five days are a long office day. More hours are spread over seven days."""


class DailyHours(BaseModel):
    """The same hours on some days of the week; ``to`` at or before ``from`` is on the next day."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    days: tuple[Day, ...] = Field(default=DAYS, min_length=1, max_length=7)
    from_: str = Field(default="00:00", alias="from")
    to: str = "24:00"

    @field_validator("days", mode="before")
    @classmethod
    def _in_order(cls, days: Any) -> Any:
        if not isinstance(days, (list, tuple)) or not all(isinstance(day, str) for day in days):
            return days
        short = {
            day.strip().lower()[:3] if day.strip().lower()[:3] in DAYS else day for day in days
        }
        return tuple(sorted(short, key=lambda day: DAYS.index(day) if day in DAYS else 0))

    @field_validator("from_", "to")
    @classmethod
    def _a_time(cls, text: str) -> str:
        clock_hours(text)
        return text

    @property
    def hours_a_day(self) -> float:
        """Hours from ``from`` to ``to``."""
        return (clock_hours(self.to) - clock_hours(self.from_)) % HOURS_PER_DAY or HOURS_PER_DAY

    @property
    def hours_per_week(self) -> float:
        """Hours of all days."""
        return self.hours_a_day * len(self.days)


def clock_hours(text: str) -> float:
    """Hours since midnight of a time such as 08:30. Raises ValueError."""
    found = re.fullmatch(r"([01]?\d|2[0-4]):([0-5]\d)", text)
    hours = -1.0 if found is None else int(found[1]) + int(found[2]) / 60.0
    if not 0.0 <= hours <= HOURS_PER_DAY:
        raise ValueError("it must be a time from 00:00 to 24:00, for example 08:30")
    return hours


@dataclass(frozen=True, slots=True)
class Shift:
    """Hours without a break: where in the week they start, from Monday 0:00, and how many."""

    start_h: float
    hours: float


def shifts(hours_per_week: float, daily: DailyHours | None) -> tuple[Shift, ...]:
    """The week's shifts, one a day.

    Without ``daily`` they are around noon, on each of five days, or of seven if that is more than
    ``FIVE_DAYS_UP_TO`` hours a week.
    """
    if daily is not None:
        start = clock_hours(daily.from_) % HOURS_PER_DAY
        return tuple(
            Shift(DAYS.index(day) * HOURS_PER_DAY + start, daily.hours_a_day) for day in daily.days
        )
    days = 5 if hours_per_week <= FIVE_DAYS_UP_TO else 7
    length = hours_per_week / days
    start = (HOURS_PER_DAY - length) / 2.0
    return tuple(Shift(day * HOURS_PER_DAY + start, length) for day in range(days))


def hours_with_arrivals(hour_profile: Any) -> float | None:
    """Hours of the week in which something arrives; None if there are no such numbers."""
    if not isinstance(hour_profile, (list, tuple)):
        return None
    numbers = [one for one in hour_profile if isinstance(one, (int, float)) and 0 <= one < math.inf]
    hours = float(sum(documents > 0 for documents in numbers))
    return hours if hours and len(numbers) == len(hour_profile) else None


def hours_of_days(daily: Any) -> float | None:
    """Hours a week of ``DailyHours`` or of its fields; None if these are not valid."""
    try:
        return DailyHours.model_validate(daily).hours_per_week
    except ValidationError:
        return None


def shifts_with_arrivals(hour_profile: Sequence[float]) -> tuple[Shift, ...]:
    """The runs of hours, from Monday 0:00, in which something arrives.

    >>> shifts_with_arrivals([0, 2, 1, 0, 3])
    (Shift(start_h=1.0, hours=2.0), Shift(start_h=4.0, hours=1.0))
    """
    runs = groupby(enumerate(hour_profile), key=lambda entry: entry[1] > 0)
    hours = ([hour for hour, _ in run] for arrives, run in runs if arrives)
    return tuple(Shift(float(run[0]), float(len(run))) for run in hours)

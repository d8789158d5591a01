"""When documents arrive, from a CSV file of their timestamps or of hourly counts."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from planner.catalog.names import quoted
from planner.catalog.price_offer import HOURS_PER_YEAR
from planner.errors import InputError
from planner.files import decode_text, read_at_most
from planner.workload.weekly_hours import HOURS_PER_WEEK, MAX_PEAK_FACTOR
from planner.workload.year_of_hours import month_factors

Array = NDArray[np.float64]

MAX_FILE_BYTES = 50_000_000
MOST_YEARS = 5
MONTHS = 12
WEEK_H, YEAR_H = int(HOURS_PER_WEEK), int(HOURS_PER_YEAR)
_HOUR = timedelta(hours=1)
_LARGEST_COUNT = 1e12
_DIGITS = 4
_FORM = "give one timestamp per document, or the columns timestamp and count"


@dataclass(frozen=True, slots=True)
class ObservedArrivals:
    """The arrivals that a file states.

    ``hours_per_week`` are the hours of the week in which documents arrive. ``peak_factor`` are
    the documents of the busiest hour over those of the average one of these, in the busiest
    month if there is a season. ``hour_profile`` are the documents in each of the 168 hours of the
    week from Monday 0:00 on, over their mean; ``season`` the documents of each month over those of
    average weeks, empty if the file is of less than a year.
    """

    hours_per_week: float
    peak_factor: float
    hour_profile: tuple[float, ...]
    season: tuple[float, ...]


def observed_arrivals(path: Path) -> ObservedArrivals:
    """The arrivals in a file. Raises InputError with file, line and column.

    Timestamps are dates with a time in the form of ISO 8601; the clock time counts as it is
    written. An hour that the file does not name, between its first and its last, has no document.
    """
    first, counts = _hourly_counts(path)
    if len(counts) < WEEK_H:
        raise InputError(
            f"{path} is of {len(counts)} hours from the first to the last; give at least a week, "
            f"{WEEK_H} hours"
        )
    if counts.sum() == 0.0:
        raise InputError(f"{path} has no document; give the hours in which some arrive")
    start = first.weekday() * 24 + first.hour
    week_hours = (start + np.arange(len(counts))) % WEEK_H
    profile = _means(counts, week_hours, WEEK_H)
    profile = profile / profile.mean()
    season = _season(first, counts, profile[week_hours])
    hours = int(np.count_nonzero(profile))
    busiest = counts.max() / counts.mean() / month_factors(season).max()
    # The average week must not be busier than the busiest hour of all.
    peak = max(busiest, profile.max()) * hours / WEEK_H
    if peak > MAX_PEAK_FACTOR:
        when = first + timedelta(hours=int(counts.argmax()))
        raise InputError(
            f"{path}: the hour from {when:%Y-%m-%d %H:%M} has {peak:,.0f} times the documents of "
            f"the average one; it may have {MAX_PEAK_FACTOR:,.0f} times as many: correct its count"
        )
    return ObservedArrivals(float(hours), max(1.0, float(peak)), _rounded(profile), season)


def _season(first: datetime, counts: Array, as_in_the_week: Array) -> tuple[float, ...]:
    """Documents of each month over those of average weeks, so that weekends do not count as a
    season.
    """
    if len(counts) < YEAR_H - WEEK_H:  # 52 weeks are a year, too
        return ()
    hours = np.datetime64(first, "h") + np.arange(len(counts))
    months = hours.astype("datetime64[M]").astype(int) % MONTHS
    usual = _means(as_in_the_week, months, MONTHS)
    if np.isnan(usual).any() or not usual.all():
        return ()
    found = _means(counts, months, MONTHS) / usual
    return _rounded(found / found.mean())


def _means(counts: Array, groups: NDArray[np.int64], number: int) -> Array:
    """The mean of each group's counts; NaN for a group without any."""
    hours = np.bincount(groups, minlength=number)
    sums = np.bincount(groups, weights=counts, minlength=number)
    found: Array = np.divide(sums, hours, out=np.full(number, math.nan), where=hours > 0)
    return found


def _rounded(values: Array) -> tuple[float, ...]:
    """To four digits after the point; what these would make 0 keeps one digit of its own, as an
    hour with documents counts as one.
    """
    return tuple(round(one, _DIGITS) or float(f"{one:.1g}") for one in map(float, values))


def _hourly_counts(path: Path) -> tuple[datetime, Array]:
    """The first hour, and the documents of each hour from it to the last."""
    by_hour = _documents_by_hour(path)
    if not by_hour:
        raise InputError(f"{path} has no row; {_FORM}")
    first, last = min(by_hour), max(by_hour)
    if last - first > timedelta(days=366 * MOST_YEARS):
        raise InputError(
            f"{path}, line {by_hour[last].line}, timestamp: {last:%Y-%m-%d} is more than "
            f"{MOST_YEARS} years after {first:%Y-%m-%d} in line {by_hour[first].line}; correct it, "
            "or give fewer years"
        )
    if len(by_hour) > 1 and {hour.hour for hour in by_hour} == {0}:
        raise InputError(
            f"{path}: every timestamp is at midnight, as if counts were by day; give them by hour"
        )
    counts = np.zeros((last - first) // _HOUR + 1)
    for hour, tally in by_hour.items():
        counts[(hour - first) // _HOUR] = tally.documents
    return first, counts


@dataclass(slots=True)
class _Tally:
    """The documents of an hour, and the first line that names it."""

    line: int
    documents: float = 0.0


def _documents_by_hour(path: Path) -> dict[datetime, _Tally]:
    """The documents of each hour that the file names."""
    reader = csv.reader(io.StringIO(_text(path), newline=""))
    by_text: dict[str, _Tally] = {}  # by the text of the hour, as reading half a million is slow
    by_hour: dict[datetime, _Tally] = {}
    minutes: set[str] = set()
    try:
        at, count_at, row = _first_row(reader, path)
        while row is not None:
            cell = row[at].strip() if at < len(row) else ""
            hour_text, minute = cell[:_HOUR_ENDS], cell[_HOUR_ENDS:]
            if hour_text not in by_text or minute not in minutes:
                hour = _hour(cell, f"{path}, line {reader.line_num}, timestamp")
                if len(minutes) < _MOST_KEPT:
                    minutes.add(minute)
                by_text[hour_text] = by_hour.setdefault(hour, _Tally(reader.line_num))
            documents = 1.0
            if count_at is not None:
                stated = row[count_at] if count_at < len(row) else ""
                documents = _count(stated, f"{path}, line {reader.line_num}, count")
            by_text[hour_text].documents += documents
            row = next((row for row in reader if row and any(row)), None)
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num}: not readable as CSV ({error})") from None
    return by_hour


_HOUR_ENDS = len("2026-01-05T08")
_MOST_KEPT = 100_000  # spellings of a minute: 3,600 without fractions of a second


def _first_row(reader: Iterator[list[str]], path: Path) -> tuple[int, int | None, list[str] | None]:
    """Where timestamp and count stand, and the first row that is no header."""
    first = next((row for row in reader if any(cell.strip() for cell in row)), None)
    if first is None:
        return 0, None, None
    (at, count_at), is_header = _columns(first, f"{path}, line 1")
    return at, count_at, next((row for row in reader if row), None) if is_header else first


def _columns(row: list[str], place: str) -> tuple[tuple[int, int | None], bool]:
    """Where timestamp and count stand, and whether the row is a header."""
    names = [cell.strip().lower() for cell in row]
    if "timestamp" in names:
        count = names.index("count") if "count" in names else None
        return (names.index("timestamp"), count), True
    if len(row) > 2:
        raise InputError(f"{place}: {len(row)} columns, none of them named timestamp; {_FORM}")
    is_header = not any(character.isdigit() for character in row[0])
    return (0, 1 if len(row) == 2 else None), is_header


def _hour(cell: str, place: str) -> datetime:
    found: datetime | None = None
    if len(cell) > 11:  # a date alone does not say when
        try:
            found = datetime.fromisoformat(cell)
        except ValueError:
            found = None
    if found is None:
        raise InputError(
            f"{place}: {quoted(cell[:80])} was given; it must be a date with a time, for example "
            "2026-01-05 08:00"
        )
    return found.replace(minute=0, second=0, microsecond=0, tzinfo=None)


def _count(cell: str, place: str) -> float:
    try:
        number = float(cell)
    except ValueError:
        number = math.nan
    if not 0.0 <= number <= _LARGEST_COUNT:
        raise InputError(
            f"{place}: {quoted(cell.strip()[:80])} was given; it must be a number of documents, 0 "
            "or more"
        )
    return number


def _text(path: Path) -> str:
    try:
        content = read_at_most(path, MAX_FILE_BYTES)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "its name is not valid"
        raise InputError(f"{path} cannot be read ({why}); {_FORM}") from error
    if len(content) > MAX_FILE_BYTES:
        raise InputError(
            f"{path} is larger than {MAX_FILE_BYTES // 1_000_000} MB; give hourly counts instead "
            "of timestamps"
        )
    return decode_text(content, str(path))

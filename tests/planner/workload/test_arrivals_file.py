"""Arrivals from a file: what it means, and how it is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from planner.errors import InputError
from planner.workload.arrivals_file import ObservedArrivals, observed_arrivals

MONDAY = datetime(2026, 1, 5)
WEEKDAYS_9_TO_17 = [h for h in range(168) if h < 120 and 9 <= h % 24 < 17]


def rows(hours: int, count: Callable[[datetime], float], start: datetime = MONDAY) -> str:
    every = (start + timedelta(hours=n) for n in range(hours))
    return "\n".join(f"{hour:%Y-%m-%d %H:%M},{count(hour):g}" for hour in every)


def read(folder: Path, text: str) -> ObservedArrivals:
    file = folder / "hourly.csv"
    file.write_text(text, encoding="utf-8")
    return observed_arrivals(file)


def office(hour: datetime) -> float:
    if hour.weekday() >= 5 or not 9 <= hour.hour < 17:
        return 0.0
    return 25.0 if hour.hour == 9 else 10.0


def test_office_hours_with_a_busy_first_hour(tmp_path: Path) -> None:
    found = read(tmp_path, "timestamp,count\n" + rows(336, office))
    # 40 hours a week, with 25 + 7 x 10 = 95 documents a day: 11.875 an hour.
    assert found.hours_per_week == 40
    assert found.peak_factor == pytest.approx(25 / 11.875)
    assert [h for h, share in enumerate(found.hour_profile) if share] == WEEKDAYS_9_TO_17
    # 475 documents a week, over 168 hours.
    assert found.hour_profile[9] == pytest.approx(25 * 168 / 475, abs=1e-4)
    assert found.season == ()


def test_an_hour_with_a_document_a_year_is_an_hour_with_documents(tmp_path: Path) -> None:
    stray = MONDAY + timedelta(hours=3)
    found = read(tmp_path, rows(52 * 168, lambda h: 1 if h == stray else 200 * office(h)))
    assert [h for h, share in enumerate(found.hour_profile) if share] == [3, *WEEKDAYS_9_TO_17]
    assert found.hours_per_week == 41
    # 1 / 52 documents over the mean hour of a week, 200 x 475 / 168 documents: 0.000034.
    assert found.hour_profile[3] == 3e-5


def test_one_timestamp_per_document_is_the_same_as_their_counts(tmp_path: Path) -> None:
    every = (MONDAY + timedelta(hours=n) for n in range(168))
    stamps = [
        (hour + timedelta(seconds=n)).isoformat()
        for hour in every
        for n in range(int(office(hour)))
    ]
    # The week is from its first to its last document: one on Sunday completes it.
    night = MONDAY + timedelta(hours=0), MONDAY + timedelta(hours=167)
    stamps += [hour.isoformat() for hour in night]
    found = read(tmp_path, "\n".join(stamps))
    assert found.hours_per_week == 42
    assert found.peak_factor == pytest.approx(25 / (477 / 42))


def test_the_busiest_hour_of_one_day_is_the_peak_although_the_average_week_is_lower(
    tmp_path: Path,
) -> None:
    burst = MONDAY + timedelta(days=8, hours=12)
    found = read(tmp_path, rows(336, lambda hour: 40.0 if hour == burst else 10.0))
    assert found.hours_per_week == 168
    assert found.peak_factor == pytest.approx(40 / (3390 / 336))
    assert found.hour_profile[36] == pytest.approx(25 / (3390 / 336), abs=1e-4)


def test_a_year_has_a_season_and_the_peak_is_that_of_an_average_month(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        rows(8760, lambda hour: office(hour) * (2.0 if hour.month == 12 else 1.0)),
    )
    # December's weeks are twice the others: 24/13 of the mean of the months, the others 12/13.
    assert found.season[11] / found.season[0] == pytest.approx(2, abs=0.01)
    assert sum(found.season) == pytest.approx(12, abs=1e-3)
    assert found.season[5] == pytest.approx(12 / 13, abs=0.01)


def test_offsets_and_fractions_leave_the_clock_time(tmp_path: Path) -> None:
    text = rows(168, office).replace(":00,", ":00:00.250+02:00,")
    assert read(tmp_path, text) == read(tmp_path, rows(168, office))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no row; give one timestamp per document, or the columns timestamp and count"),
        ("timestamp,count\n", "has no row"),
        ("timestamp,count\nyesterday,5\n", "line 2, timestamp: 'yesterday' was given"),
        ("2026-01-05,5\n", "line 1, timestamp: '2026-01-05' was given; it must be a date with a"),
        ("2026-01-05 08:00,-1\n", "line 1, count: '-1' was given; it must be a number of doc"),
        ("2026-01-05 08:00,nan\n", "line 1, count: 'nan' was given"),
        ("timestamp,count\n2026-01-05 08:00\n", "line 2, count: '' was given"),
        ("2026-01-05 08:61\n", "line 1, timestamp"),
        ("2026-01-05 08:00\n\n2026-01-05 08:xx\n", "line 3, timestamp: '2026-01-05 08:xx'"),
        ("a,b,c\n", "line 1: 3 columns, none of them named timestamp"),
        (rows(100, office), "is of 100 hours from the first to the last; give at least a week"),
        (rows(168, lambda _: 0.0), "has no document"),
        (
            "2026-01-05 08:00,1\n2126-01-05 08:00,1\n",
            "line 2, timestamp: 2126-01-05 is more than 5",
        ),
        (
            "\n".join(f"2026-01-{day:02d} 00:00,100" for day in range(1, 29)),
            "every timestamp is at midnight, as if counts were by day",
        ),
        (
            rows(2000, lambda hour: 1e9 if hour == MONDAY + timedelta(hours=30) else 1.0),
            "the hour from 2026-01-06 06:00 has 2,000 times the documents of the average one",
        ),
        ("2026-01-05 08:00\0", "contains a NUL byte"),
    ],
)
def test_what_is_not_understood_is_refused_by_line_and_column(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(InputError) as refused:
        read(tmp_path, text)
    assert "hourly.csv" in str(refused.value)
    assert said in str(refused.value)


def test_columns_are_found_by_name(tmp_path: Path) -> None:
    lines = rows(168, office).splitlines()
    named = "branch,Count,Timestamp\n" + "\n".join(
        f"north,{line.split(',')[1]},{line.split(',')[0]}" for line in lines
    )
    assert read(tmp_path, named) == read(tmp_path, rows(168, office))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        observed_arrivals(tmp_path / "none.csv")

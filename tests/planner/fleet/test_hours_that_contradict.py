"""Hours of arrival that a file states twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from scenario_files import read, refusal

from planner.fleet.busiest_hour import load_of

OFFICE = [2.0 if hour == 10 else 1.0 if 8 <= hour < 18 else 0.0 for hour in range(24)]
PROFILE = [*(OFFICE * 5), *([0.0] * 48)]
"""50 hours a week, the busiest with 2 documents where the average hour has 1.1."""

CLASS = "schema_version: 2\nclasses: [{requests_per_s: 1, input_tokens: 100, output_tokens: 10}]\n"


def test_observed_hours_state_how_many_there_are_and_the_busiest(tmp_path: Path) -> None:
    found = read(tmp_path, f"documents_per_year: 1000\nhour_profile: {PROFILE}\n")
    assert found.hours_per_week == 50
    assert found.peak_factor == pytest.approx(2 / 1.1)
    # 1,000 documents in 8,760 x 50 / 168 hours, 1.82 times as many in the busiest one
    hours = 8760 * 50 / 168
    assert load_of(found).busiest_per_s * 3600 == pytest.approx(1000 / hours * 2 / 1.1)


def test_a_rate_is_that_of_the_observed_hours(tmp_path: Path) -> None:
    found = read(tmp_path, f"{CLASS}hour_profile: {PROFILE}\n")
    assert found.documents_per_year == pytest.approx(3600 * 8760 * 50 / 168)


def test_days_state_how_many_hours_there_are(tmp_path: Path) -> None:
    found = read(tmp_path, "arrival_hours: {days: [mon, tue], from: '08:00', to: '18:00'}\n")
    assert found.hours_per_week == 20


def test_both_may_be_stated_alike(tmp_path: Path) -> None:
    assert read(tmp_path, f"hours_per_week: 50\nhour_profile: {PROFILE}\n").hours_per_week == 50


def test_hours_with_minutes_may_be_stated_with_two_decimals(tmp_path: Path) -> None:
    days = "arrival_hours: {days: [mon, tue, wed, thu, fri], from: '08:20', to: '17:00'}\n"
    assert read(tmp_path, f"hours_per_week: 43.33\n{days}").hours_per_week == 43.33  # 5 x 8 2/3
    assert "these are 43.3333 hours" in str(refusal(tmp_path, f"hours_per_week: 43.3\n{days}"))


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (
            f"hours_per_week: 40\nhour_profile: {PROFILE}\n",
            2,
            "documents arrive in 50 of these hours, and hours_per_week is 40; leave hours_per_week "
            "out, or give the same number",
        ),
        (
            f"{CLASS}arrivals: {{hours_per_week: 40}}\nhour_profile: {PROFILE}\n",
            4,
            "documents arrive in 50 of these hours, and hours_per_week is 40",
        ),
        (
            f"{CLASS}arrivals: {{days: [mon, tue, wed, thu, fri], from: '08:00', to: '18:00'}}\n"
            f"hour_profile: {PROFILE}\n",
            4,
            "arrival_hours state the hours of arrival too; keep one of both",
        ),
        (
            "hours_per_week: 40\narrival_hours: {days: [mon], from: '08:00', to: '18:00'}\n",
            2,
            "these are 10 hours a week, and hours_per_week is 40; leave hours_per_week out, or "
            "give the same number",
        ),
    ],
)
def test_a_contradiction_is_refused_at_its_line(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    message = str(refusal(tmp_path, text))
    assert f"line {line}: " in message
    assert said in message


def test_a_file_of_arrivals_and_observed_hours_are_two_ways_to_say_it(tmp_path: Path) -> None:
    rows = "".join(f"2025-01-{6 + n // 24:02d} {n % 24:02d}:00,1\n" for n in range(168))
    (tmp_path / "hourly.csv").write_text(f"timestamp,count\n{rows}")
    text = f"{CLASS}arrivals: {{file: hourly.csv}}\nhour_profile: {PROFILE}\n"
    said = "hour_profile was given beside arrivals.file, which states it; keep one of them"
    assert said in str(refusal(tmp_path, text))

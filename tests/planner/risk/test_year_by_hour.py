"""The year hour by hour for a fleet, from the scenario and from a file."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sample_plan import A100, FEASIBLE_PLAN
from scenario_files import read, refusal

from planner.fleet.busiest_hour import load_of
from planner.fleet.plan import Option
from planner.fleet.scenario import Scenario
from planner.forecast.forecast_values import Interval
from planner.risk.year_by_hour import year_by_hour
from planner.wording.year_sentences import year_sentences

DECEMBER = (1.0,) * 11 + (2.0,)
CLASS = "classes:\n  - {documents_per_year: 8_760_000, input_tokens: 100, output_tokens: 10}\n"


def with_capacity(per_h: float, low: float, high: float) -> Option:
    """An option that processes so many documents an hour, day and night."""
    return replace(
        A100, capacity_documents_per_year=Interval(per_h * 8760, low * 8760, high * 8760)
    )


def test_the_hours_of_a_busy_month_that_are_too_much() -> None:
    # 1,000 documents an hour on average: 922 from January on, 1,843 in December.
    scenario = Scenario(documents_per_year=8_760_000, season=DECEMBER)
    found = year_by_hour(scenario, with_capacity(1900, 1200, 2400))
    assert found.busiest_hour_documents == pytest.approx(1000 * 730 / 396)
    assert found.busiest_hour_documents == pytest.approx(load_of(scenario).busiest_per_s * 3600)
    assert (found.hours_over.value, found.hours_over.low, found.hours_over.high) == (0, 0, 744)
    assert found.most_waiting == pytest.approx(0.0, abs=1e-3)
    assert found.most_waiting_if_slow == pytest.approx(744 * (1000 * 730 / 396 - 1200))
    assert {worst.month for worst in found.worst} == {12}
    assert len({worst.day for worst in found.worst}) == 5


def test_the_sentences_name_the_worst_hour_and_what_waits() -> None:
    scenario = Scenario(documents_per_year=8_760_000, season=DECEMBER)
    plan = replace(FEASIBLE_PLAN, scenario=scenario, recommended=with_capacity(1900, 1200, 2400))
    assert year_sentences(plan) == (
        "The busiest hour of the year brings 1,840 documents in December; the recommended "
        "configuration processes 1,900 an hour.",
        "No hour of the year is beyond that; 744 would be at the slow end of the forecast, with up "
        "to 479,000 documents waiting.",
    )
    assert year_sentences(replace(plan, scenario=Scenario())) == ()
    # Tuesdays from 14:00 to 15:00 twice the average.
    profile = tuple(2.0 if hour == 24 + 14 else 1.0 for hour in range(168))
    observed = replace(plan, scenario=Scenario(hour_profile=profile, peak_factor=336 / 169))
    assert "documents, such as Tuesdays 14:00 to 15:00; the rec" in year_sentences(observed)[0]


def test_a_file_states_hours_peak_and_season(tmp_path: Path) -> None:
    first = datetime(2025, 1, 1)
    every = (first + timedelta(hours=n) for n in range(8760))
    rows = [f"{h:%Y-%m-%d %H:%M},{(2 if h.month == 12 else 1) * (8 <= h.hour < 20)}" for h in every]
    (tmp_path / "hourly.csv").write_text("timestamp,count\n" + "\n".join(rows))
    found = read(tmp_path, f"schema_version: 2\n{CLASS}arrivals: {{file: hourly.csv}}\n")
    assert (found.hours_per_week, found.peak_factor) == (84, pytest.approx(1, abs=0.03))
    assert found.season[11] == pytest.approx(2 * found.season[0], rel=0.01)
    # 12 hours a day share the year's documents: 2,000 an hour, and 730 / 396 of it in December.
    busiest_per_h = load_of(found).busiest_per_s * 3600
    assert busiest_per_h == pytest.approx(2000 * 730 / 396, rel=0.01)
    assert year_by_hour(found, with_capacity(1e6, 1e6, 1e6)).hours_over.value == 0.0
    # Fed back as version 1, it means the same.
    again = Scenario.model_validate(found.model_dump(mode="json"))
    assert load_of(again) == load_of(found)


def test_a_file_beside_what_it_states_is_refused(tmp_path: Path) -> None:
    (tmp_path / "hourly.csv").write_text("2026-01-05 8,5\n")
    both = f"{CLASS}arrivals:\n  file: hourly.csv\n  peak_factor: 2\n"
    assert "line 5: arrivals: peak_factor was given beside file" in str(refusal(tmp_path, both))
    alone = str(refusal(tmp_path, f"{CLASS}arrivals:\n  file: hourly.csv\n"))
    assert "line 4: arrivals.file: " in alone
    assert "hourly.csv, line 1, timestamp: '2026-01-05 8' was given" in alone
    short = str(refusal(tmp_path, f"{CLASS}arrivals:\n  season: [1, 2]\n"))
    assert "season" in short
    assert "it must be 12 numbers for the months, not all of them 0" in short


def test_a_season_by_hand_is_that_of_the_busiest_month(tmp_path: Path) -> None:
    found = read(
        tmp_path, f"schema_version: 2\n{CLASS}arrivals:\n  season: {[*map(int, DECEMBER)]}\n"
    )
    assert found.season == DECEMBER
    assert load_of(found).busiest_per_s * 3600 == pytest.approx(1000 * 730 / 396)

"""The season and the hours of the week: typed, from a file, and back."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from app_page import html, problems
from streamlit.testing.v1 import AppTest

from app.field_entries import entries_of
from app.field_parsers import numbers_text
from app.scenario_from_fields import DEFAULTS, field_values_of, read_fields

OFFICE = " ".join(["0"] * 8 + ["1"] * 8 + ["0"] * 152)
ONE_BUSY = " ".join(["1"] * 167 + ["20"])
DECEMBER = "1 1 1 1 1 1 1 1 1 1 1 2.5"


def test_season_and_hours_are_read_and_written() -> None:
    entered = DEFAULTS | {"season": "1,1;1, 1 1 1 1 1 1 1 1 2.5", "profile": OFFICE, "hours": "8"}
    scenario = read_fields(entered).scenario
    assert scenario is not None
    assert scenario.season == (*[1.0] * 11, 2.5)
    assert (sum(scenario.hour_profile), len(scenario.hour_profile)) == (8.0, 168)
    again = field_values_of(scenario)
    assert (again["season"], again["profile"]) == (DECEMBER, OFFICE)
    made = entries_of(entered, scenario)
    assert {made["season"].set_by, made["hour_profile"].set_by} == {"you"}
    untouched = entries_of(DEFAULTS, read_fields(DEFAULTS).scenario or scenario)
    assert {untouched["season"].set_by, untouched["hour_profile"].set_by} == {"default"}


def test_the_hours_of_the_week_leave_room_in_a_link_and_come_back() -> None:
    thirds = tuple(1 / 3 + hour / 7 for hour in range(168))
    text = numbers_text((*thirds, 1e-7 / 3, 0.0, 2e6 / 3))
    read = [float(number) for number in text.split()]
    assert text.split()[:2] == ["0.333333", "0.47619"]
    assert text.split()[-3:] == ["3.33333e-08", "0", "666667"]
    assert read[:168] == pytest.approx(thirds, rel=5e-6)
    profile = numbers_text(thirds)
    assert len(urlencode({"profile": profile})) < 1_700
    entered = DEFAULTS | {"profile": profile, "busiest": "1.9728"}  # (1/3 + 167/7) over the mean
    assert read_fields(entered).scenario is not None


@pytest.mark.parametrize(
    ("field", "text", "told"),
    [
        ("season", "1 2 3", "3 numbers were given; give 12 for the months"),
        ("season", "0 " * 12, "All are 0; give at least one of the months some documents."),
        ("season", "1 1 1 1 1 1 1 1 1 1 1 much", "“much” cannot be read as a number"),
        ("season", "1 1 1 1 1 1 1 1 1 1 1 -1", "“-1” is out of range"),
        ("profile", "1 " * 24, "24 numbers were given; give 168 for the hours of a week"),
        # 20 over the mean of 167 + 20 documents in 168 hours
        ("profile", ONE_BUSY, "has 17.9679 times the documents of their average, and Busiest hour"),
        ("profile", OFFICE, "8 of these hours have documents, and Hours a week is 168; enter 8"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(field: str, text: str, told: str) -> None:
    read = read_fields(DEFAULTS | {field: text})
    assert read.scenario is None
    assert list(read.wrong) == [field]
    assert told in read.wrong[field]


def test_the_busiest_hour_may_be_busier_than_in_the_average_week() -> None:
    for busiest in ("17.9679", "18", "40"):
        scenario = read_fields(DEFAULTS | {"profile": ONE_BUSY, "busiest": busiest}).scenario
        assert scenario is not None
        assert scenario.peak_factor == float(busiest)
    assert list(read_fields(DEFAULTS | {"profile": ONE_BUSY, "busiest": "17.9"}).wrong) == [
        "profile"
    ]


def fields_alone() -> AppTest:
    """The fields without the rest of the page."""

    def script() -> None:
        import streamlit as st
        from streamlit.runtime.scriptrunner import get_script_run_ctx

        from app.components.arrival_fields import arrival_fields
        from app.components.fields import Fields

        fields = Fields({}, {})
        arrival_fields(fields)
        for key in ("hours", "busiest"):
            st.text_input(key, key=key)
        context = get_script_run_ctx()
        st.text(sum(map(len, context.uploaded_file_mgr.file_storage.values())))

    return AppTest.from_function(script).run()


@pytest.mark.slow
def test_a_file_of_hourly_counts_fills_in_the_fields() -> None:
    # A week from Monday on: 2 documents an hour from 8 to 16, and 6 at noon on Monday.
    hours = [(day, hour) for day in range(5, 12) for hour in range(24)]
    counts = [
        f"2026-01-{d:02}T{h:02}:00,{6 if (d, h) == (5, 12) else 2 * (8 <= h < 16)}"
        for d, h in hours
    ]
    page = fields_alone()
    page.text_input(key="season").set_value(DECEMBER).run()
    page.file_uploader[0].set_value(
        ("hours.csv", "\n".join(["timestamp,count", *counts]).encode(), "text/csv")
    )
    page.run()
    assert not problems(page)
    assert page.text[0].value == "0"  # files that the server holds
    assert page.text_input(key="hours").value == "56"
    # 55 hours with 2 documents and one with 6 are 116; the mean of the 56 is 2.0714.
    assert page.text_input(key="busiest").value == "2.8966"
    # 116 / 168 is 0.6905 an hour of the week: 2 is 2.8966 times that, 6 is 8.6897 times.
    profile = page.text_area(key="profile").value.split()
    assert (profile[7], profile[8], profile[12]) == ("0", "2.8966", "8.6897")
    assert page.text_input(key="season").value == DECEMBER  # a week says nothing about months


@pytest.mark.slow
def test_a_file_that_is_none_is_refused_by_its_name_and_changes_nothing() -> None:
    page = fields_alone()
    page.text_input(key="hours").set_value("40").run()
    page.file_uploader[0].set_value(("<i>.csv", b"timestamp,count\nnoon,3\n", "text/csv"))
    page.run()
    [told] = problems(page)
    assert "&lt;i&gt;.csv, line 2, timestamp: " in told
    assert "<i>" not in html(page)
    assert page.text_input(key="hours").value == "40"

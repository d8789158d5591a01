"""Fields for the season and the hours of the week, which a file of observed arrivals fills in."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from app.components.fields import Fields
from app.components.upload_field import drop, upload_field
from app.field_parsers import numbers_text
from app.html_pieces import problem
from app.numbers import written
from planner.errors import InputError
from planner.workload.arrivals_file import observed_arrivals

MOST_MB = 20
_UPLOADS, _WRONG = "arrivals_uploads", "arrivals_wrong"


def arrival_fields(fields: Fields) -> None:
    """When documents arrive in the year and in the week, typed or from a file."""
    number = st.session_state.setdefault(_UPLOADS, 0)
    upload_field(
        "Observed arrivals (CSV)",
        f"arrivals_file_{number}",
        MOST_MB,
        type=["csv"],
        on_change=_fill,
        help="A timestamp for each document, or the columns timestamp and count by the hour; of at "
        "least a week. It fills in the hours a week, the busiest hour, the hours of the week and, "
        "if it is of a year, the season. The file is deleted once it has been read.",
    )
    if wrong := st.session_state.pop(_WRONG, None):
        st.html(problem(wrong))
    fields.text(
        "season",
        "Season",
        "Documents an hour (or a day, as months differ in length) in each month, January first, "
        "relative to each other: 12 numbers with spaces between them. GPUs are sized for the "
        "busiest month. Empty: all months are alike.",
        placeholder="all months are alike",
    )
    fields.lines(
        "profile",
        "Hours of the week",
        "Documents in each hour, Monday 0:00 first, relative to each other: 168 numbers with "
        "spaces between them. Hours a week are those with documents, and Busiest hour is at least "
        "the most of these over their mean. Empty: all are alike.",
        placeholder="all hours are alike",
    )


def _fill() -> None:
    """Fill in the fields from the file; an error in it is told, and changes nothing."""
    file = st.session_state[f"arrivals_file_{st.session_state[_UPLOADS]}"]
    if file is None:
        return
    st.session_state[_UPLOADS] += 1  # an uploader with a new key is empty
    with TemporaryDirectory() as folder:
        path = Path(folder) / "arrivals.csv"
        path.write_bytes(file.getvalue())
        drop(file)
        try:
            found = observed_arrivals(path)
        except InputError as error:
            st.session_state[_WRONG] = str(error).replace(str(path), file.name)
            return
    st.session_state["hours"] = written(found.hours_per_week)
    st.session_state["busiest"] = written(round(found.peak_factor, 4))
    st.session_state["profile"] = numbers_text(found.hour_profile)
    if found.season:
        st.session_state["season"] = numbers_text(found.season)

"""The parts of the Plan page that are run again without the rest of it.

An entry in a field of numbers changes the field itself, which is tidied, and the answer. Streamlit
draws these two again and leaves the rest as the last whole run drew it. That rest is right as long
as only numbers have changed since, what is said below the fields is the same, and the list of
scenarios shows the same one; if not, the answer's part has the whole page run.

What comes to the server together with a number does not run the page by itself: such a widget needs
a callback that returns, or an entry that the answer's part compares.
"""

from __future__ import annotations

import streamlit as st
from streamlit.errors import StreamlitAPIException

ANSWER = "part_answer"


def part_of_field(key: str) -> str:
    """The name of the part that draws a field."""
    return f"part_{key}"


def rerun_answer_and(key: str) -> None:
    """Run a field and the answer again after this callback, or the whole page if it has none."""
    try:
        st.rerun([part_of_field(key), ANSWER])
    except StreamlitAPIException:  # the last run ended before the answer
        st.rerun()


def run_whole_page() -> None:
    """The callback of a widget that changes other parts than these: each that returns does so."""

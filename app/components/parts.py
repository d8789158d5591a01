"""The parts of the Plan page that are run again without the rest of it.

An entry in a field of numbers changes the field itself, which is tidied, and the answer; it does
not change which fields there are. So Streamlit draws these two again and leaves the rest alone.
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

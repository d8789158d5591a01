"""The answer on the screen before the charts are sent, once in each session."""

from __future__ import annotations

import streamlit as st

from app.turns import let_others_run

PAUSE_S = 1.0
"""A browser that gets answer and charts together loads Plotly, highlighter and tables (2.1 MB of
scripts) before it shows any of them. docs/serving-the-app.md says what the pause does."""

_SEEN = "answer_was_shown_first"


def let_it_be_seen() -> None:
    """Wait before more is drawn, if the session draws its first answer."""
    if _SEEN not in st.session_state:
        st.session_state[_SEEN] = True
        let_others_run(PAUSE_S)

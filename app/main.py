"""Navigation only: the pages, their names and addresses, and what all of them share."""

from __future__ import annotations

import gc
from pathlib import Path

import streamlit as st

HERE = Path(__file__).parent


@st.cache_resource(show_spinner=False)
def settle() -> None:
    """Leave what was imported to itself: Streamlit collects garbage after every run."""
    gc.collect()
    gc.freeze()


st.set_page_config(
    page_title="GPU capacity planner",
    page_icon=str(HERE / "static" / "icon.png"),
    layout="wide",
    initial_sidebar_state=380,
)
st.html(HERE / "static" / "style.css")
page = st.navigation(
    [st.Page(HERE / "pages" / "plan.py", title="Plan", default=True)], position="hidden"
)
page.run()
settle()

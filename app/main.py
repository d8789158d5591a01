"""The entry point of the app: the pages with their titles and URLs, and the settings they share."""

from __future__ import annotations

import gc
from pathlib import Path

import streamlit as st

from app.turns import turn

HERE = Path(__file__).parent


@st.cache_resource(show_spinner=False)
def exempt_imports_from_garbage_collection() -> None:
    """Exempt imported modules from garbage collection, which need not look through them."""
    gc.collect()
    gc.freeze()


st.set_page_config(
    page_title="GPU capacity planner",
    page_icon=str(HERE / "static" / "icon.png"),
    layout="wide",
    initial_sidebar_state=350,
)
st.html(HERE / "static" / "style.css")
# Popovers open outside the part of the document that Streamlit gives the theme's color-scheme.
st.html(f"<style>:root {{ color-scheme: {st.context.theme.type or 'light'}; }}</style>")
page = st.navigation(
    [
        st.Page(
            HERE / "pages" / f"{title.lower()}_page.py",
            title=title,
            url_path=title.lower(),
            default=title == "Plan",
        )
        for title in ("Plan", "Compare", "Measurements", "Calibrate", "Catalogue", "Model")
    ],
    position="top",
)
with turn():
    page.run()
exempt_imports_from_garbage_collection()

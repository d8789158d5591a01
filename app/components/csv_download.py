"""The button below a table that downloads it as CSV."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st


def csv_download(what: str, data: Callable[[], bytes], file_name: str) -> None:
    """Offer the table of ``what``; the file is made when it is asked for."""
    with st.container(horizontal_alignment="right"):
        st.download_button(
            f"Download {what} (CSV)",
            data=data,
            file_name=file_name,
            mime="text/csv",
            on_click="ignore",
            type="tertiary",
        )

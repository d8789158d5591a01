"""The entries that the browser remembers: its history, and the address of the Plan page.

At a step back or forward Streamlit takes every field from the address. Other pages have no entries
in theirs, and a reload of one begins a new session; so the tab keeps the last address with entries.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zlib import crc32

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

_REMEMBER = "sessionStorage.setItem('planner-entries', location.search)"
_RETURN = """
const entries = sessionStorage.getItem('planner-entries');
if (entries && !location.search) location.replace(location.pathname + entries);
"""


def is_step_in_history() -> bool:
    """True if the page is run because the user went back or forward."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def remember_address(chosen: str, entered: Mapping[str, Any]) -> None:
    """Let the tab keep the address whenever an entry or the scenario ``chosen`` has changed."""
    changed = crc32(repr((chosen, entered)).encode())
    st.html(f"<script>/* {changed} */ {_REMEMBER}</script>", unsafe_allow_javascript=True)


def return_to_remembered_address() -> None:
    """Let the tab open the address that it keeps, if it keeps one with entries."""
    st.html(f"<script>{_RETURN}</script>", unsafe_allow_javascript=True)

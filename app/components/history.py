"""Steps back and forward in the browser, at which Streamlit takes every field from the address."""

from __future__ import annotations

from streamlit.runtime.scriptrunner import get_script_run_ctx


def is_step_in_history() -> bool:
    """True if the page is run because the user went back or forward."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation

"""What the tab is told to remember."""

from __future__ import annotations

import re

from app_page import html
from streamlit.testing.v1 import AppTest


def remembered(chosen: str, **entered: str) -> str:
    """The script that the page has, which the browser runs again if it has changed."""

    def script(chosen: str, entered: dict[str, str]) -> None:
        from app.components.history import remember_address

        remember_address(chosen, entered)

    return html(AppTest.from_function(script, args=(chosen, entered)).run())


def test_the_address_is_kept_anew_once_an_entry_or_the_scenario_is_another() -> None:
    example = remembered("The article's case", documents="1,000")
    assert re.search(r"sessionStorage\.setItem\('planner-entries', location\.search\)", example)
    assert remembered("The article's case", documents="1,000") == example
    assert remembered("Claims", documents="1,000") != example
    assert remembered("The article's case", documents="2,000") != example

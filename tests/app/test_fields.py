"""What a link states wrongly in a field that has options is told."""

from __future__ import annotations

import pytest
from app_page import problems
from streamlit.testing.v1 import AppTest


def linked(key: str, value: str) -> AppTest:
    def script() -> None:
        import streamlit as st

        from app.components.fields import (
            Fields,
            tell_what_the_link_got_wrong,
            what_the_link_got_wrong,
        )

        fields = Fields({}, {})
        fields.choice("model", "Model", ["a/b"], accept_new_options=True)
        fields.choice("quantization", "Quantization", ["any", "awq"])
        fields.choices("terms", "Terms", ["on-demand", "spot"])
        tell_what_the_link_got_wrong("risk", "Risk", ("true", "false"))
        st.toggle("Risk", key="risk", bind="query-params")
        st.text(" ".join(what_the_link_got_wrong(fields.entered).values()))

    page = AppTest.from_function(script)
    page.query_params[key] = value
    return page.run()


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("model", "", "Model: the link states nothing. Choose one"),
        ("model", "c/d", ""),
        ("quantization", "", "Quantization: the link states nothing, which is none of any, awq."),
        ("quantization", "awq", ""),
        ("terms", "", ""),
        ("terms", "never", "which is none of on-demand, spot."),
        ("unknown", "x", ""),
    ],
)
def test_an_entry_of_the_link_that_is_no_option(key: str, value: str, told: str) -> None:
    page = linked(key, value)
    assert not page.exception
    assert told in page.text[0].value
    assert bool(told) is bool(page.text[0].value)


def test_a_switch_that_changes_no_plan_tells_it_where_it_stands() -> None:
    [message] = problems(linked("risk", "<b>"))
    assert "Risk: the link states “&lt;b&gt;”, which is none of true, false." in message
    assert not problems(linked("risk", "true"))

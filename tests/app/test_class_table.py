"""The table of kinds and the link, without the rest of the page."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

WRONG = "Claims;1;2;3;4;5;6;7;8;9;10;11"


def table_of(*kinds: str) -> AppTest:
    """The table as a link with these kinds opens it."""

    def script() -> None:
        import streamlit as st

        from app.components.class_table import class_table, redraw_class_table
        from app.components.fields import Fields, what_the_link_got_wrong
        from app.document_classes import EXAMPLE

        if st.button("Take other rows"):
            st.session_state["class_rows"] = EXAMPLE[:1]
            redraw_class_table()
        fields = Fields({}, {})
        class_table(fields, EXAMPLE)
        st.text(what_the_link_got_wrong(fields.entered).get("class_rows", "nothing"))

    page = AppTest.from_function(script, default_timeout=60)
    page.query_params["kind"] = list(kinds)
    return page.run()


def test_a_wrong_kind_stays_in_the_link_until_the_table_is_changed() -> None:
    page = table_of(WRONG)
    for _ in range(2):
        assert page.text[0].value.startswith("The link states kind 1 as “Claims;1;2")
        assert page.query_params["kind"] == WRONG
        page.run()
    page.button[0].click().run()
    assert page.text[0].value == "nothing"
    assert page.query_params["kind"] == "Claims;8,000,000;8,000;;150"


def test_the_rows_that_a_link_without_kinds_stands_for_are_in_none() -> None:
    page = table_of("Claims;8,000,000;8,000;;150", "Invoices;12,000,000;2,000;;100")
    assert "kind" not in page.query_params

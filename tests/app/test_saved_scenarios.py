"""Scenarios that are saved, loaded and deleted, and several kinds of documents in one."""

from __future__ import annotations

import pytest
from app_page import button, enter, html, problems
from streamlit.testing.v1 import AppTest

from app.services import stored_scenarios
from planner.fleet.scenario import Scenario


@pytest.mark.slow
@pytest.mark.usefixtures("own_store")
def test_a_scenario_is_saved_loaded_and_deleted_with_undo(page: AppTest) -> None:
    enter(page, documents="25,000,000", scenario_name="Claims 2027")
    button(page, "Save under this name").click()
    page.run()
    assert page.selectbox(key="scenario").value == "Claims 2027"

    button(page, "Reset all fields").click()
    page.run()
    assert page.text_input(key="documents").value == "20,000,000"

    page.selectbox(key="scenario").set_value("Claims 2027").run()
    assert page.text_input(key="documents").value == "25,000,000"
    assert "Claims 2027" in html(page)

    button(page, "Delete this scenario").click()
    page.run()
    assert stored_scenarios.saved_scenarios() == ()
    button(page, "Undo").click()
    page.run()
    assert [s.name for s in stored_scenarios.saved_scenarios()] == ["Claims 2027"]
    assert not page.exception


@pytest.mark.slow
@pytest.mark.usefixtures("own_store")
def test_a_scenarios_name_is_text_and_never_markup(page: AppTest) -> None:
    name = "![x](http://example.org/x.png) <img src=http://example.org/y.png>"
    enter(page, documents="25,000,000", scenario_name=name)
    button(page, "Save under this name").click()
    page.run()
    button(page, "Delete this scenario").click()
    page.run()
    assert "Deleted: ![x]" in html(page)
    assert "<img" not in html(page)
    assert not any("example.org" in element.value for element in [*page.markdown, *page.caption])


@pytest.mark.slow
def test_a_wrong_entry_and_a_missing_name_are_not_saved(page: AppTest) -> None:
    enter(page, budget="-1", scenario_name="Broken")
    button(page, "Save under this name").click()
    page.run()
    assert any("An entry is wrong" in message for message in problems(page))
    enter(page, budget="1,000", scenario_name="  ")
    button(page, "Save under this name").click()
    page.run()
    assert any("A name is missing" in message for message in problems(page))
    assert stored_scenarios.saved_scenarios() == ()


@pytest.mark.slow
@pytest.mark.usefixtures("own_store")
def test_a_saved_scenario_of_another_catalogue_is_told_not_raised(page: AppTest) -> None:
    stored_scenarios.save_scenario(
        "Old", Scenario(name="Old", model="gone/model", gpus=("Gone 9000",))
    )
    page.run()
    page.selectbox(key="scenario").set_value("Old").run()
    assert not page.exception
    assert len(problems(page)) == 1


@pytest.mark.slow
@pytest.mark.usefixtures("own_store")
def test_several_kinds_of_documents_are_planned_together_and_outlive_a_save(page: AppTest) -> None:
    page.multiselect(key="gpus").set_value(["L4"])
    page.session_state["class_rows"] = (
        ("Claims", "8 million", "8,000", "", "150", "", "", "", ""),
        ("<b>Bills</b>", "2 million", "2,000", "", "100", "", "", "", "24"),
    )
    page.button_group(key="size").set_value("several kinds")
    page.run()
    shown = html(page)
    # (8 x 8,000 + 2 x 2,000) / 10 and (8 x 150 + 2 x 100) / 10
    assert "10,000,000 documents a year · 2 kinds, in the mean 6,800 tokens in, 140 out" in shown
    assert "&lt;b&gt;Bills&lt;/b&gt;, 2,000,000 a year: prompts mean 2,000" in shown
    assert "done within 24 h" in shown
    page.text_input(key="scenario_name").set_value("Two kinds")
    button(page, "Save under this name").click()
    page.run()
    page.button_group(key="size").set_value("tokens")
    page.run()
    page.selectbox(key="scenario").set_value("The article's case").run()
    assert "kinds" not in html(page).partition("h2")[0]
    page.selectbox(key="scenario").set_value("Two kinds").run()
    assert "10,000,000 documents a year · 2 kinds" in html(page)


def test_a_wrong_cell_is_told_below_the_table(page: AppTest) -> None:
    page.session_state["class_rows"] = (("Claims", "lots", "8,000", "", "150", "", "", "", ""),)
    page.button_group(key="size").set_value("several kinds")
    page.run()
    [told] = problems(page)
    assert "Row 1, Documents: “lots” cannot be read as a number" in told

"""The Compare page, run without a browser."""

from __future__ import annotations

import pytest
from app_page import MAIN, html, problems
from paths import REPOSITORY
from streamlit.testing.v1 import AppTest

from app.comparison_tables import comparison_csv, comparison_table
from app.scenario_from_fields import ARTICLE_CASE
from app.services import stored_scenarios
from planner.report.plan_comparison import Compared
from planner.report.side_by_side import Row

COMPARE = REPOSITORY / "app" / "pages" / "compare_page.py"
HOSTILE = "<b>=1+1</b>"


def opened(*names: str) -> AppTest:
    page = AppTest.from_file(str(COMPARE), default_timeout=60)
    if names:
        page.query_params["compared"] = list(names)
    return page.run()


@pytest.mark.slow
def test_without_anything_saved_the_page_says_what_to_do() -> None:
    page = opened()
    assert not page.exception
    assert "Choose two to four scenarios. Save one on the Plan page" in html(page)


@pytest.mark.slow
@pytest.mark.usefixtures("own_store")
def test_a_saved_scenario_stands_beside_the_articles_case_with_its_differences_marked() -> None:
    half = ARTICLE_CASE.model_copy(update={"documents_per_year": 1e7, "gpus": ("A100 80GB",)})
    stored_scenarios.save_scenario(HOSTILE, half)
    page = opened()
    assert not page.exception
    shown = html(page)
    assert "&lt;b&gt;=1+1&lt;/b&gt;" in shown
    assert "<b>=1+1" not in shown
    assert '20,000,000</td><td class="differs">' in shown
    assert "<small>x 0.5</small>" in shown


@pytest.mark.slow
@pytest.mark.usefixtures("own_store")
def test_a_name_in_a_link_that_is_not_saved_is_refused_aloud() -> None:
    page = opened(ARTICLE_CASE.name, "Gone")
    assert not page.exception
    assert "No scenario “Gone” is saved here" in "".join(problems(page))
    assert "Choose two to four scenarios" in html(page)


@pytest.mark.slow
def test_the_entries_of_the_plan_page_can_be_compared_and_survive_it() -> None:
    page = AppTest.from_file(str(MAIN), default_timeout=60).run()
    page.selectbox(key="paper_of_report").set_value("letter")
    page.text_input(key="documents").set_value("5,000,000").run()
    page.switch_page(str(COMPARE)).run()
    assert not page.exception
    assert page.multiselect(key="compared").value == [
        "Entries of the Plan page",
        ARTICLE_CASE.name,
    ]
    page.switch_page(str(REPOSITORY / "app" / "pages" / "plan_page.py")).run()
    assert page.text_input(key="documents").value == "5,000,000"
    assert page.selectbox(key="paper_of_report").value == "letter"


ROW = Row("=name", (Compared("=name", 1, 2, "1", "<i>2</i>"),))


def test_cells_are_text_in_html_and_no_formula_in_csv() -> None:
    table = comparison_table("Answers", ["a", HOSTILE], [ROW])
    assert "&lt;i&gt;2&lt;/i&gt; <small>x 2</small>" in table
    assert "<i>" not in table
    told = comparison_csv(["a", "=b"], [ROW], []).decode("utf-8-sig").splitlines()
    assert told == ["part,name,a,'=b,differs", "question,'=name,1,2,yes"]


def test_what_reads_the_same_is_not_marked() -> None:
    row = Row("Sure", (Compared("Sure", 0.8856, 0.8935, "89 %", "89 %", is_share=True),))
    assert "differs" not in comparison_table("Answers", ["a", "b"], [row])
    told = comparison_csv(["a", "b"], [], [row]).decode("utf-8-sig").splitlines()
    assert told[1] == "answer,Sure,0.8856,0.8935,no"

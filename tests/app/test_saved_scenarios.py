"""Scenarios that are saved, loaded and deleted, and several kinds of documents in one."""

from __future__ import annotations

import pytest
from app_page import MAIN, button, enter, html, problems, upload
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from app.services import stored_scenarios
from db.connection import connect
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_file import scenario_file_text
from planner.workload.document_class import DocumentClass


def list_alone(**linked: str) -> AppTest:
    """The list of scenarios with one field and no plan, which takes a tenth of the page's time.

    ``linked`` is what the address states.
    """

    def script() -> None:
        import streamlit as st

        from app.components.saved_scenarios import scenario_list, set_scenario_to_save
        from app.components.scenario_base import unlinked_rows
        from app.scenario_from_fields import DEFAULTS, read_fields

        listed = scenario_list()
        st.text(", ".join(row[0] for row in unlinked_rows()))
        typed = st.text_input("Documents", "20,000,000", key="documents")
        entered = DEFAULTS | {"documents": typed}
        set_scenario_to_save(listed, read_fields(entered).scenario, entered)

    page = AppTest.from_function(script)
    for name, value in linked.items():
        page.query_params[name] = value
    return page.run()


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
def test_saving_over_another_scenario_asks_and_keeps_what_it_replaces(page: AppTest) -> None:
    stored_scenarios.save_scenario("Claims", Scenario(documents_per_year=1e6, gpus=("L4",)))
    page.selectbox(key="per").set_value("month")
    enter(page, documents="2,000,000", scenario_name="Claims")
    button(page, "Save under this name").click()
    page.run()
    assert "“Claims” is saved already: version 1" in "".join(problems(page))
    [kept] = stored_scenarios.versions_of("Claims")
    assert kept.scenario.documents_per_year == 1e6
    button(page, "Do not save").click()
    page.run()
    assert not problems(page)
    button(page, "Save under this name").click()
    page.run()
    button(page, "Replace").click()
    page.run()
    assert not problems(page)
    assert page.selectbox(key="scenario").value == "Claims"
    assert [v.scenario.documents_per_year for v in stored_scenarios.versions_of("Claims")] == [
        24e6,
        1e6,
    ]
    page.selectbox(key="scenario").set_value("The article's case").run()
    page.selectbox(key="scenario").set_value("Claims").run()
    assert page.text_input(key="documents").value == "2,000,000"  # as it was typed
    assert page.selectbox(key="per").value == "month"
    page.selectbox(key="scenario_version").set_value(stored_scenarios.versions_of("Claims")[1])
    button(page, "Load this version").click()
    page.run()
    assert page.text_input(key="documents").value == "1,000,000"
    assert page.selectbox(key="per").value == "year"
    assert "Claims, version 1" in html(page)
    assert not page.exception


@pytest.mark.slow
@pytest.mark.usefixtures("own_store")
def test_a_scenario_is_duplicated_and_renamed_but_not_onto_another(page: AppTest) -> None:
    stored_scenarios.save_scenario("Claims", Scenario(documents_per_year=1e6, gpus=("L4",)))
    page.run()
    page.selectbox(key="scenario").set_value("Claims").run()
    button(page, "Duplicate this scenario").click()
    page.run()
    assert page.selectbox(key="scenario").value == "Claims (copy)"
    enter(page, scenario_name="Claims")
    button(page, "Rename to this name").click()
    page.run()
    assert "“Claims” is saved already; give another name." in "".join(problems(page))
    enter(page, scenario_name="Claims 2028")
    button(page, "Rename to this name").click()
    page.run()
    assert page.text_input(key="scenario_name").placeholder == "Claims 2028"
    enter(page, scenario_name="", budget="50,000")
    button(page, "Save under this name").click()
    page.run()
    assert "“Claims 2028” is saved already: version 1" in "".join(problems(page))
    names = [saved.name for saved in stored_scenarios.saved_scenarios()]
    assert names == ["Claims", "Claims 2028"]
    assert "Claims 2028" in html(page)
    assert not page.exception


@pytest.mark.slow
@pytest.mark.usefixtures("own_store")
def test_a_file_is_imported_with_what_the_page_has_no_field_for(page: AppTest) -> None:
    stated = Scenario(name="Claims", documents_per_year=1e6, latency_p99_s=900, gpus=("L4",))
    upload(page, "claims.yaml", scenario_file_text(stated).encode())
    assert not problems(page)
    assert page.selectbox(key="scenario").value == "Claims"
    assert "Also in force, without a field here: latency p99 s." in html(page)
    enter(page, documents="2,000,000", scenario_name="More claims")
    button(page, "Save under this name").click()
    page.run()
    more = stored_scenarios.saved_scenario("More claims")
    assert more is not None
    assert more.scenario == stated.model_copy(
        update={"name": "More claims", "documents_per_year": 2e6}
    )
    again = stated.model_copy(update={"documents_per_year": 3e6})
    upload(page, "claims.yaml", scenario_file_text(again).encode())
    assert "“Claims” is saved already: version 1" in "".join(problems(page))
    assert page.text_input(key="documents").value == "3,000,000"
    assert len(stored_scenarios.versions_of("Claims")) == 1


REFUSED = {
    b"name: caf\xe9": "claims.yaml, line 1: not UTF-8 text",
    b"documents_per_year: -1": "claims.yaml, line 1: documents_per_year: -1 was given",
    b"#" * 100_001: "claims.yaml is larger than 100 kB",
    b"input_tokens: {sample: /etc/passwd, column: x}": "a file of figures is named",
    b"model: ../../etc/passwd": "That is a path",
}


@pytest.mark.slow
def test_a_file_that_is_no_scenario_is_refused(page: AppTest) -> None:
    for content, told in REFUSED.items():
        upload(page, "claims.yaml", content)
        assert not page.exception
        assert told in "".join(problems(page))


@pytest.mark.slow
@pytest.mark.usefixtures("own_store")
def test_a_link_to_a_saved_scenario_opens_it_in_a_fresh_browser() -> None:
    saved = Scenario(documents_per_year=1e6, latency_p99_s=900, gpus=("L4",))
    stored_scenarios.save_scenario("Claims", saved)
    linked = AppTest.from_file(str(MAIN), default_timeout=60)
    linked.query_params["scenario"] = "Claims"
    linked.run()
    assert not problems(linked)
    assert linked.text_input(key="documents").value == "1,000,000"
    assert "Claims" in html(linked)
    assert "latency p99 s" in html(linked)
    changed = AppTest.from_file(str(MAIN), default_timeout=60)
    changed.query_params["scenario"] = "Claims"
    changed.query_params["gpus"] = "L4"
    changed.query_params["documents"] = "3,000,000"
    changed.run()
    assert changed.text_input(key="documents").value == "3,000,000"
    assert "Claims, changed" in html(changed)


@pytest.mark.slow
def test_a_link_that_names_what_is_not_there_is_refused_aloud() -> None:
    linked = AppTest.from_file(str(MAIN), default_timeout=60)
    linked.query_params["scenario"] = "Gone <b>"
    linked.query_params["quantization"] = "q9"
    linked.run()
    assert not linked.exception
    told = "".join(problems(linked))
    assert "No scenario “Gone &lt;b&gt;” is saved here (saved: none yet)" in told
    assert "the link states “q9”, which is none of any, none, awq" in told
    assert "This result is for the article&#x27;s case, not for what was asked." in html(linked)
    enter(linked, documents="3,000,000")
    assert "No scenario “Gone" in "".join(problems(linked))
    linked.selectbox(key="scenario").set_value("The article's case").run()
    assert not problems(linked)


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
        ("Claims", "8 million", "8,000", "", "150", "", "", "", "", "", ""),
        ("<b>Bills</b>", "2 million", "2,000", "", "100", "", "", "", "24", "", ""),
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
    assert "Two kinds</p>" in html(page)
    assert "Two kinds, changed" not in html(page)
    page.button_group(key="size").set_value("tokens")
    page.run()
    page.selectbox(key="scenario").set_value("The article's case").run()
    assert "kinds" not in html(page).partition("h2")[0]
    page.selectbox(key="scenario").set_value("Two kinds").run()
    assert "10,000,000 documents a year · 2 kinds" in html(page)


@pytest.mark.slow
@pytest.mark.usefixtures("own_store")
def test_kinds_that_did_not_change_are_saved_again_without_a_question(page: AppTest) -> None:
    page.session_state["class_rows"] = (
        ("Claims", "9 million", "9 pages", "", "150", "", "", "", "", "", ""),
        ("Bills", "50k", "2000", "", "100", "", "", "", "24", "", ""),
    )
    page.button_group(key="size").set_value("several kinds")
    page.run()
    for _ in range(2):
        page.text_input(key="scenario_name").set_value("Typed kinds")
        button(page, "Save under this name").click()
        page.run()
        assert not problems(page)
    assert len(stored_scenarios.versions_of("Typed kinds")) == 1


@pytest.mark.slow
def test_a_wrong_cell_is_told_below_the_table(page: AppTest) -> None:
    page.session_state["class_rows"] = (
        ("Claims", "lots", "8,000", "", "150", "", "", "", "", "", ""),
    )
    page.button_group(key="size").set_value("several kinds")
    page.run()
    [told] = problems(page)
    assert "Row 1, Documents: “lots” cannot be read as a number" in told
    alts = [frame.proto.alt for frame in page.dataframe]
    assert alts[0] == "Kinds of documents, a row for each"
    # Each field for files mends the role that Streamlit gives it.
    assert html(page).count("new MutationObserver") == len(page.file_uploader) > 0


KINDS = Scenario(
    documents_per_year=12e6,
    input_tokens=800,
    output_tokens=50,
    gpus=("L4",),
    classes=(
        DocumentClass(name="Letters", documents_per_year=6e6, input_tokens=900, output_tokens=50),
        DocumentClass(name="Forms", documents_per_year=6e6, input_tokens=700, output_tokens=50),
    ),
)


@pytest.mark.slow
@pytest.mark.usefixtures("own_store")
def test_a_link_with_entries_to_several_kinds_shows_those_of_the_scenario() -> None:
    stored_scenarios.save_scenario("Post", KINDS, entered={"per": "month"})
    linked = AppTest.from_file(str(MAIN), default_timeout=60)
    for name, value in {"scenario": "Post", "size": "several kinds", "gpus": "L4"}.items():
        linked.query_params[name] = value
    linked.query_params["per"] = "month"
    linked.run()
    assert not problems(linked)
    assert "12,000,000 documents a year · 2 kinds, in the mean 800 tokens in" in html(linked)
    rows = linked.session_state["class_rows"]
    assert [row[:2] for row in rows] == [("Letters", "500,000"), ("Forms", "500,000")]


@pytest.mark.slow
def test_a_link_carries_the_table_of_kinds() -> None:
    linked = AppTest.from_file(str(MAIN), default_timeout=60)
    linked.query_params["size"] = "several kinds"
    linked.query_params["gpus"] = "L4"
    linked.query_params["kind"] = ["Letters;6 million;900;;50", '"<b>a; b</b>";6 million;700;;50']
    linked.run()
    assert not problems(linked)
    shown = html(linked)
    assert "12,000,000 documents a year · 2 kinds, in the mean 800 tokens in, 50 out" in shown
    assert "&lt;b&gt;a; b&lt;/b&gt;, 6,000,000 a year" in shown
    linked.button_group(key="size").set_value("tokens").run()
    assert "kind" not in linked.query_params
    linked.button_group(key="size").set_value("several kinds").run()
    assert linked.query_params["kind"][0] == "Letters;6 million;900;;50"


@pytest.mark.slow
def test_a_link_with_a_kind_that_is_none_is_refused_aloud() -> None:
    linked = AppTest.from_file(str(MAIN), default_timeout=60)
    linked.query_params["size"] = "several kinds"
    linked.query_params["kind"] = "<i>;1;2;3;4;5;6;7;8;9;10;11"
    linked.run()
    [told] = problems(linked)
    assert "The link states kind 1 as “&lt;i&gt;;1;2" in told


def make_unreadable(name: str) -> None:
    """What a newer planner may have stored: a field that this one does not know."""
    database = connect()
    with database.writing() as connection:
        changed = (
            "UPDATE scenarios SET scenario = json_set(scenario, '$.gone', 1) WHERE name = :name"
        )
        connection.execute(text(changed), {"name": name})
    database.engine.dispose()


@pytest.mark.usefixtures("own_store")
def test_a_newest_version_that_does_not_fit_blocks_nothing_and_the_one_before_is_offered() -> None:
    for version, volume in enumerate((1e6, 2e6)):
        stored_scenarios.save_scenario("A", Scenario(documents_per_year=volume), version)
    stored_scenarios.save_scenario("B", Scenario(documents_per_year=3e6))
    make_unreadable("A")
    page = list_alone()
    page.selectbox(key="scenario").set_value("B").run()
    assert page.text_input(key="documents").value == "3,000,000"
    assert not problems(page)
    page.selectbox(key="scenario").set_value("A").run()
    [told] = problems(page)
    assert "The newest version of “A” (2, " in told
    assert "does not fit this planner: gone: Extra inputs are not permitted." in told
    button(page, "Load version 1").click().run()
    assert page.text_input(key="documents").value == "1,000,000"
    assert not problems(page)
    page.text_input(key="scenario_name").set_value("A")
    button(page, "Save under this name").click().run()
    assert "“A” is saved already: version 2" in problems(page)[0]
    button(page, "Replace").click().run()
    assert not problems(page)
    assert [one.version for one in stored_scenarios.versions_of("A")] == [3, 1]


@pytest.mark.usefixtures("own_store")
def test_a_link_without_kinds_stands_for_those_of_the_scenario_that_is_chosen() -> None:
    stored_scenarios.save_scenario("Post", KINDS)
    stored_scenarios.save_scenario("A", Scenario())
    make_unreadable("A")
    page = list_alone()
    assert page.text[0].value == "Claims, Invoices"
    page.selectbox(key="scenario").set_value("Post").run()
    assert page.text[0].value == "Letters, Forms"
    page.selectbox(key="scenario").set_value("A").run()
    assert page.text[0].value == "Claims, Invoices"
    button(page, "Delete this scenario").click().run()
    assert page.text[0].value == "Claims, Invoices"


@pytest.mark.usefixtures("own_store")
def test_a_link_with_entries_of_a_scenario_that_does_not_fit_is_shown_without_it() -> None:
    stored_scenarios.save_scenario("A", Scenario())
    make_unreadable("A")
    [told] = problems(list_alone(scenario="A"))
    assert "Delete the scenario" in told
    [told] = problems(list_alone(scenario="A", size="several kinds"))
    assert "Delete the scenario" in told  # the address needs the rows of the scenario

    page = list_alone(scenario="A", documents="3,000,000")
    [told] = problems(page)
    assert "“A” cannot be read. The entries of the link are shown without it" in told
    assert page.selectbox(key="scenario").value == "The article's case"
    page.text_input(key="scenario_name").set_value("B")
    button(page, "Save under this name").click().run()
    assert stored_scenarios.saved_scenario("B") is not None


@pytest.mark.usefixtures("own_store")
def test_a_scenario_without_a_version_that_fits_is_deleted_with_undo() -> None:
    stored_scenarios.save_scenario("A", Scenario())
    make_unreadable("A")
    page = list_alone()
    page.selectbox(key="scenario").set_value("A").run()
    assert "does not fit this planner" in problems(page)[0]
    button(page, "Delete this scenario").click().run()
    assert not problems(page)
    assert stored_scenarios.newest_versions() == {}
    button(page, "Undo").click().run()
    assert list(stored_scenarios.newest_versions()) == ["A"]


@pytest.mark.usefixtures("own_store")
def test_undo_of_a_deletion_chooses_the_scenario_only_over_its_own_entries() -> None:
    for name in ("A", "B"):
        stored_scenarios.save_scenario(name, Scenario(documents_per_year=1e6))
    page = list_alone()
    page.selectbox(key="scenario").set_value("A").run()
    button(page, "Delete this scenario").click().run()
    button(page, "Undo").click().run()
    assert page.selectbox(key="scenario").value == "A"
    button(page, "Delete this scenario").click().run()
    page.selectbox(key="scenario").set_value("B").run()
    button(page, "Undo").click().run()
    assert page.selectbox(key="scenario").value == "B"
    assert {saved.name for saved in stored_scenarios.saved_scenarios()} == {"A", "B"}


@pytest.mark.usefixtures("own_store")
def test_replace_stores_the_scenario_if_the_other_one_was_deleted_meanwhile() -> None:
    stored_scenarios.save_scenario("A", Scenario(documents_per_year=1e6))
    page = list_alone()
    enter(page, documents="2,000,000", scenario_name="A")
    button(page, "Save under this name").click().run()
    stored_scenarios.delete_scenario("A")
    button(page, "Replace").click().run()
    assert not problems(page)
    [stored] = stored_scenarios.saved_scenarios()
    assert (stored.name, stored.scenario.documents_per_year) == ("A", 2e6)


@pytest.mark.slow
@pytest.mark.usefixtures("own_store")
def test_what_is_entered_at_the_moment_of_the_click_is_saved() -> None:
    page = list_alone()
    page.text_input(key="scenario_name").set_value("A")
    for documents, label in (
        ("1,000,000", "Save under this name"),
        ("2,000,000", "Save under this name"),
        ("3,000,000", "Replace"),
    ):
        page.text_input(key="documents").set_value(documents)
        button(page, label).click().run()
    assert not problems(page)
    versions = stored_scenarios.versions_of("A")
    assert [one.scenario.documents_per_year for one in versions] == [3e6, 1e6]
    button(page, "Save under this name").click().run()
    assert page.selectbox(key="scenario").value == "A"
    page.text_input(key="documents").set_value("4,000,000")
    button(page, "Save under this name").click().run()
    page.text_input(key="documents").set_value("none")
    button(page, "Replace").click().run()
    assert "An entry is wrong" in problems(page)[0]
    assert "“A” is saved already: version 2" in problems(page)[1]

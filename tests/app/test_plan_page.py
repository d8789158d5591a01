"""The pages, run without a browser."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from app_page import MAIN, enter, html, problems
from paths import REPOSITORY
from streamlit.testing.v1 import AppTest

from app.components import answer_first
from app.scenario_from_fields import ARTICLE_CASE
from app.services import opened_store, plans
from planner.wording.provenance_sentence import provenance_sentence

PAGES = sorted((REPOSITORY / "app" / "pages").glob("[a-z]*.py"))


@pytest.mark.slow
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_page_renders_by_itself(path: Path) -> None:
    found = AppTest.from_file(str(path), default_timeout=60).run()
    assert not found.exception
    assert len(found.title) == 1


def test_the_first_screen_is_the_articles_case_answered(page: AppTest) -> None:
    assert not page.exception
    plan = plans.answer(ARTICLE_CASE)
    assert plan.recommended is not None
    assert "A worked example: the case of the article" in html(page)
    assert "20,000,000 documents a year · 8,000 tokens in, 150 out" in html(page)
    assert shlex.join(plan.recommended.fleet[0].vllm_command) in [code.value for code in page.code]
    assert f"{plan.recommended.fleet[0].gpu} at $" in html(page)


@pytest.mark.slow
def test_what_may_go_wrong_is_computed_when_it_is_asked_for(page: AppTest) -> None:
    asked = "Ten minutes of planner calibrate on such a machine cost"
    assert asked not in html(page)
    page.toggle(key="risk").set_value(True).run()
    assert not page.exception
    assert asked in html(page)
    assert "The volume is taken as certain, as no range of it was entered." in html(page)


@pytest.mark.slow
def test_charts_wait_for_the_first_answer_of_each_session_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(answer_first, "PAUSE_S", 0.25)
    monkeypatch.setattr(answer_first, "let_others_run", waited.append)
    page = AppTest.from_file(str(MAIN), default_timeout=60).run()
    assert waited == [0.25]
    enter(page, documents="60 million")
    assert "60,000,000 documents a year" in html(page)
    assert waited == [0.25]
    AppTest.from_file(str(MAIN), default_timeout=60).run()
    assert waited == [0.25, 0.25]


def test_a_new_volume_is_answered_at_once(page: AppTest) -> None:
    enter(page, documents="60 million")
    assert page.text_input(key="documents").value == "60,000,000"
    assert "60,000,000 documents a year" in html(page)
    assert "A worked example" not in html(page)


@pytest.mark.slow
def test_documents_a_day_and_pages_are_understood(page: AppTest) -> None:
    page.selectbox(key="per").set_value("day")
    page.button_group(key="size").set_value("pages")
    page.run()
    enter(page, documents="50,000", pages="8", tokens_per_page="900")
    assert "18,250,000 documents a year · 7,200 tokens in" in html(page)


@pytest.mark.slow
@pytest.mark.parametrize("text", ["-1", "0", "abc", "1e18", "", "nan", "<b>x</b>"])
def test_a_wrong_volume_is_told_beside_its_field_and_the_last_answer_stays(
    page: AppTest, text: str
) -> None:
    before = [code.value for code in page.code]
    enter(page, documents=text)
    assert not page.exception
    [message] = problems(page)
    assert "documents a year" in message
    assert "<b>" not in message
    assert [code.value for code in page.code] == before
    assert "This result is for the last valid inputs." in html(page)


@pytest.mark.slow
def test_several_wrong_entries_are_told_each(page: AppTest) -> None:
    enter(page, budget="-5", hours="200", input="1.5")
    assert len(problems(page)) == 3


@pytest.mark.slow
def test_documents_beyond_the_models_context_are_told_at_their_size(page: AppTest) -> None:
    enter(page, input="100,000")
    [message] = problems(page)
    assert "exceeds the 32,768 tokens" in message


@pytest.mark.slow
def test_an_engine_version_that_is_none_is_told_at_its_field(page: AppTest) -> None:
    enter(page, engine="newest")
    [message] = problems(page)
    assert "newest" in message


@pytest.mark.slow
def test_an_engine_setting_changes_the_answer_and_says_how_sure_it_is(page: AppTest) -> None:
    assert "What the engine settings do" not in html(page)
    enter(page, cached="50")
    assert not page.exception
    assert not problems(page)
    shown = html(page)
    assert "3,981 of 7,961 prompt tokens are in the cache" in shown
    assert "docs.vllm.ai/en/latest/design/prefix_caching" in shown
    assert "--enable-prefix-caching" in page.code[0].value


@pytest.mark.slow
def test_speculation_waits_for_what_it_needs_and_complains_of_what_is_wrong(page: AppTest) -> None:
    before = [code.value for code in page.code]
    page.selectbox(key="speculation").set_value("ngram")
    page.run()
    assert not problems(page)
    assert "Not in the answer yet: enter the share of proposed tokens" in html(page)
    assert [code.value for code in page.code] == before
    enter(page, draft="5")
    [told] = problems(page)
    assert "The field is empty; give a number from 0 to 100 percent" in told
    enter(page, draft="", accepted="most")
    assert "“most” cannot be read as a number" in problems(page)[0]
    enter(page, accepted="80", proposed="5")
    assert not problems(page)
    assert "Not in the answer yet" not in html(page)
    assert "3.69 tokens a step, of 6 computed" in html(page)
    assert "num_speculative_tokens" in page.code[0].value


@pytest.mark.slow
def test_what_to_know_about_a_card_stands_beside_the_command(page: AppTest) -> None:
    page.multiselect(key="gpus").set_value(["A100 80GB"])
    page.selectbox(key="kv_cache").set_value("fp8").run()
    assert "An FP8 KV cache on A100 80GB works with the FlashInfer backend only" in html(page)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("key", "text", "told"),
    [
        ("cached", "120", "from 0 to 100 percent"),
        ("batched", "3", "from 16 to 2,000,000 tokens"),
        ("rope", "longer", "give kind:factor, such as yarn:4"),
    ],
)
def test_a_setting_that_cannot_be_is_told_at_its_field(
    page: AppTest, key: str, text: str, told: str
) -> None:
    enter(page, **{key: text})
    [problem] = problems(page)
    assert told in problem


@pytest.mark.slow
def test_a_scaling_holds_documents_beyond_the_models_context(page: AppTest) -> None:
    enter(page, input="40,000")
    assert "RoPE scaling yarn:2" in problems(page)[0]
    enter(page, rope="yarn:2", budget="")
    assert not problems(page)
    assert "ROPE_THETA stands for rope_theta" in html(page)


@pytest.mark.slow
@pytest.mark.parametrize(
    "texts",
    [
        {"documents": "1", "input": "1", "output": "1"},
        {"documents": "1,000,000,000,000"},
        {"hours": "1"},
        {"answer_within": "0.000001"},
        {"budget": "0.01"},
        {"busiest": "1000", "confidence": "99", "spare": "100"},
        {"memory": "1"},
    ],
)
def test_extreme_entries_are_answered(page: AppTest, texts: dict[str, str]) -> None:
    enter(page, **texts)
    assert not page.exception
    assert problems(page) == []


@pytest.mark.slow
def test_what_is_infeasible_comes_with_what_would_help(page: AppTest) -> None:
    page.multiselect(key="gpus").set_value(["A100 80GB"])
    enter(page, budget="5,000")
    assert "No configuration meets every limit" in html(page)
    assert "One of these changes would make it feasible" in html(page)
    assert "raise the budget to $" in html(page)


@pytest.mark.slow
def test_a_card_that_cannot_run_the_model_is_listed_with_its_reason(page: AppTest) -> None:
    page.multiselect(key="gpus").set_value(["V100 16GB"]).run()
    assert not page.exception
    assert "compute capability" in html(page)
    assert "None of the GPUs considered can run this model" in html(page)


def test_the_table_of_options_is_whole_up_to_the_price_at_1400_pixels(page: AppTest) -> None:
    [table] = page.dataframe
    settings = json.loads(table.proto.columns)
    columns = list(table.value.columns)
    shown = columns[: columns.index("Price") + 1]
    assert sum(settings[name]["width"] for name in shown) <= 988  # beside the sidebar
    assert settings["Sure"]["width"] >= 16 + 6.2 * len("over 99 %")


@pytest.mark.slow
def test_all_price_offers_are_listed_on_request(page: AppTest) -> None:
    best = len(page.dataframe[0].value)
    page.button_group(key="offers").set_value("Every price offer").run()
    plan = plans.answer(ARTICLE_CASE)
    assert len(page.dataframe[0].value) == len(plan.options) > best


@pytest.mark.slow
def test_the_addresss_parameters_fill_the_fields() -> None:
    page = AppTest.from_file(str(MAIN), default_timeout=60)
    page.query_params["documents"] = "25000000"
    page.query_params["gpus"] = ["A100 80GB"]
    page.query_params["model"] = "TheBloke/Mistral-7B-Instruct-v0.2-AWQ"
    page.run()
    assert not page.exception
    assert "25,000,000 documents a year" in html(page)
    assert page.selectbox(key="model").value == "TheBloke/Mistral-7B-Instruct-v0.2-AWQ"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("gpus", "no such card", "no such card"),
        ("model", "nobody/no-such-model", "no-such-model"),
        ("size", "miles", "the link states “miles”, which is none of tokens, pages"),
        ("terms", "never", "the link states “never”, which is none of on-demand"),
    ],
)
def test_what_the_address_states_wrongly_is_told_and_not_replaced(
    key: str, value: str, told: str
) -> None:
    page = AppTest.from_file(str(MAIN), default_timeout=60)
    page.query_params[key] = value
    page.run()
    assert not page.exception
    [message] = problems(page)
    assert told in message
    assert "This result is for the article&#x27;s case, not for what was asked." in html(page)


def test_a_wrong_number_in_the_address_is_told_and_the_example_stays() -> None:
    page = AppTest.from_file(str(MAIN), default_timeout=60)
    page.query_params["budget"] = "lots"
    page.run()
    assert not page.exception
    assert len(problems(page)) == 1
    assert len(page.code) == 1


@pytest.mark.slow
@pytest.mark.usefixtures("own_store")
def test_new_measurements_appear_without_a_restart() -> None:
    before = opened_store.forecaster().model_version
    rows = opened_store.store().measurements()
    opened_store.store().add_measurements([_as_own(rows[1])])
    assert opened_store.forecaster().model_version != before


def _as_own(row: Any) -> Any:
    from dataclasses import replace

    return replace(row, source_id="own-run", source="own run", output_tokens_per_s=57.0)


def test_a_store_that_is_no_database_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken.sqlite3"
    broken.write_bytes(b"this is no database" * 100)
    monkeypatch.setenv("PLANNER_DATABASE_URL", f"sqlite:///{broken}")
    page = AppTest.from_file(str(MAIN), default_timeout=60).run()
    assert not page.exception
    [message] = problems(page)
    assert "broken.sqlite3" in message
    assert broken.read_bytes() == b"this is no database" * 100


@pytest.mark.slow
def test_the_report_has_the_pages_figures(page: AppTest) -> None:
    from io import BytesIO

    from pypdf import PdfReader

    plan = plans.answer(ARTICLE_CASE)
    assert plan.recommended is not None
    pdf = PdfReader(BytesIO(plans.report(plan)))
    text = " ".join(page.extract_text() for page in pdf.pages)
    assert f"${plan.recommended.cost_usd_per_year:,.0f}" in text
    assert all(len(page.extract_text()) > 700 for page in pdf.pages)  # none is nearly empty
    assert plan.recommended.provenance is not None
    rests_on = provenance_sentence(plan.recommended.provenance)
    assert rests_on in html(page)
    assert rests_on in " ".join(text.split())


@pytest.mark.slow
def test_the_engine_is_started_as_the_fields_say(page: AppTest) -> None:
    page.toggle(key="eager").set_value(True)
    enter(page, sequences="16", adapters="1", memory="85")
    assert not page.exception
    assert problems(page) == []
    command = page.code[0].value
    assert "--enforce-eager --enable-lora --max-loras 1" in command
    assert "--gpu-memory-utilization 0.85" in command


@pytest.mark.slow
def test_a_length_that_the_documents_exceed_is_told(page: AppTest) -> None:
    enter(page, length="4,096")
    assert "exceeds max_model_len 4096" in "".join(problems(page))


def test_a_wrong_entry_under_a_folded_heading_is_told_above_the_fields_too() -> None:
    page = AppTest.from_file(str(MAIN), default_timeout=60)
    page.query_params["years"] = "999"
    page.run()
    [message] = problems(page)
    told = message.partition(">")[2].removesuffix("</p>")
    assert f'<p class="note">Under More assumptions: {told}</p>' in html(page)

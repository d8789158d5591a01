"""The pages, run without a browser."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from paths import REPOSITORY
from streamlit.testing.v1 import AppTest

from app import services
from app.scenario_from_fields import ARTICLE_CASE
from planner.fleet.scenario import Scenario
from planner.wording.provenance_sentence import provenance_sentence

MAIN = REPOSITORY / "app" / "main.py"
PAGES = sorted((REPOSITORY / "app" / "pages").glob("[a-z]*.py"))

MISTRAL_CONFIG = {
    "architectures": ["MistralForCausalLM"],
    "model_type": "mistral",
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "max_position_embeddings": 32768,
    "vocab_size": 32000,
    "torch_dtype": "bfloat16",
    "tie_word_embeddings": False,
}


@pytest.fixture
def page() -> AppTest:
    return AppTest.from_file(str(MAIN), default_timeout=60).run()


def html(page: AppTest) -> str:
    return "\n".join(element.proto.body for element in page.get("html"))


def problems(page: AppTest) -> list[str]:
    return [e.proto.body for e in page.get("html") if e.proto.body.startswith('<p class="problem"')]


def enter(page: AppTest, **texts: str) -> AppTest:
    for key, text in texts.items():
        page.text_input(key=key).set_value(text)
    return page.run()


def upload(page: AppTest, content: bytes, name: str = "our-org/claims-7b", base: str = "") -> None:
    page.file_uploader(key="own_config").set_value(("config.json", content, "application/json"))
    page.text_input(key="own_name").set_value(name)
    page.text_input(key="own_base").set_value(base)
    button(page, "Add and use it").click()
    page.run()


def button(page: AppTest, label: str) -> Any:
    return next(b for b in page.button if b.label == label)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_page_renders_by_itself(path: Path) -> None:
    found = AppTest.from_file(str(path), default_timeout=60).run()
    assert not found.exception
    assert len(found.title) == 1


def test_the_first_screen_is_the_articles_case_answered(page: AppTest) -> None:
    assert not page.exception
    plan = services.answer(ARTICLE_CASE)
    assert plan.recommended is not None
    assert "A worked example: the case of the article" in html(page)
    assert "20,000,000 documents a year · 8,000 tokens in, 150 out" in html(page)
    assert shlex.join(plan.recommended.fleet[0].vllm_command) in [code.value for code in page.code]
    assert f"{plan.recommended.fleet[0].gpu} at $" in html(page)


def test_what_may_go_wrong_is_computed_when_it_is_asked_for(page: AppTest) -> None:
    asked = "Ten minutes of planner calibrate on such a machine cost"
    assert asked not in html(page)
    page.toggle(key="risk").set_value(True).run()
    assert not page.exception
    assert asked in html(page)
    assert "The volume is taken as certain, as no range of it was entered." in html(page)


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


def test_several_wrong_entries_are_told_each(page: AppTest) -> None:
    enter(page, budget="-5", hours="200", input="1.5")
    assert len(problems(page)) == 3


def test_documents_beyond_the_models_context_are_told_at_their_size(page: AppTest) -> None:
    enter(page, input="100,000")
    [message] = problems(page)
    assert "exceeds the 32,768 tokens" in message


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


def test_what_is_infeasible_comes_with_what_would_help(page: AppTest) -> None:
    page.multiselect(key="gpus").set_value(["A100 80GB"])
    enter(page, budget="5,000")
    assert "No configuration meets every limit" in html(page)
    assert "One of these changes would make it feasible" in html(page)
    assert "raise the budget to $" in html(page)


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


def test_all_price_offers_are_listed_on_request(page: AppTest) -> None:
    best = len(page.dataframe[0].value)
    page.button_group(key="offers").set_value("Every price offer").run()
    plan = services.answer(ARTICLE_CASE)
    assert len(page.dataframe[0].value) == len(plan.options) > best


def test_the_addresss_parameters_fill_the_fields_and_bad_ones_are_ignored() -> None:
    page = AppTest.from_file(str(MAIN), default_timeout=60)
    page.query_params["documents"] = "25000000"
    page.query_params["gpus"] = ["A100 80GB", "no such card"]
    page.query_params["model"] = "TheBloke/Mistral-7B-Instruct-v0.2-AWQ"
    page.query_params["size"] = "miles"
    page.run()
    assert not page.exception
    assert "25,000,000 documents a year" in html(page)
    assert page.selectbox(key="model").value == "TheBloke/Mistral-7B-Instruct-v0.2-AWQ"


def page_of_model(model: str) -> AppTest:
    """The page as opened by a link with a model that was typed."""
    page = AppTest.from_file(str(MAIN), default_timeout=60)
    page.query_params["model"] = model
    return page.run()


def test_a_typed_model_is_answered_and_the_page_says_which_shape_it_took() -> None:
    page = page_of_model("RedHatAI/Qwen3-8B-FP8-dynamic")
    assert not page.exception
    assert "Qwen3-8B-FP8-dynamic is read as Qwen/Qwen3-8B, fp8, by its name." in html(page)


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("no/such-model", "is not in the catalogue"),
        ("/etc/passwd", "That is a path"),
        ("./app", "That is a path"),
        ("<b>x</b>-Llama-3.1-8B-GGUF", "&lt;b&gt;x"),
    ],
)
def test_a_model_that_is_not_understood_is_told_at_its_field(model: str, told: str) -> None:
    page = page_of_model(model)
    assert not page.exception
    assert [told in message for message in problems(page)] == [True]


def test_a_wrong_number_in_the_address_is_told_and_the_example_stays() -> None:
    page = AppTest.from_file(str(MAIN), default_timeout=60)
    page.query_params["budget"] = "lots"
    page.run()
    assert not page.exception
    assert len(problems(page)) == 1
    assert len(page.code) == 1


@pytest.mark.slow
@pytest.mark.usefixtures("own_store")
def test_an_own_model_is_added_chosen_and_kept(page: AppTest) -> None:
    upload(page, json.dumps(MISTRAL_CONFIG).encode(), base="mistralai/Mistral-7B-Instruct-v0.2")
    assert not page.exception
    assert page.selectbox(key="model").value == "our-org/claims-7b"
    assert "vllm serve ./claims-7b-awq" in page.code[0].value
    assert [m.hf_id for m in services.store().models()] == ["our-org/claims-7b"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[1, 2]", "holds no settings"),
        (b"{}", "num_hidden_layers is missing"),
        (json.dumps(MISTRAL_CONFIG | {"hidden_size": -1}).encode(), "hidden_size"),
        (json.dumps(MISTRAL_CONFIG | {"num_hidden_layers": "<script>"}).encode(), "layers"),
    ],
)
def test_a_hostile_config_gives_one_line_and_stores_nothing(
    page: AppTest, content: bytes, said: str
) -> None:
    upload(page, content)
    assert not page.exception
    [message] = problems(page)
    assert said in message
    assert "<script>" not in message
    assert services.store().models() == ()


def test_an_own_model_cannot_take_a_name_of_the_catalogue_or_an_unknown_base(
    page: AppTest,
) -> None:
    config = json.dumps(MISTRAL_CONFIG).encode()
    upload(page, config, name=ARTICLE_CASE.model)
    assert "is a model of the catalogue" in problems(page)[0]
    upload(page, config, base="/etc/passwd")
    assert "is not in the catalogue" in problems(page)[0]
    assert services.store().models() == ()


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
    assert services.saved_scenarios() == ()
    button(page, "Undo").click()
    page.run()
    assert [s.name for s in services.saved_scenarios()] == ["Claims 2027"]
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
    assert services.saved_scenarios() == ()


@pytest.mark.slow
@pytest.mark.usefixtures("own_store")
def test_a_saved_scenario_of_another_catalogue_is_told_not_raised(page: AppTest) -> None:
    services.save_scenario("Old", Scenario(name="Old", model="gone/model", gpus=("Gone 9000",)))
    page.run()
    page.selectbox(key="scenario").set_value("Old").run()
    assert not page.exception
    assert len(problems(page)) == 1


@pytest.mark.slow
@pytest.mark.usefixtures("own_store")
def test_new_measurements_appear_without_a_restart() -> None:
    before = services.forecaster().model_version
    rows = services.store().measurements()
    services.store().add_measurements([_as_own(rows[1])])
    assert services.forecaster().model_version != before


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

    plan = services.answer(ARTICLE_CASE)
    assert plan.recommended is not None
    pdf = PdfReader(BytesIO(services.report(plan)))
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


def test_a_length_that_the_documents_exceed_is_told(page: AppTest) -> None:
    enter(page, length="4,096")
    assert "exceeds max_model_len 4096" in "".join(problems(page))


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

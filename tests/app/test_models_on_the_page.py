"""Models that are typed, and models of one's own from a config.json."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from app_page import MAIN, button, html, problems
from model_configs import MISTRAL_7B
from streamlit.testing.v1 import AppTest

from app.scenario_from_fields import ARTICLE_CASE
from app.services import opened_store, plans

MISTRAL_CONFIG = MISTRAL_7B | {
    "architectures": ["MistralForCausalLM"],
    "torch_dtype": "bfloat16",
}


def upload(page: AppTest, content: bytes, name: str = "our-org/claims-7b", base: str = "") -> None:
    page.file_uploader(key="own_config").set_value(("config.json", content, "application/json"))
    page.text_input(key="own_name").set_value(name)
    page.text_input(key="own_base").set_value(base)
    button(page, "Add and use it").click()
    page.run()


def page_of_model(model: str) -> AppTest:
    """The page as opened by a link with a model that was typed."""
    page = AppTest.from_file(str(MAIN), default_timeout=60)
    page.query_params["model"] = model
    return page.run()


@pytest.mark.slow
def test_a_typed_model_is_answered_and_the_page_says_which_shape_it_took() -> None:
    page = page_of_model("RedHatAI/Qwen3-8B-FP8-dynamic")
    assert not page.exception
    assert "Qwen3-8B-FP8-dynamic is read as Qwen/Qwen3-8B, fp8, by its name." in html(page)


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.usefixtures("own_store")
def test_an_own_model_is_added_chosen_and_kept(page: AppTest) -> None:
    upload(page, json.dumps(MISTRAL_CONFIG).encode(), base="mistralai/Mistral-7B-Instruct-v0.2")
    assert not page.exception
    assert page.selectbox(key="model").value == "our-org/claims-7b"
    assert "vllm serve ./claims-7b-awq" in page.code[0].value
    assert [m.hf_id for m in opened_store.store().models()] == ["our-org/claims-7b"]


def test_the_field_shows_the_model_of_the_example_although_another_hides_it() -> None:
    page = AppTest.from_function(_only_the_model).run()
    assert not page.exception
    assert page.selectbox(key="model").value == ARTICLE_CASE.model


def _only_the_model() -> None:
    from app.components.fields import Fields

    Fields({}, {}).choice("model", "Model", ["unsloth/Mistral-7B-Instruct-v0.2"])


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
    assert opened_store.store().models() == ()


@pytest.mark.slow
def test_after_the_answered_model_was_removed_the_pages_are_still_whole() -> None:
    scenario = ARTICLE_CASE.model_copy(update={"gpus": ("L4",)})
    gone = scenario.model_copy(update={"model": "our-org/removed"})
    for name, last in (("plan", "Behind the forecast"), ("model", "How the model changed")):
        page = AppTest.from_file(str(MAIN.parent / "pages" / f"{name}_page.py"), default_timeout=60)
        page.session_state["answered"] = replace(plans.answer(scenario), scenario=gone)
        page.query_params["model"] = gone.model
        page.run()
        assert last in [header.value for header in page.header]
        if name == "plan":
            assert "not for what was asked" in html(page)


@pytest.mark.slow
def test_an_own_model_cannot_take_a_name_of_the_catalogue_or_an_unknown_base(
    page: AppTest,
) -> None:
    config = json.dumps(MISTRAL_CONFIG).encode()
    upload(page, config, name=ARTICLE_CASE.model)
    assert "is a model of the catalogue" in problems(page)[0]
    upload(page, config, base="/etc/passwd")
    assert "is not in the catalogue" in problems(page)[0]
    assert opened_store.store().models() == ()

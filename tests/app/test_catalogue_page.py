"""The Catalogue page, run without a browser."""

from __future__ import annotations

from dataclasses import replace

import pytest
from app_page import html, problems
from own_entries import CARD, CONFIG, MODEL, PRICE
from paths import REPOSITORY
from store_samples import GPU_ROW
from streamlit.testing.v1 import AppTest

from app.services import opened_store

CATALOGUE = REPOSITORY / "app" / "pages" / "catalogue_page.py"

pytestmark = pytest.mark.slow  # each runs the page several times


@pytest.fixture
def page() -> AppTest:
    return AppTest.from_file(str(CATALOGUE), default_timeout=60).run()


def fill(page: AppTest, form: str, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        key = f"{form}_{name}"
        if any(field.key == key for field in page.text_input):
            page.text_input(key=key).set_value(text)
        elif any(field.key == key for field in page.selectbox):
            page.selectbox(key=key).set_value(text)


@pytest.mark.usefixtures("own_store")
def test_a_price_is_added_changed_with_its_history_removed_and_put_back(page: AppTest) -> None:
    assert not page.exception
    fill(page, "price_entry", PRICE | {"source": "<b>invoice</b>", "provider": "Our cellar"})
    page.button(key="price_entry_save").click().run()
    [offer] = opened_store.store().offers()
    assert f"Saved: {offer.id}" in html(page)
    assert "&lt;b&gt;invoice&lt;/b&gt;" in html(page)
    assert "<b>invoice" not in html(page)
    page.button(key="price_entry_change").click().run()
    assert f"You are changing {offer.id}." in html(page)
    fill(page, "price_entry", {"price": "0.75", "as_of": "2026-11-20"})
    page.button(key="price_entry_save").click().run()
    prices = {o.as_of: (o.id, o.usd_per_hour) for o in opened_store.store().offers()}
    assert prices == {
        "2026-11-01": (f"{offer.id}-2026-11-01", 0.5),
        "2026-11-20": (offer.id, 0.75),
    }
    assert "Prices of this machine, the latest first" in html(page)
    page.button(key="price_entry_remove").click().run()
    assert f"Removed: {offer.id}" in html(page)
    page.button(key="price_entry_undo").click().run()
    assert len(opened_store.store().offers()) == 2


@pytest.mark.usefixtures("own_store")
def test_a_gpu_and_a_model_are_saved_and_listed_as_yours(page: AppTest) -> None:
    fill(page, "gpu_entry", CARD)
    page.button(key="gpu_entry_save").click().run()
    assert [gpu.name for gpu in opened_store.store().gpus()] == ["Our GPU"]
    fill(page, "model_entry", MODEL)
    page.text_area(key="model_entry_pasted").set_value(CONFIG.decode())
    page.button(key="model_entry_save").click().run()
    assert [model.hf_id for model in opened_store.store().models()] == ["our-org/claims-7b"]
    page.button_group(key="gpu_entry_shown").set_value("Yours")
    page.run()
    assert not page.exception
    assert list(page.dataframe[0].value["Name"]) == ["Our GPU"]


@pytest.mark.usefixtures("own_store")
def test_saving_an_entry_tells_what_stays_and_withdraws_the_undo_of_its_removal(
    page: AppTest,
) -> None:
    page.session_state["gpu_entry_removed"] = replace(GPU_ROW, name="Our GPU")
    page.session_state["gpu_entry_changed"] = "L4"
    fill(page, "gpu_entry", CARD)
    page.button(key="gpu_entry_save").click().run()
    assert "Saved: Our GPU." in html(page)
    assert "another name than L4, which stays beside it." in html(page)
    assert "Removed: Our GPU" not in html(page)


def test_a_form_that_another_page_has_emptied_changes_no_entry() -> None:
    page = AppTest.from_file(str(CATALOGUE), default_timeout=60)
    page.session_state["price_entry_changed"] = "an-id"
    page.run()
    assert "You are changing" not in html(page)
    assert "price_entry_changed" not in page.session_state


def test_a_wrong_entry_is_told_at_its_field_and_a_search_finds_rows(page: AppTest) -> None:
    fill(page, "gpu_entry", CARD | {"source": ""})
    page.button(key="gpu_entry_save").click()
    page.text_input(key="price_entry_search").set_value("aws h100 on-demand").run()
    assert any("Source is missing" in message for message in problems(page))
    found = page.dataframe[2].value
    assert set(found["Provider"]) == {"AWS"}
    assert set(found["Terms"]) == {"on-demand"}


def test_every_field_that_is_missing_is_told_at_once_and_by_its_label(page: AppTest) -> None:
    fill(page, "gpu_entry", CARD | {"memory_gib": "", "source": " "})
    page.button(key="gpu_entry_save").click().run()
    told = [
        "Memory by nvidia-smi (GiB) is missing, and every GPU must state it.",
        "Source is missing, and every GPU must state it.",
        "Not saved: fill in each marked field.",
    ]
    for message, problem in zip(told, problems(page), strict=True):
        assert message in problem


@pytest.mark.usefixtures("own_store")
def test_a_price_list_is_shown_before_it_is_applied(page: AppTest) -> None:
    content = (
        b"provider,gpu,gpu_count,terms,as_of,source,usd_per_hour\n"
        b"Our cellar,H100 SXM,8,on-demand,2026-11-20,contract 7,50\n"
    )
    page.button(key="price_list_show").click().run()
    assert "No file is selected" in problems(page)[0]
    page.file_uploader(key="price_list_file").set_value(("ours.csv", content, "text/csv"))
    page.button(key="price_list_show").click().run()
    assert "ours.csv would make these differences" in html(page)
    assert opened_store.store().offers() == ()
    page.button(key="price_list_apply").click().run()
    assert "Stored 1 price. Plans use it" in html(page)
    [offer] = opened_store.store().offers()
    assert (offer.usd_per_hour, offer.as_of) == (50.0, "2026-11-20")

"""The Measurements page, run without a browser."""

from __future__ import annotations

from dataclasses import replace

import pytest
from app_page import html
from paths import REPOSITORY
from store_samples import MEASUREMENT
from streamlit.testing.v1 import AppTest

from app.services import opened_store
from planner.forecast.article_analyses import ANALYSES

PAGE = REPOSITORY / "app" / "pages" / "measurements_page.py"


@pytest.fixture
def page() -> AppTest:
    return AppTest.from_file(str(PAGE), default_timeout=60).run()


def choose(page: AppTest, analysis: str) -> AppTest:
    page.button_group(key="analysis").set_value(analysis)
    return page.run()


def test_the_articles_figures_stand_there_on_the_first_visit(page: AppTest) -> None:
    assert not page.exception
    assert "throughput rises from 55 to 130 output tokens/s (2.36 times)" in html(page)
    assert "no row shown states its measured peak memory" in html(page)
    assert page.code[0].value == (
        "planner calibrate --model mistralai/Mistral-7B-Instruct-v0.2 --suite article"
    )


@pytest.mark.slow
def test_each_of_the_six_analyses_shows_a_chart_and_what_the_article_states(
    page: AppTest,
) -> None:
    for analysis in ANALYSES:
        choose(page, analysis.label)
        assert not page.exception
        assert page.header[0].value == analysis.title
        assert len(page.get("plotly_chart")) == (2 if analysis.name == "parallel" else 1)
        assert "What the article states" in [s.value for s in page.subheader]
        nothing_else = "no measurement of Hugging Face transformers" in html(page)
        assert nothing_else is (analysis.name == "transformers")


def test_an_empty_selection_says_how_to_measure_it(page: AppTest) -> None:
    page.button_group(key="measured_by").set_value("Your own")
    page.run()
    assert not page.exception
    assert "No measurements of your own show this" in html(page)
    assert not page.get("plotly_chart")


@pytest.mark.slow
@pytest.mark.usefixtures("own_store")
def test_own_measurements_come_first_and_are_text() -> None:
    mine = replace(
        MEASUREMENT,
        source_id="<b>mine</b>",
        source="<b>lab</b>",
        gpu="L4",
        gpu_memory_gb=24.0,
        quantization="awq",
        output_tokens_per_s=40.0,
    )
    one = replace(mine, concurrency=1.0, output_tokens_per_s=20.0, peak_memory_gb=21.0)
    opened_store.store().add_measurements([mine, one])
    again = AppTest.from_file(str(PAGE), default_timeout=60).run()
    assert not again.exception
    assert (
        "L4, Mistral-7B-Instruct-v0.2, AWQ, 8,000 in, 150 out: throughput rises from 20 to 40"
        in (html(again))
    )
    assert "Marks are measured peaks of 1 row" in html(again)
    assert "<b>lab</b>" not in html(again)

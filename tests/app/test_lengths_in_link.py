"""Measured distributions of lengths in a link, which has no field for them."""

from __future__ import annotations

import pytest
from app_page import MAIN, html
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from app.lengths_in_link import texts_of, with_texts
from planner.errors import InputError
from planner.fleet.scenario import Scenario
from planner.workload.document_class import DocumentClass
from planner.workload.length_distribution import of_sample
from planner.workload.length_spread import LengthSpread, Quantile, spread_of

SPREAD = LengthSpread(
    quantiles=(Quantile(probability=0.5, tokens=6000), Quantile(probability=0.95, tokens=20_000)),
    none_longer=True,
)
MEASURED = Scenario(input_tokens=8_500, input_spread=SPREAD)
TEXT = "1_end_0.5*6000_0.95*20000"


def test_a_distribution_is_written_and_read_back() -> None:
    assert texts_of(MEASURED) == {"lengths_in": [TEXT]}
    plain = MEASURED.model_copy(update={"input_spread": None})
    assert with_texts(plain, {"lengths_in": [TEXT]}) == MEASURED


def test_a_distribution_of_one_of_several_kinds() -> None:
    kinds = tuple(
        DocumentClass(name=name, documents_per_year=1, input_tokens=8_500, output_tokens=100)
        for name in ("Claims", "Invoices")
    )
    both = Scenario(documents_per_year=2, classes=kinds)
    found = with_texts(both, {"lengths_out": ["2_0.5*90_0.9*150"]})
    assert [one.output_spread is None for one in found.classes] == [True, False]
    assert texts_of(found) == {"lengths_out": ["2_0.5*90_0.9*150"]}


@given(st.lists(st.integers(1, 100_000), min_size=2, max_size=200))
def test_any_measured_sample_fits_into_a_link(tokens: list[int]) -> None:
    found = of_sample([float(one) for one in tokens])
    scenario = Scenario(input_tokens=max(1, round(found.mean)), input_spread=spread_of(found))
    texts = texts_of(scenario)
    assert bool(texts) is not found.is_fixed
    again = with_texts(scenario.model_copy(update={"input_spread": None}), texts)
    assert texts_of(again) == texts
    if again.input_spread is not None:
        read = again.input_spread.around(found.mean)
        assert read.quantile(0.95) == pytest.approx(found.quantile(0.95), rel=1e-3)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1_end",
        "2_0.5*6000_0.95*20000",
        "0_0.5*6000_0.95*20000",
        "1_0.5*6000_0.95*nan",
        "1_0.5*6000_0.95*-1",
        "1_0.5*6000_0.95*20000*7",
        "1_0.95*6000_0.5*20000",
        "one_0.5*6000_0.95*20000",
        "1_0.5*<script>",
        "1_" + "_".join(["0.5*6000"] * 61),
    ],
)
def test_what_is_no_distribution_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="The link states lengths"):
        with_texts(Scenario(), {"lengths_in": [text]})


def opened(**entries: str) -> AppTest:
    page = AppTest.from_file(str(MAIN), default_timeout=60)
    for key, text in entries.items():
        page.query_params[key] = text
    return page.run()


@pytest.mark.slow
def test_the_page_plans_with_the_lengths_of_a_link_and_keeps_them_in_it() -> None:
    page = opened(input="8,500", input_p95="20,000", lengths_in=TEXT)
    assert "how the lengths that were measured vary" in html(page)
    assert page.query_params["lengths_in"] == TEXT
    page.text_input(key="input").set_value("9,000").run()
    assert "lengths_in" not in page.query_params


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1_<script>alert(1)</script>", "The link states lengths as “1_&lt;script&gt;"),
        (TEXT, "and another mean or p95 for them"),
    ],
)
def test_the_page_refuses_the_lengths_of_a_link_aloud(text: str, said: str) -> None:
    page = opened(input="8,500", lengths_in=text)
    assert said in html(page)
    assert not page.exception

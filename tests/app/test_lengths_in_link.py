"""Measured distributions of lengths in a link, which has no field for them."""

from __future__ import annotations

import pytest
from app_page import MAIN, html
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from app.kept_fields import Base, over
from app.lengths_in_link import texts_of, with_texts
from app.scenario_from_fields import read_fields
from app.services.measured_documents import with_lengths
from planner.documents.measured_lengths import measured_lengths
from planner.documents.sample_file import CountedFile
from planner.errors import InputError
from planner.fleet.scenario import Scenario
from planner.workload.document_class import DocumentClass
from planner.workload.length_spread import LengthSpread, Quantile

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


COUNTED = st.lists(st.integers(1, 2_000_000), min_size=2, max_size=200).filter(
    lambda tokens: min(tokens) < max(tokens)
)


@given(COUNTED, COUNTED)
def test_the_pages_own_link_of_a_measured_sample_is_no_contradiction(
    prompts: list[int], answers: list[int]
) -> None:
    measured = measured_lengths([CountedFile("a", tuple(prompts))])
    whole = with_lengths(
        Scenario(), None, measured, measured_lengths([CountedFile("b", tuple(answers))])
    )
    read = read_fields(Base.of(whole).entered).scenario
    assert read is not None
    again = with_texts(read, texts_of(whole))
    assert again == whole.model_copy(update={"name": again.name})
    assert over(Base.of(again), read) == again


@given(COUNTED)
def test_a_spread_is_rounded_by_a_thousandth_at_most(tokens: list[int]) -> None:
    measured = measured_lengths([CountedFile("a", tuple(tokens))])
    assert measured.spread is not None
    for probability in (0.5, 0.95, 0.999):
        rounded = measured.spread.around(measured.lengths.mean).quantile(probability)
        assert rounded == pytest.approx(measured.lengths.quantile(probability), rel=1e-3)


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

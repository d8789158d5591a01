"""Measured distributions of lengths in a link, which has no field for them."""

from __future__ import annotations

from random import Random

import pytest
from app_page import MAIN, html
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from app.components import linked_lengths
from app.kept_fields import Base, over
from app.lengths_in_link import texts_of, with_texts
from app.scenario_from_fields import read_fields
from app.services.measured_documents import with_lengths
from planner.documents.measured_lengths import measured_lengths
from planner.documents.sample_file import CountedFile
from planner.entered.scenario_v2 import flat_fields
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


def test_the_lengths_of_three_measured_kinds_fit_into_a_link_beside_their_rows() -> None:
    random = Random(7)
    spreads = [
        measured_lengths(
            [CountedFile("a", tuple(int(random.lognormvariate(mu, 0.6)) + 1 for _ in range(1_000)))]
        ).spread
        for mu in (9, 5)  # about 8,000 and 150 tokens in the middle
    ]
    kind = DocumentClass(
        name="Claims",
        documents_per_year=1,
        input_tokens=9_700,
        output_tokens=180,
        input_spread=spreads[0],
        output_spread=spreads[1],
    )
    kinds = tuple(kind.model_copy(update={"name": name}) for name in ("A", "B", "C", "D"))
    three = Scenario(classes=kinds[:3])
    texts = texts_of(three, taken=300)
    assert [len(of_side) for of_side in texts.values()] == [3, 3]
    assert with_texts(three, texts) == three
    assert texts_of(three, taken=2_000) == {}
    assert texts_of(Scenario(classes=kinds), taken=300) == {}


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


def fields_alone() -> AppTest:
    """The Plan page as far as it reads and writes the lengths of its link."""

    def script() -> None:
        import streamlit as st

        from app.components.fields import what_the_link_got_wrong
        from app.components.linked_lengths import base_with_linked_lengths, put_lengths_into_link
        from app.components.scenario_base import base_of_fields, kept_note, whole_scenario
        from app.scenario_from_fields import DEFAULTS, read_fields

        entered = DEFAULTS | {key: st.query_params[key] for key in ("input", "input_p95")}
        read = read_fields(entered).scenario
        assert read is not None
        base = base_with_linked_lengths(read, base_of_fields({}), entered)
        whole = whole_scenario(read, base)
        is_in_link = put_lengths_into_link(read, whole, entered)
        st.text(kept_note(whole, base, is_in_link) or "")
        st.text(" ".join(what_the_link_got_wrong(entered).values()))

    return AppTest.from_function(script)


def at(page: AppTest, **entries: str) -> AppTest:
    page.query_params.clear()
    page.query_params.update(entries)
    return page.run()


def test_refused_lengths_stay_in_the_link_until_the_field_is_changed() -> None:
    page = at(fields_alone(), input="8,500", input_p95="", lengths_in=TEXT).run()
    assert "and another mean or p95 for them" in page.text[1].value
    assert TEXT in page.query_params["lengths_in"]
    page.query_params["input"] = "9,000"
    page.run()
    assert page.text[1].value == ""
    assert "lengths_in" not in page.query_params


def test_a_step_back_brings_the_lengths_of_its_link_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = {"input": "8,500", "input_p95": "20,000", "lengths_in": TEXT}
    other = "1_end_0.5*7000_0.95*30000"
    page = at(fields_alone(), **first)
    monkeypatch.setattr(linked_lengths, "is_step_in_history", lambda: True)
    at(page, input="10,000", input_p95="30,000", lengths_in=other)
    assert other in page.query_params["lengths_in"]
    at(page, **first)
    assert TEXT in page.query_params["lengths_in"]
    assert "how the lengths that were measured vary" in page.text[0].value


@pytest.mark.parametrize(
    ("target", "said"),
    [("e2e_p95_s", "how the lengths that were measured vary"), ("e2e_p50_s", "classes. They are")],
)
def test_what_the_table_of_kinds_lacks_is_told_beside_measured_lengths(
    target: str, said: str
) -> None:
    def script(whole: "Scenario") -> None:  # noqa: UP037 (this source is run alone)
        import streamlit as st

        from app.components.linked_lengths import put_lengths_into_link
        from app.components.scenario_base import kept_note
        from app.kept_fields import Base
        from app.scenario_from_fields import read_fields

        base = Base.of(whole)
        read = read_fields(base.entered, whole.name).scenario
        assert read is not None
        st.text(kept_note(whole, base, put_lengths_into_link(read, whole, base.entered)) or "")

    kind = {
        "name": "Claims",
        "documents_per_year": 2,
        "input_tokens": 8_500,
        "output_tokens": 100,
        "targets": {target: 30},
    }
    classes = [kind, kind | {"name": "Invoices"}]
    one = Scenario.model_validate(flat_fields({"classes": classes}, None, known=()))
    whole = with_texts(one, {"lengths_in": [TEXT]})
    page = AppTest.from_function(script, args=(whole,)).run()
    assert said in page.text[0].value
    assert TEXT in page.query_params["lengths_in"]


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

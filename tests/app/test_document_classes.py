"""The table of the kinds of documents, as rows of text."""

from __future__ import annotations

import pytest

from app.document_classes import EXAMPLE, read_rows, rows_of, said_of_table
from app.scenario_from_fields import DEFAULTS, KINDS, field_of, field_values_of, read_fields
from planner.errors import InputError
from planner.fleet.scenario import Scenario
from planner.workload.document_class import DocumentClass, Targets
from planner.workload.length_spread import LengthSpread, Quantile

CLAIMS = ("Claims", "8 million", "8,000", "20,000", "150", "", "30", "", "", "", "")
INVOICES = ("Invoices", "12 million", "2,000", "2,000", "100", "", "", "", "24", "", "")
BLANK = ("",) * 11


def test_each_row_is_a_class_with_its_number_lengths_and_limits() -> None:
    read = read_fields(DEFAULTS | {"size": KINDS, "class_rows": (CLAIMS, BLANK, INVOICES)})
    scenario = read.scenario
    assert scenario is not None
    assert scenario.documents_per_year == 20e6
    # (8 x 8,000 + 12 x 2,000) / 20 and (8 x 150 + 12 x 100) / 20
    assert (scenario.input_tokens, scenario.output_tokens) == (4_400, 120)
    assert scenario.classes == (
        DocumentClass(
            name="Claims",
            documents_per_year=8e6,
            input_tokens=8_000,
            output_tokens=150,
            input_spread=LengthSpread(p95=20_000),
            targets=Targets(e2e_p95_s=30),
        ),
        DocumentClass(
            name="Invoices",
            documents_per_year=12e6,
            input_tokens=2_000,
            output_tokens=100,
            input_spread=LengthSpread(p95=2_000),
            targets=Targets(done_within_h=24),
        ),
    )


@pytest.mark.parametrize(
    ("text", "tokens"), [("2 pages", 1_800), ("1 page", 900), ("0.5 Pages", 450), ("1,800", 1_800)]
)
def test_the_length_of_a_document_may_be_in_pages(text: str, tokens: int) -> None:
    [stated] = read_rows([("Invoices", "600,000", text, "", "200", *("",) * 6)], "year")
    assert stated["input_tokens"] == tokens  # 900 tokens a page


def test_the_p95_of_a_length_may_be_in_pages() -> None:
    [stated] = read_rows([("Invoices", "600,000", "2 pages", "3 pages", "200", *("",) * 6)], "year")
    assert stated["input_tokens"] == {"mean": 1_800, "p95": 2_700}


def test_a_saved_scenario_of_classes_fills_the_table_again() -> None:
    entered = DEFAULTS | {"size": KINDS, "class_rows": (CLAIMS, INVOICES), "per": "month"}
    scenario = read_fields(entered).scenario
    assert scenario is not None
    values = field_values_of(scenario)
    assert values["size"] == KINDS
    assert values["class_rows"][0] == (
        *("Claims", "96,000,000", "8,000", "20,000", "150", "", "30", "", "", "", ""),
    )
    again = read_fields(values, scenario.name).scenario
    assert again is not None
    assert again.classes == scenario.classes


def test_one_kind_is_the_same_as_its_flat_fields() -> None:
    alone = read_fields(DEFAULTS | {"size": KINDS, "class_rows": (CLAIMS,)}).scenario
    flat = DEFAULTS | {"documents": "8 million", "input_p95": "20,000", "answer_within": "30"}
    assert alone is not None
    assert alone == read_fields(flat).scenario.model_copy(update={"class_name": "Claims"})


def test_a_spread_by_quantiles_is_shown_by_its_p95() -> None:
    quantiles = (Quantile(probability=0.5, tokens=900), Quantile(probability=0.95, tokens=3_000))
    spread = LengthSpread(quantiles=quantiles)
    one = DocumentClass(
        name="Mixed",
        documents_per_year=1,
        input_tokens=1_200,
        output_tokens=10,
        input_spread=spread,
    )
    assert rows_of(Scenario(classes=(one, one.model_copy(update={"name": "b"}))))[0][3] == "3,000"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ((CLAIMS, ("Invoices", "many", *INVOICES[2:])), "Row 2, Documents: “many” cannot be read"),
        ((CLAIMS, ("", *INVOICES[1:])), "Row 2, Kind: Give a name"),
        ((("<b>x", "1", "0", *CLAIMS[3:]),), "Row 1, Tokens in: “0” is out of range"),
        ((BLANK,), "The table is empty"),
        ((), "The table is empty"),
    ],
)
def test_a_wrong_cell_is_told_by_row_and_column(
    rows: tuple[tuple[str, ...], ...], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read_rows(rows, "year")


def test_what_the_classes_contradict_is_told_at_the_table() -> None:
    read = read_fields(DEFAULTS | {"size": KINDS, "class_rows": (CLAIMS, CLAIMS)})
    assert read.scenario is None
    assert "is given twice" in read.wrong["class_rows"]


def test_the_example_is_a_scenario() -> None:
    read = read_fields(DEFAULTS | {"size": KINDS, "class_rows": EXAMPLE})
    assert read.scenario is not None
    assert [one.name for one in read.scenario.classes] == ["Claims", "Invoices"]


def test_lengths_that_no_model_holds_are_told_at_the_table() -> None:
    error = InputError("too long", field="input_tokens")
    assert field_of(error, DEFAULTS | {"size": KINDS}) == "class_rows"
    assert field_of(error, DEFAULTS) == "input"


LARGE = "Qwen/Qwen2.5-32B-Instruct"


def test_a_row_may_name_a_model_and_weights_of_its_own() -> None:
    rows = ((*CLAIMS[:9], LARGE, "16 bit"), INVOICES)
    entered = DEFAULTS | {"size": KINDS, "class_rows": rows}
    scenario = read_fields(entered).scenario
    assert scenario is not None
    assert scenario.model == DEFAULTS["model"]
    stated = [(one.model, one.quantization) for one in scenario.classes]
    assert stated == [(LARGE, "none"), (None, None)]
    assert field_values_of(scenario)["class_rows"][0][9:] == (LARGE, "none")


def test_a_model_that_all_rows_name_is_the_model_of_all() -> None:
    rows = ((*CLAIMS[:9], LARGE, ""), (*INVOICES[:9], LARGE, ""))
    scenario = read_fields(DEFAULTS | {"size": KINDS, "class_rows": rows}).scenario
    assert scenario is not None
    assert (scenario.model, scenario.quantization) == (LARGE, "awq")
    assert [one.model for one in scenario.classes] == [None, None]


def test_fields_that_are_for_one_model_are_refused_beside_rows_with_several() -> None:
    rows = ((*CLAIMS[:9], LARGE, ""), INVOICES)
    entered = DEFAULTS | {"size": KINDS, "class_rows": rows, "fleet": "L4:1:2"}
    assert read_fields(entered).wrong == {
        "fleet": "A fleet that is stated runs one model, and the kinds of documents take 2. Leave "
        "this out, or plan the kinds of each model alone."
    }


def test_weights_that_are_none_are_told_at_the_row() -> None:
    with pytest.raises(InputError, match="Row 1, Weights: “fp9” is no format of weights"):
        read_rows(((*CLAIMS[:10], "fp9"),), "year")


def test_an_unknown_model_of_a_row_is_told_at_the_table() -> None:
    error = InputError("not in the catalogue", field="classes.1.model")
    assert field_of(error, DEFAULTS | {"size": KINDS}) == "class_rows"


def test_what_is_wrong_with_a_row_is_told_with_its_row_and_column() -> None:
    row = ("Claims", "8 million", "12,000", "200", "100", "", "", "", "", "", "")
    read = read_fields(DEFAULTS | {"size": KINDS, "class_rows": (INVOICES, row)})
    assert read.wrong["class_rows"].startswith(
        "Row 2, In, p95: p95 200 was given for a mean of 12,000; "
    )
    of_a_file = InputError("hours: 200 was given", field="hours")
    assert said_of_table(of_a_file, ()) == "hours: 200 was given"


def test_rows_are_numbered_as_the_table_shows_them() -> None:
    with pytest.raises(InputError, match="Row 3, Documents: “many” cannot be read"):
        read_rows((CLAIMS, BLANK, ("Invoices", "many", *INVOICES[2:])), "year")
    field = "classes.1.targets.e2e_p95_s"
    error = InputError(f"{field}: 0 was given; it must be greater than 0", field=field)
    said = said_of_table(error, (CLAIMS, BLANK, INVOICES))
    assert said == "Row 3, Answer, p95 (s): 0 was given; it must be greater than 0"


def test_two_kinds_of_one_name_are_told_at_the_second() -> None:
    with pytest.raises(InputError) as error:
        read_rows((BLANK, CLAIMS, (" Claims ", *INVOICES[1:])), "year")
    assert str(error.value) == (
        "Row 3, Kind: “Claims” is given twice; give each kind its own name."
    )

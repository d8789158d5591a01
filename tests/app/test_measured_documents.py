"""Documents measured on the Plan page, and what their lengths do to its fields."""

from __future__ import annotations

from sample_documents import WORDS_TOKENIZER

from app.kept_fields import Base, over, typed_beside_lengths, typed_of
from app.scenario_from_fields import DEFAULTS, read_fields
from app.services.measured_documents import count_tokens, with_lengths
from planner.documents.measured_lengths import measured_answers, measured_lengths
from planner.documents.sample_file import CountedFile
from planner.fleet.scenario import Scenario
from planner.workload.document_class import DocumentClass

MEASURED = measured_lengths([CountedFile("a", (100, 200, 300, 400))])
HEAVY = measured_lengths([CountedFile("a", (100,) * 90 + (50_000,) * 10)])


def test_lengths_of_one_kind_of_document() -> None:
    found = with_lengths(Scenario(), None, MEASURED)
    assert (found.input_tokens, found.input_spread) == (250, MEASURED.spread)
    assert found.model_copy(update={"input_tokens": 8_000, "input_spread": None}) == Scenario()


def test_lengths_of_one_of_several_kinds_change_the_mean_of_all() -> None:
    kinds = (
        DocumentClass(name="Claims", documents_per_year=3, input_tokens=1_000, output_tokens=10),
        DocumentClass(name="Invoices", documents_per_year=1, input_tokens=500, output_tokens=10),
    )
    before = Scenario(classes=kinds, documents_per_year=400, input_tokens=875, output_tokens=10)
    found = with_lengths(before, "Claims", MEASURED)
    assert [one.input_tokens for one in found.classes] == [250, 500]
    assert [one.input_spread for one in found.classes] == [MEASURED.spread, None]
    assert found.input_tokens == 312  # (3 x 250 + 500) / 4 = 312.5, to the even number
    assert found.documents_per_year == 400


def test_the_page_shows_mean_and_p95_and_keeps_the_distribution() -> None:
    base = Base.of(with_lengths(Scenario(), None, MEASURED))
    assert (base.entered["input"], base.entered["input_p95"]) == ("250", "400")
    read = read_fields(base.entered).scenario
    assert read is not None
    assert over(base, read).input_spread == MEASURED.spread


def test_lengths_that_no_lognormal_has_can_be_used_and_changed_back() -> None:
    base = Base.of(with_lengths(Scenario(), None, HEAVY))
    assert (base.entered["input"], base.entered["input_p95"]) == ("5,090", "")
    read = read_fields(base.entered).scenario
    assert read is not None
    assert over(base, read).input_spread == HEAVY.spread
    back = read_fields(base.entered | {"input": "8,000", "input_p95": ""}).scenario
    assert back is not None
    assert over(base, back) == Scenario(name=back.name)


def test_lengths_that_no_lognormal_has_can_be_used_for_one_of_several_kinds() -> None:
    kinds = (
        DocumentClass(name="Claims", documents_per_year=3, input_tokens=1_000, output_tokens=10),
        DocumentClass(name="Invoices", documents_per_year=1, input_tokens=500, output_tokens=10),
    )
    before = Scenario(classes=kinds, documents_per_year=4, input_tokens=875, output_tokens=10)
    base = Base.of(with_lengths(before, "Claims", HEAVY))
    assert base.entered["class_rows"][0][2:4] == ("5,090", "")
    read = read_fields(base.entered)
    assert not read.wrong
    assert read.scenario is not None
    assert over(base, read.scenario).classes[0].input_spread == HEAVY.spread


def test_cells_stay_as_they_were_typed_if_another_kind_is_measured() -> None:
    rows = (
        ("Claims", "9 million", "9 pages", "", "150", "", "", "", "", "", ""),
        ("Bills", "50k", "2 pages", "", "100", "", "", "", "24", "", ""),
    )
    entered = DEFAULTS | {"size": "several kinds", "per": "month", "class_rows": rows}
    before = read_fields(entered).scenario
    assert before is not None
    changed = with_lengths(before, "Claims", MEASURED)
    still = typed_beside_lengths(typed_of(entered, before), "Claims", changed, "month")
    claims, bills = Base.of(changed, still).entered["class_rows"]
    assert claims == ("Claims", "9 million", "250", "400", "150", "", "", "", "", "", "")
    assert bills == rows[1]


def test_a_column_of_blanks_is_none() -> None:
    [found] = count_tokens([("a.jsonl", b'{"id": 1, "text": "one two"}')], WORDS_TOKENIZER, " ")
    assert found.tokens == (2,)


def test_answers_that_the_rows_state_become_the_tokens_out() -> None:
    rows = b'{"prompt": "one two three", "answer": "one"}\n{"prompt": "one", "answer": "a b c"}'
    counted = count_tokens([("a.jsonl", rows)], WORDS_TOKENIZER, "")
    assert (counted[0].tokens, counted[0].answers) == ((3, 1), (1, 3))
    answers = measured_answers(counted)
    found = with_lengths(Scenario(), None, measured_lengths(counted), answers)
    assert (found.input_tokens, found.output_tokens) == (2, 2)
    assert answers is not None
    assert found.output_spread == answers.spread

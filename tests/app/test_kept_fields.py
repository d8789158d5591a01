"""What the Plan page has no field for survives loading and editing."""

from __future__ import annotations

import json
from typing import Any

from app.kept_fields import Base, beyond_the_page, over, typed_of
from app.scenario_from_fields import DEFAULTS, read_fields
from planner.fleet.scenario import Scenario
from planner.workload.document_class import DocumentClass, Targets
from planner.workload.length_spread import LengthSpread, Quantile
from planner.workload.weekly_hours import DailyHours

SPREAD = LengthSpread(
    quantiles=(Quantile(probability=0.5, tokens=6000), Quantile(probability=0.95, tokens=20_000)),
)
RICH = Scenario(
    name="Rich",
    input_tokens=8_500,
    input_spread=SPREAD,
    season=tuple(range(1, 13)),
    arrival_hours=DailyHours(days=("mon", "tue"), from_="08:00", to="18:00"),
    hours_per_week=20,
    latency_p99_s=90,
    volume_confidence=0.8,
)


def edited(base: Base, **changes: Any) -> Scenario:
    read = read_fields(base.entered | changes, base.scenario.name).scenario
    assert read is not None
    return over(base, read)


def test_a_document_that_was_not_touched_is_what_it_was() -> None:
    base = Base.of(RICH)
    assert edited(base) == RICH
    assert beyond_the_page(base, RICH) == (
        "input_spread", "latency_p99_s", "arrival_hours", "volume_confidence",
    )  # fmt: skip


def test_an_edit_changes_its_field_alone() -> None:
    assert edited(Base.of(RICH), budget="1,000") == RICH.model_copy(
        update={"budget_usd_per_year": 1_000.0}
    )


def test_what_means_something_else_after_an_edit_is_not_kept() -> None:
    base = Base.of(RICH)
    other_hours = edited(base, hours="40")
    assert (other_hours.hours_per_week, other_hours.arrival_hours) == (40, None)
    longer = edited(base, input="9,000", input_p95="")
    assert (longer.input_tokens, longer.input_spread) == (9_000, None)


def test_rows_of_the_table_that_were_not_touched_keep_their_spread_and_targets() -> None:
    claims = DocumentClass(
        name="claims", documents_per_year=3e6, input_tokens=8_500, output_tokens=150,
        input_spread=SPREAD, targets=Targets(tpot_p95_ms=60),
    )  # fmt: skip
    bills = DocumentClass(
        name="bills", documents_per_year=1e6, input_tokens=2_000, output_tokens=100
    )
    base = Base.of(Scenario(documents_per_year=4e6, classes=(claims, bills)))
    assert edited(base).classes == (claims, bills)
    first, second = base.entered["class_rows"]
    rows = (first, (second[0], "5,000,000", *second[2:]))
    changed = edited(base, class_rows=rows)
    assert changed.documents_per_year == 8e6
    assert changed.classes == (claims, bills.model_copy(update={"documents_per_year": 5e6}))
    rows = ((*first[:2], "9,000", *first[3:]), second)
    assert edited(base, class_rows=rows).classes[0].targets == Targets()


def test_pages_stay_pages_as_long_as_they_say_the_same() -> None:
    entered = DEFAULTS | {"size": "pages", "pages": "12", "documents": "1,000", "per": "month"}
    scenario = read_fields(entered).scenario
    assert scenario is not None
    typed = typed_of(entered, scenario)
    assert typed == {
        "documents": "1,000", "per": "month", "size": "pages", "input": "8,000", "pages": "12",
    }  # fmt: skip
    assert Base.of(scenario, typed).entered == entered
    longer = scenario.model_copy(update={"input_tokens": 20_000})
    assert Base.of(longer, typed).entered["size"] == "tokens"


def test_kinds_that_were_typed_by_the_month_come_back_by_the_month() -> None:
    rows = (
        ("Claims", "700,000", "8,000", "", "150", "", "", "", "", "", ""),
        ("Bills", "50,000", "2,000", "", "100", "", "", "", "24", "", ""),
    )
    entered = DEFAULTS | {"size": "several kinds", "per": "month", "class_rows": rows}
    scenario = read_fields(entered).scenario
    assert scenario is not None
    assert scenario.documents_per_year == 9e6
    again = Base.of(scenario, typed_of(entered, scenario)).entered
    assert (again["per"], again["class_rows"]) == ("month", rows)


def test_cells_of_the_table_come_back_as_they_were_typed() -> None:
    rows = (
        ("Claims", "9 million", "9 pages", "", "150", "", "", "", "", "", ""),
        ("Bills", "50k", "2000", "", "100", "", "", "", "24", "", ""),
    )
    entered = DEFAULTS | {"size": "several kinds", "class_rows": rows}
    scenario = read_fields(entered).scenario
    assert scenario is not None
    stored = json.loads(json.dumps(typed_of(entered, scenario)))
    assert stored == typed_of(entered, scenario)
    assert Base.of(scenario, stored).entered["class_rows"] == rows
    longer = scenario.classes[0].model_copy(update={"input_tokens": 9_000})
    other = scenario.model_copy(update={"classes": (longer, scenario.classes[1])})
    assert Base.of(other, stored).entered["class_rows"][0][2] == "9,000"


def test_rows_of_a_table_with_other_columns_are_not_taken_back() -> None:
    entered = DEFAULTS | {"size": "several kinds"}
    scenario = read_fields(entered).scenario
    assert scenario is not None
    for stored in ([["Claims", "9 million"]], "Claims", [7]):
        again = Base.of(scenario, {"class_rows": stored}).entered
        assert again["class_rows"] == entered["class_rows"]


def test_other_digits_and_hidden_fields_are_no_change() -> None:
    row = ("Claims", "9 million", "8,000", "", "150", "", "", "", "", "", "")
    entered = DEFAULTS | {"size": "several kinds", "class_rows": (row,), "answer_within": "30"}
    scenario = read_fields(entered).scenario
    assert scenario is not None
    base = Base.of(scenario)
    assert base.entered["class_rows"] != entered["class_rows"]
    assert base.is_said_by(entered)
    assert not base.is_said_by(entered | {"budget": "40,000"})
    assert not base.is_said_by(entered | {"budget": "much"})

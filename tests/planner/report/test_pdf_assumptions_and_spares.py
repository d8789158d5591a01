"""The inputs of a plan as rows, and what the plan leaves out."""

from __future__ import annotations

from sample_plan import SCENARIO

from planner.entered.owned_hardware import OwnedHardware
from planner.fleet.scenario import Scenario
from planner.report.entries import Entry
from planner.report.pdf_assumptions_and_spares import assumptions, left_out
from planner.workload.document_class import DocumentClass, Targets


def test_every_input_of_a_scenario_is_among_the_assumptions() -> None:
    speculation = [name for name in Scenario.model_fields if name.startswith("speculative")]
    rows = len(Scenario.model_fields) - len(speculation) + 1  # speculation is one row
    # The name aside; classes with their names and both spreads are one row, the range of the
    # volume with its confidence and the cost of falling short another; days of arrival are a
    # profile if they were observed. Standard costs have no row while no cost is counted, hardware
    # while none is owned, the cost of capital none for a single year, evictions without spot
    # prices, minimum billing while there is none.
    assert len(assumptions(Scenario())) == rows - 13
    own = (OwnedHardware(gpu="L4", count=2),)
    all_rows = Scenario(
        years=2, standard_costs=("tax",), owned=own, terms=("spot",), minimum_billed_h=1
    )
    assert len(assumptions(all_rows)) == rows - 9
    assert {row.set_by for row in assumptions(Scenario())} == {"default"}
    assert all(row.reason for row in assumptions(Scenario()))


def test_an_entered_value_is_marked_as_the_users() -> None:
    rows = {row.label: row for row in assumptions(SCENARIO)}
    assert (rows["Budget a year"].value, rows["Budget a year"].set_by) == ("$30,000", "you")
    assert (rows["Documents"].value, rows["Documents"].set_by) == ("20,000,000", "default")
    assert (rows["Cost: Log storage"].value, rows["Cost: Log storage"].set_by) == ("$240", "you")


def test_an_engine_setting_says_how_sure_its_effect_is() -> None:
    scenario = Scenario(
        prefix_hit_share=0.0625,
        max_num_batched_tokens=4096,
        kv_cache_dtype="fp8",
        speculative_tokens=4,
        speculative_acceptance=0.6,
        rope_scaling="yarn:4",
    )
    rows = {row.label: row for row in assumptions(scenario) if row.set_by == "you"}
    assert {label: row.value for label, row in rows.items()} == {
        "Prefix cache hits": "6.2 %",
        "Tokens per engine step": "4,096",
        "KV cache format": "FP8",
        "Speculative decoding": "ngram, 4 tokens, 60 % accepted",
        "RoPE scaling": "yarn:4",
    }
    speculation = rows["Speculative decoding"]
    assert speculation.reason == "effect on the forecast: assumption"
    assert "arXiv 2211.17192" in (speculation.source or "")
    assert rows["RoPE scaling"].reason == "effect on the forecast: sourced"


def test_a_missing_spare_is_told_and_a_present_one_is_not() -> None:
    assert left_out(SCENARIO)[-1] == (
        "There is no spare machine: while one is down, its share of the documents waits."
    )
    spared = SCENARIO.model_copy(update={"spare_replicas": 1})
    assert left_out(spared) == left_out(SCENARIO)[:-1]


def test_costs_that_were_entered_are_told_to_be_counted() -> None:
    assert left_out(SCENARIO)[0].startswith("Besides the GPUs, the cost holds only the items")
    assert left_out(Scenario())[0].startswith(
        "The cost is that of the GPUs alone. Not counted: people"
    )


def test_what_classes_state_together_was_set_by_the_user() -> None:
    one = DocumentClass(name="a", documents_per_year=1, input_tokens=8_000, output_tokens=150)
    classes = (one, one.model_copy(update={"name": "b"}))
    rows = {row.label: row.set_by for row in assumptions(Scenario(classes=classes))}
    assert rows["Documents"] == rows["Document size, in"] == rows["Answer size, out"] == "you"


def test_what_was_typed_stands_beside_what_is_derived_from_it() -> None:
    entries = {
        "input_tokens": Entry("you", "9 pages of 900 tokens"),
        "budget_usd_per_year": Entry("preset"),
        "documents_per_year": Entry("default"),
    }
    scenario = Scenario(input_tokens=8_100, budget_usd_per_year=30_000)
    rows = {row.label: row for row in assumptions(scenario, entries)}
    size = rows["Document size, in"]
    assert (size.value, size.set_by) == ("8,100", "you")
    assert size.reason == "entered as 9 pages of 900 tokens"
    assert rows["Budget a year"].set_by == "preset"
    assert rows["Documents"].set_by == "default"


def test_limits_that_kinds_state_are_told_by_name_and_not_as_unset() -> None:
    one = DocumentClass(name="a", documents_per_year=1, input_tokens=8_000, output_tokens=150)
    claims = one.model_copy(update={"name": "Claims", "targets": Targets(done_within_h=14)})
    rows = {row.label: row for row in assumptions(Scenario(classes=(one, claims)))}
    done, answered = rows["Done within"], rows["Answer time (95 %)"]
    assert (done.value, done.unit, done.set_by, done.says_nothing) == (
        "Claims: 14", "hours", "you", False,
    )  # fmt: skip
    assert (answered.value, answered.set_by) == ("none", "default")


def test_days_that_are_assumed_are_told_as_an_assumption() -> None:
    assumed = {50.0: "five, around noon", 80.0: "all, around noon", 168.0: "not stated"}
    for hours, value in assumed.items():
        scenario = Scenario(hours_per_week=hours, processing_hours_per_week=hours)
        rows = {row.label: row for row in assumptions(scenario)}
        for label in ("Days of arrival", "Days of processing"):
            assert (rows[label].value, rows[label].set_by) == (value, "default")
            assert rows[label].says_nothing == (hours == 168.0)

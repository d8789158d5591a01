"""What the report selects, places and words before it is typeset."""

from __future__ import annotations

import doctest
import shlex
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_plan import A100, FEASIBLE_PLAN, INFEASIBLE_PLAN, L4, L40S, MEASUREMENTS, SCENARIO

from app.option_rows import rows_of
from planner.catalog.lookup import Catalog
from planner.fleet.make_plan import make_plan
from planner.fleet.plan import DoesNotFit, FleetItem, Infeasible
from planner.fleet.scenario import Scenario
from planner.forecast.forecast_values import Interval
from planner.forecast.forecaster import Forecaster
from planner.report import deploying, literal
from planner.report.assumptions import assumptions
from planner.report.chart_geometry import (
    HEIGHT_PT,
    WIDTH_PT,
    Scale,
    cost_against_capacity,
    scale_for,
)
from planner.report.checking import checked, curve_of
from planner.report.deploying import calibrate_command, calibrate_notes, command_lines, settings
from planner.report.literal import BREAK, REPLACEMENT, breakable, literal_tree
from planner.report.report_evidence import evidence_for
from planner.report.shortlist import chosen, shortlist
from planner.report.template_input import content


@pytest.mark.parametrize("module", [deploying, literal])
def test_the_examples_in_the_documentation_hold(module) -> None:
    assert doctest.testmod(module).failed == 0


def gpus(options) -> list[str]:
    return [option.fleet[0].gpu for option in options]


def test_the_shortlist_starts_with_the_recommended_option_then_the_fewest_misses() -> None:
    assert gpus(shortlist(FEASIBLE_PLAN)) == ["A100 80GB", "L40S", "H100 SXM", "RTX 3090", "T4"]


def test_each_card_is_listed_once_with_its_best_option() -> None:
    dear = replace(L40S, cost_usd_per_year=90_000.0)
    plan = replace(FEASIBLE_PLAN, options=(A100, dear, L40S))
    assert shortlist(plan) == (A100, L40S)


def test_a_cheaper_fleet_that_is_less_sure_stands_beside_the_recommended_one() -> None:
    cheaper = replace(A100, cost_usd_per_year=20_000.0, probability_meets_volume=0.6)
    plan = replace(FEASIBLE_PLAN, options=(cheaper, A100, L40S))
    assert shortlist(plan) == (A100, cheaper, L40S)


def test_among_gpus_within_the_limits_measured_ones_are_shown_first() -> None:
    cheap = replace(
        A100,
        fleet=(replace(A100.fleet[0], gpu="A40"),),
        basis="extrapolated",
        cost_usd_per_year=9_000.0,
    )
    dear = replace(A100, fleet=(replace(A100.fleet[0], gpu="L4"),), cost_usd_per_year=29_000.0)
    plan = replace(FEASIBLE_PLAN, options=(A100, cheap, dear), recommended=A100)
    assert gpus(shortlist(plan)) == ["A100 80GB", "L4", "A40"]


def test_without_a_feasible_option_the_nearest_is_the_one_to_deploy() -> None:
    assert chosen(INFEASIBLE_PLAN) == INFEASIBLE_PLAN.options[0].fleet
    assert chosen(replace(INFEASIBLE_PLAN, options=())) == ()


def test_each_card_left_out_gives_one_reason_before_any_gives_a_second(catalog: Catalog) -> None:
    refusals = tuple(
        Infeasible(gpu, 1, quantization, DoesNotFit("it does not fit", None))
        for gpu in ("A10", "V100 16GB", "L40S")
        for quantization in ("none", "awq")
    )
    plan = replace(FEASIBLE_PLAN, infeasible=refusals)
    rows = content(plan, evidence_for(plan, catalog, ()), date(2026, 11, 22))["refused"]
    assert [(row["gpu"], row["quantization"]) for row in rows] == [
        ("A10", "none"),
        ("V100 16GB", "none"),
        ("A10", "awq"),
        ("V100 16GB", "awq"),
    ]  # the L40S is among the options shown


def test_every_input_of_a_scenario_is_among_the_assumptions() -> None:
    speculation = [name for name in Scenario.model_fields if name.startswith("speculative")]
    rows = len(Scenario.model_fields) - len(speculation) + 1  # speculation is one row
    assert len(assumptions(Scenario())) == rows - 1  # the name aside
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
        "Prompt found in the prefix cache": "6.2 %",
        "Tokens an engine step": "4,096",
        "KV cache format": "FP8",
        "Speculative decoding": "ngram, 4 tokens, 60 % accepted",
        "RoPE scaling": "yarn:4",
    }
    speculation = rows["Speculative decoding"]
    assert speculation.reason == "effect on the forecast: assumption"
    assert "arXiv 2211.17192" in (speculation.source or "")
    assert rows["RoPE scaling"].reason == "effect on the forecast: sourced"


def test_the_source_of_a_settings_effect_is_among_the_sources(catalog: Catalog) -> None:
    scenario = SCENARIO.model_copy(update={"prefix_hit_share": 0.25})
    plan = replace(FEASIBLE_PLAN, scenario=scenario)
    found = content(plan, evidence_for(plan, catalog, ()), date(2026, 11, 22))
    [row] = [row for row in found["assumptions"] if row["label"].startswith("Prompt found")]
    assert row["reason"] == "effect on the forecast: sourced [1]"
    assert found["sources"][0].startswith("docs.vllm.ai/en/latest/design/prefix_caching")


def test_evidence_groups_measurements_by_card_model_version_and_author(catalog: Catalog) -> None:
    evidence = evidence_for(FEASIBLE_PLAN, catalog, MEASUREMENTS)
    assert [(g.gpu, g.engine_version, g.points) for g in evidence.measurements] == [
        ("A100 80GB", "0.6.1", 18),
        ("H100 SXM", "0.8.2", 12),
    ]
    first = evidence.measurements[0]
    assert (first.first_date, first.last_date) == ("2024-10-02", "2024-10-19")
    assert (evidence.other_points, evidence.other_cards, evidence.other_sources) == (7, 1, 1)


def test_evidence_names_the_prices_of_the_options_shown_and_the_cards_datasheet(
    catalog: Catalog,
) -> None:
    evidence = evidence_for(FEASIBLE_PLAN, catalog, ())
    assert [p.gpu for p in evidence.prices] == gpus(shortlist(FEASIBLE_PLAN))
    assert [fact.subject for fact in evidence.facts] == ["Mistral-7B-Instruct-v0.2", "A100 80GB"]
    assert evidence.facts[1].figures == "80 GB at 2,039 GB/s, 312 TFLOP/s dense FP16"


@given(st.lists(st.floats(min_value=1e-3, max_value=1e12), min_size=1, max_size=9))
def test_an_axis_holds_all_its_values_and_has_ticks_inside(values: list[float]) -> None:
    scale = scale_for(values, 100.0)
    assert all(0 <= scale.at(value) <= 100 for value in values)
    places = [scale.at(value) for value in sorted(values)]
    assert places == sorted(places)
    assert len(scale.ticks()) >= 2
    assert all(scale.low * 0.999 <= tick <= scale.high * 1.001 for tick in scale.ticks())


def test_a_narrow_range_is_linear_from_zero_and_a_wide_one_logarithmic() -> None:
    assert scale_for([10, 40], 100.0) == Scale(0.0, 44.0, 100.0)
    assert scale_for([10, 40], 100.0).ticks() == [0, 10, 20, 30, 40]
    assert scale_for([1, 1000], 100.0).log


@given(
    st.lists(
        st.tuples(st.floats(min_value=1e5, max_value=1e9), st.floats(min_value=100, max_value=1e7)),
        min_size=1,
        max_size=5,
    )
)
def test_marks_and_labels_stay_inside_the_chart(points: list[tuple[float, float]]) -> None:
    options = [
        replace(L4, cost_usd_per_year=cost, capacity_documents_per_year=Interval(x, x / 2, x * 2))
        for x, cost in points
    ]
    chart = cost_against_capacity(SCENARIO, options, [])
    assert chart is not None
    for point in chart["points"]:
        assert 0 <= point["from"] <= point["x"] <= point["to"] <= WIDTH_PT
        assert 0 <= point["y"] <= HEIGHT_PT
        assert 0 <= point["label"]["x"] <= WIDTH_PT - point["label"]["width"]


def test_the_chart_marks_demand_at_the_peak_and_the_budget() -> None:
    peak = SCENARIO.model_copy(update={"peak_factor": 1.5})
    chart = cost_against_capacity(peak, [A100], [])
    assert chart is not None
    assert chart["demand"]["text"] == "demand 30 million"
    assert chart["budget"]["text"] == "budget $30,000"
    assert chart["points"][0]["filled"]
    assert "26.1 million documents for $29,756" in chart["alt"]
    assert cost_against_capacity(SCENARIO, [], []) is None


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00\n\r"), min_size=1)


@given(st.lists(st.tuples(st.sampled_from(["--a", "--bb", "--ccc"]), WORDS), max_size=6), WORDS)
def test_a_command_over_several_lines_is_still_the_same_command(flags, model) -> None:
    words = ["vllm", "serve", model, *(word for pair in flags for word in pair)]
    lines = command_lines(words)
    assert all(line.endswith(" \\") for line in lines[:-1])
    joined = "\n".join(lines).replace(" \\\n", " ")  # what a shell makes of a continued line
    assert shlex.split(joined) == words


def test_settings_come_with_their_reason_and_unknown_ones_without() -> None:
    rows = settings(
        ("vllm", "serve", "m", "--max-num-seqs", "16", "--enforce-eager", "--new-flag", "a b")
    )
    assert [(row["flag"], row["value"]) for row in rows] == [
        ("--max-num-seqs", "16"),
        ("--enforce-eager", ""),
        ("--new-flag", "'a b'"),
    ]
    assert [bool(row["reason"]) for row in rows] == [True, True, False]


def test_the_calibration_command_quotes_what_a_user_typed() -> None:
    item: FleetItem = replace(A100.fleet[0], gpu_count=2)
    scenario = SCENARIO.model_copy(update={"model": "/models/my model; id"})
    command = calibrate_command(replace(FEASIBLE_PLAN, scenario=scenario), item)
    assert shlex.join(command) == (
        "planner calibrate --model '/models/my model; id' --quantization awq --gpu-count 2 "
        "--suite quick"
    )


def test_the_calibration_is_under_the_engine_settings_of_the_scenario() -> None:
    changed = {
        "prefix_hit_share": 0.0625,
        "kv_cache_dtype": "fp8",
        "speculative_method": "eagle",
        "speculative_tokens": 4,
        "speculative_acceptance": 0.7,
    }
    scenario = SCENARIO.model_copy(update=changed)
    command = calibrate_command(replace(FEASIBLE_PLAN, scenario=scenario), A100.fleet[0])
    assert shlex.join(command).endswith(
        " --suite quick --prefix-share 0.0625 --kv-cache-dtype fp8 --speculative-method eagle "
        "--speculative-tokens 4 --speculative-acceptance 0.7 --speculative-model ./draft-model"
    )
    assert calibrate_notes(command) == [
        "./draft-model stands for your draft: a folder, or its Hugging Face id."
    ]


def test_the_calibration_is_around_the_scenario_where_that_is_given() -> None:
    item = A100.fleet[0]
    assert calibrate_command(FEASIBLE_PLAN, item)[-2:] == ("--suite", "quick")
    given = calibrate_command(FEASIBLE_PLAN, item, "my claims.yaml")
    assert given[-2:] == ("--workload", "my claims.yaml")
    assert calibrate_notes(given) == []
    longer = SCENARIO.model_copy(update={"input_tokens": 9_000})
    unnamed = calibrate_command(replace(FEASIBLE_PLAN, scenario=longer), item)
    assert unnamed[-2:] == ("--workload", "scenario.yaml")
    assert "scenario.yaml states this scenario" in calibrate_notes(unnamed)[0]


@given(st.text(max_size=200))
def test_literal_text_keeps_no_character_that_steers_the_layout(text: str) -> None:
    shown = literal.literal(text)
    assert not any(ord(c) < 32 or 0x202A <= ord(c) <= 0x202E for c in shown)
    assert not any(0xD800 <= ord(c) <= 0xDFFF for c in shown)


def test_plain_text_is_left_as_it_is() -> None:
    for text in ("Claims 2027", "mistralai/Mistral-7B-Instruct-v0.2", "ÄÖÜ – 保険金", "شركة"):
        assert literal_tree(text) == text


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), max_size=300))
def test_no_run_is_longer_than_its_column_and_nothing_visible_changes(text: str) -> None:
    broken = breakable(text, 12)
    assert broken.replace(BREAK, "") == text
    runs = broken.replace("-", " ").replace("/", " ").replace(BREAK, " ").split()
    assert all(len(run) <= 12 for run in runs)


def test_a_control_character_is_shown_as_a_replacement() -> None:
    assert literal.literal("a\x00\u202eb") == f"a{REPLACEMENT}{REPLACEMENT}b"


def test_the_report_says_how_the_forecast_was_checked_on_all_cards_and_on_the_advised_one(
    catalog: Catalog,
) -> None:
    accuracy = checked(FEASIBLE_PLAN, catalog)
    figures = dict(accuracy.figures)
    on_card = next(label for label in figures if label.endswith("on A100 80GB"))
    assert on_card.startswith("Error before measuring, ")
    assert figures["Error before measuring, all cards"].endswith(" %")
    assert "forecast without their own source's data" in accuracy.text


def test_a_card_that_nobody_checked_is_said_to_be_unchecked(catalog: Catalog) -> None:
    item = replace(FEASIBLE_PLAN.options[0].fleet[0], gpu="L40")
    plan = replace(FEASIBLE_PLAN, recommended=replace(FEASIBLE_PLAN.options[0], fleet=(item,)))
    assert dict(checked(plan, catalog).figures)["Error before measuring, L40"] == "not checked"


def test_a_card_in_another_slot_has_the_record_of_its_chip(catalog: Catalog) -> None:
    item = replace(FEASIBLE_PLAN.options[0].fleet[0], gpu="A100 80GB PCIe")
    plan = replace(FEASIBLE_PLAN, recommended=replace(FEASIBLE_PLAN.options[0], fleet=(item,)))
    assert checked(plan, catalog) == checked(FEASIBLE_PLAN, catalog)


def test_the_curve_goes_through_what_was_measured_at_the_scenarios_size(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    case = Scenario(quantization="awq", gpus=("A100 80GB",))
    curve = curve_of(make_plan(case, forecaster, catalog), forecaster, catalog)
    assert curve is not None
    # the article: 55 and 130 output tokens/s at 1 and 32 parallel requests of 8,000 in, 150 out
    assert {(1.0, 55.0), (32.0, 130.0)} <= {(n, round(value)) for n, value in curve.measured}
    assert all(i.low < i.value < i.high for _, i in curve.forecast)
    assert len(curve.forecast) < 100


def test_what_was_measured_with_other_settings_is_not_drawn_as_measured(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    case = Scenario(quantization="awq", gpus=("A100 80GB",), prefix_hit_share=0.5)
    curve = curve_of(make_plan(case, forecaster, catalog), forecaster, catalog)
    assert curve is not None
    assert curve.measured == ()


def test_where_nothing_runs_there_is_no_curve(forecaster: Forecaster, catalog: Catalog) -> None:
    nothing = replace(INFEASIBLE_PLAN, options=(), recommended=None)
    assert curve_of(nothing, forecaster, catalog) is None
    assert "all cards" in checked(nothing, catalog).figures[0][0]


def test_the_articles_price_is_an_estimate_and_no_ones_offer(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    case = Scenario(quantization="awq", gpus=("RTX 3090",))
    plan = make_plan(case, forecaster, catalog)
    found = content(plan, evidence_for(plan, catalog, ()), date(2026, 11, 22))
    assert found["options"][0]["terms"] == "2024 estimate"
    assert (found["prices"][0]["instance"], found["prices"][0]["terms"]) == (
        "RTX 3090",
        "2024 estimate",
    )
    assert found["deploy"][0]["title"] == (
        "3 replicas on 3 x RTX 3090, at the price of a 2024 estimate"
    )
    [row] = rows_of(plan, plan.options[:1]).to_dict("records")
    assert row["Price"] == "article, 2024 estimate"
    [offered] = content(
        FEASIBLE_PLAN, evidence_for(FEASIBLE_PLAN, catalog, ()), date(2026, 11, 22)
    )["deploy"]
    assert offered["title"] == "1 replica on 1 x Fixture Cloud fx.1x"

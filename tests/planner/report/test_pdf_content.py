"""What the PDF says, before it is typeset."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sample_plan import FEASIBLE_PLAN, SCENARIO

from app.option_rows import rows_of
from planner.catalog.lookup import Catalog
from planner.fleet.make_plan import make_plan
from planner.fleet.plan import Infeasible
from planner.fleet.refusals import DoesNotFit
from planner.fleet.scenario import Scenario
from planner.forecast.forecaster import Forecaster
from planner.report.pdf_content import content
from planner.report.pdf_evidence import evidence_for


def test_each_card_left_out_gives_one_reason_before_any_gives_a_second(catalog: Catalog) -> None:
    refusals = tuple(
        Infeasible(gpu, 1, quantization, DoesNotFit(f"{gpu} is too small", None))
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


def test_the_source_of_a_settings_effect_is_among_the_sources(catalog: Catalog) -> None:
    scenario = SCENARIO.model_copy(update={"prefix_hit_share": 0.25})
    plan = replace(FEASIBLE_PLAN, scenario=scenario)
    found = content(plan, evidence_for(plan, catalog, ()), date(2026, 11, 22))
    [row] = [row for row in found["assumptions"] if row["label"].startswith("Prefix cache")]
    assert row["reason"] == "effect on the forecast: sourced [1]"
    assert found["sources"][0].startswith("docs.vllm.ai/en/latest/design/prefix_caching")


def test_the_articles_price_is_an_estimate_and_no_ones_offer(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    case = Scenario(quantization="awq", gpus=("RTX 3090",), terms=("estimate",))
    plan = make_plan(case, forecaster, catalog)
    found = content(plan, evidence_for(plan, catalog, ()), date(2026, 11, 22))
    assert found["options"][0]["terms"] == "2024 estimate"
    assert (found["prices"][0]["instance"], found["prices"][0]["terms"]) == (
        "RTX 3090",
        "2024 estimate",
    )
    assert found["deploy"][0]["title"] == (
        "4 replicas on 4 x RTX 3090, at the price of a 2024 estimate"
    )
    [row] = rows_of(plan, plan.options[:1]).to_dict("records")
    assert row["Price"] == "article, 2024 estimate"
    [offered] = content(
        FEASIBLE_PLAN, evidence_for(FEASIBLE_PLAN, catalog, ()), date(2026, 11, 22)
    )["deploy"]
    assert offered["title"] == "1 replica on 1 x Fixture Cloud fx.1x"

"""One class asks for more than the budget pays for: what it would have to give up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from planner.catalog.lookup import Catalog
from planner.fleet.plan import Plan, Remedy
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_file import read_scenario_file
from planner.forecast.forecaster import Forecaster
from planner.mixing.whole_plan import whole_plan
from planner.wording.lever_sentences import lever_change
from planner.wording.remedy_sentences import change_of
from planner.wording.why_not import infeasible_remedy

TWO_CLASSES: dict[str, Any] = {
    "schema_version": 2,
    "model": "mistralai/Mistral-7B-Instruct-v0.2",
    "quantization": "awq",
    "classes": [
        {
            "name": "claims",
            "documents_per_year": 8_000_000,
            "input_tokens": {"mean": 8000, "p95": 20000},
            "output_tokens": {"mean": 150, "p95": 260},
            "targets": {"e2e_p95_s": 12},
        },
        {
            "name": "chat",
            "documents_per_year": 12_000_000,
            "input_tokens": 500,
            "output_tokens": 100,
            "targets": {"e2e_p95_s": 60, "ttft_p95_s": 20},
        },
    ],
    "hardware": {"gpus": ["L4", "A100 80GB"]},
}


@pytest.fixture
def asked(tmp_path: Path) -> Any:
    """Reads a version 2 scenario with the limits given."""

    def read(changes: dict[str, float] | None = None, **more: Any) -> Scenario:
        text = yaml.safe_load(yaml.safe_dump(TWO_CLASSES | more))
        text["classes"][0]["targets"] |= changes or {}
        path = tmp_path / "scenario.yaml"
        path.write_text(yaml.safe_dump(text))
        return read_scenario_file(path)

    return read


def of_targets(plan: Plan) -> list[Remedy]:
    return [remedy for remedy in plan.remedies if remedy.changed == "target"]


def test_a_class_that_asks_for_too_much_is_told_what_the_budget_gives(
    asked: Any, forecaster: Forecaster, catalog: Catalog
) -> None:
    limits = {"budget_usd_per_year": 12_000, "confidence": 0.8}
    short = whole_plan(asked(limits=limits), forecaster, catalog)
    assert short.recommended is None
    [remedy] = of_targets(short)
    assert remedy.target is not None
    assert (remedy.target.class_name, remedy.target.name) == ("claims", "e2e_p95_s")
    value = f"{remedy.value:g}"
    assert change_of(remedy) == (
        f"class claims: let 95 % of the answers take up to {value} s instead of 12 s "
        f"(e2e_p95_s: {value})"
    )
    typed = whole_plan(asked({"e2e_p95_s": float(value)}, limits=limits), forecaster, catalog)
    assert typed.recommended is not None
    assert typed.recommended.cost_usd_per_year <= 12_000
    assert remedy.scenario.classes == typed.scenario.classes
    less = 0.985 * remedy.value  # a step of three digits, and what is found to 0.01 sd
    assert (
        whole_plan(asked({"e2e_p95_s": less}, limits=limits), forecaster, catalog).recommended
        is None
    )


def test_a_target_that_is_not_at_fault_is_left_alone(
    asked: Any, forecaster: Forecaster, catalog: Catalog
) -> None:
    # 3,000 USD pay for no machine of either GPU.
    poor = whole_plan(asked(limits={"budget_usd_per_year": 3_000}), forecaster, catalog)
    assert poor.recommended is None
    assert of_targets(poor) == []


def test_one_target_alone_does_not_help_if_two_are_missed(
    asked: Any, forecaster: Forecaster, catalog: Catalog
) -> None:
    both = whole_plan(
        asked({"e2e_p95_s": 0.01, "ttft_p95_s": 0.01}, limits={"confidence": 0.8}),
        forecaster,
        catalog,
    )
    assert both.recommended is None
    assert of_targets(both) == []


def test_a_limit_on_all_first_tokens_names_its_option(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    fields = {"quantization": "awq", "budget_usd_per_year": 12_000, "documents_per_year": 5e6}
    short = whole_plan(Scenario.model_validate(fields | {"ttft_p95_s": 0.5}), forecaster, catalog)
    [remedy] = of_targets(short)
    value = f"{remedy.value:g}"
    assert change_of(remedy) == (
        f"let 95 % of the first tokens take up to {value} s instead of 0.5 s (--ttft-p95 {value})"
    )
    again = Scenario.model_validate(fields | {"ttft_p95_s": remedy.value})
    assert whole_plan(again, forecaster, catalog).recommended is not None


def test_a_stated_fleet_is_told_what_its_classes_may_ask_for(
    asked: Any, forecaster: Forecaster, catalog: Catalog
) -> None:
    hardware = {"fleet": [{"gpu": "L4", "gpu_count": 1, "replicas": 3}]}
    short = whole_plan(asked(hardware=hardware), forecaster, catalog)
    assert short.recommended is None
    [remedy] = of_targets(short)
    typed = whole_plan(asked({"e2e_p95_s": remedy.value}, hardware=hardware), forecaster, catalog)
    assert typed.recommended is not None


def test_each_class_of_another_model_has_a_target_of_its_own(
    asked: Any, forecaster: Forecaster, catalog: Catalog
) -> None:
    classes = [dict(one) for one in TWO_CLASSES["classes"]]
    classes[1] |= {"model": "Qwen/Qwen2.5-7B-Instruct"}
    limits = {"budget_usd_per_year": 14_000, "confidence": 0.8}
    short = whole_plan(asked(classes=classes, limits=limits), forecaster, catalog)
    assert short.recommended is None
    [remedy] = of_targets(short)
    assert remedy.target is not None
    assert remedy.target.class_name == "claims"
    typed = whole_plan(
        asked({"e2e_p95_s": remedy.value}, classes=classes, limits=limits), forecaster, catalog
    )
    assert typed.recommended is not None


def test_the_target_that_makes_a_plan_dear_is_a_lever(
    asked: Any, forecaster: Forecaster, catalog: Catalog
) -> None:
    dear = whole_plan(asked(limits={"confidence": 0.8}), forecaster, catalog)
    [lever] = [one for one in dear.levers if one.change == "looser_target"]
    assert lever_change(dear, lever) == (
        "class claims: letting 95 % of the answers take up to 24 s instead of 12 s (e2e_p95_s: 24)"
    )
    typed = whole_plan(
        asked({"e2e_p95_s": 24}, limits={"confidence": 0.8}), forecaster, catalog
    ).recommended
    assert typed is not None
    assert typed.cost_usd_per_year == pytest.approx(lever.cost_usd_per_year)


def test_more_replicas_are_not_advised_where_an_idle_one_is_too_slow(
    asked: Any, forecaster: Forecaster, catalog: Catalog
) -> None:
    late = whole_plan(asked({"e2e_p95_s": 0.1}), forecaster, catalog)
    assert late.recommended is None
    told = {infeasible_remedy(late.scenario, entry) for entry in late.infeasible}
    assert told == {"a looser limit on answers, shorter documents, or a faster GPU"}


def test_a_deadline_that_the_budget_does_not_pay_for_is_moved(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    fields = {
        "quantization": "awq", "gpus": ("A100 80GB",), "documents_per_year": 30e6,
        "hours_per_week": 10.0, "processing_hours_per_week": 168.0,
        "budget_usd_per_year": 40_000.0,
    }  # fmt: skip
    short = whole_plan(
        Scenario.model_validate(fields | {"done_within_h": 2.0}), forecaster, catalog
    )
    assert short.recommended is None
    [remedy] = of_targets(short)
    value = f"{remedy.value:g}"
    assert change_of(remedy) == (
        f"let each document take up to {value} h instead of 2 h (--done-within-h {value})"
    )

    def enough(hours: float) -> bool:
        asked = Scenario.model_validate(fields | {"done_within_h": hours})
        return whole_plan(asked, forecaster, catalog).recommended is not None

    assert enough(float(value))
    assert not enough(0.985 * float(value))

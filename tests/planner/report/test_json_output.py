"""Results as JSON: what is unknown is null, never NaN or 0."""

from __future__ import annotations

import json
import math
from dataclasses import replace

from sample_plan import A100, FEASIBLE_PLAN, SCENARIO

from planner.fleet.plan import Latency
from planner.report.json_output import document, option_json, plan_json


def test_nan_and_infinity_become_null_wherever_they_are() -> None:
    text = document({"a": math.nan, "b": [1.5, -math.inf, {"c": math.inf}], "d": (0, None, "NaN")})
    assert json.loads(text) == {"a": None, "b": [1.5, None, {"c": None}], "d": [0, None, "NaN"]}


def test_text_of_any_script_survives() -> None:
    assert json.loads(document({"name": 'Kläger "A" \x1b 請求'})) == {
        "name": 'Kläger "A" \x1b 請求'
    }


def test_an_answer_time_that_nobody_knows_is_null() -> None:
    late = replace(A100, answers=lambda: Latency(None, None))
    assert option_json(FEASIBLE_PLAN, late)["latency_s"] == {"p50": None, "p95": None}


def test_the_year_of_a_model_states_the_weights_that_its_fleet_takes() -> None:
    # The scenario compares all weights.
    [item] = A100.fleet
    both = replace(A100, fleet=(item, replace(item, quantization="fp8")))
    best = replace(A100, of_models=(A100, both), scenarios=(SCENARIO, SCENARIO))
    year = plan_json(replace(FEASIBLE_PLAN, recommended=best))["year_by_hour"]
    assert [one["quantization"] for one in year["models"]] == ["awq", None]

"""Results as JSON: what is unknown is null, never NaN or 0."""

from __future__ import annotations

import json
import math
from dataclasses import replace

from sample_plan import A100, FEASIBLE_PLAN, SCENARIO

from planner.fleet.sizing import Latency
from planner.report.fleet_json import fleet_item_json
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


def test_joined_machines_are_counted_and_priced_one_by_one() -> None:
    price = A100.fleet[0].price_offer
    pair = replace(
        price, machines=2, gpu_count=16, usd_per_hour=51.2, usd_per_year=51.2 * 8760,
        fallback_usd_per_hour=80.0,
    )  # fmt: skip
    item = replace(
        A100.fleet[0], gpu_count=16, replicas=3, instances=3, spare_instances=1, price_offer=pair
    )
    found = fleet_item_json(item)
    assert (found["gpu_count"], found["machines_per_replica"]) == (16, 2)
    assert (found["instances"], found["spare_instances"]) == (6, 2)
    one = found["price_offer"]
    assert (one["gpu_count"], one["usd_per_hour"], one["fallback_usd_per_hour"]) == (8, 25.6, 40.0)
    assert found["cluster_commands"][0] == "ray start --head --port=6379"

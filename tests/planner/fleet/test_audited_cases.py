"""Cases in which a plan once paid a multiple: of a measured relative, or of separate queues."""

from __future__ import annotations

from typing import Any

import pytest

from planner.catalog.lookup import Catalog
from planner.fleet.make_plan import make_plan, sized_candidates
from planner.fleet.plan import Option, Plan
from planner.fleet.scenario import Scenario
from planner.fleet.sizing import answer_time
from planner.forecast.forecaster import Forecaster

OFFICE_HOURS: dict[str, Any] = {"hours_per_week": 50, "pay_only_for_hours": True}


def planned(forecaster: Forecaster, catalog: Catalog, **fields: Any) -> tuple[Plan, Option]:
    plan = make_plan(Scenario(**fields), forecaster, catalog)
    assert plan.recommended is not None
    return plan, plan.recommended


def on(plan: Plan, gpu: str) -> Option:
    return next(o for o in plan.options if o.fleet[0].gpu == gpu and o.meets.all)


@pytest.mark.slow
@pytest.mark.parametrize("latency_p95_s", [None, 40.0])
def test_hundreds_of_small_gpus_are_not_above_a_few_large_ones(
    latency_p95_s: float | None, forecaster: Forecaster, catalog: Catalog
) -> None:
    """L4s were measured with AWQ weights of 7B; 70B on them costs more than twice as much."""
    plan, best = planned(
        forecaster,
        catalog,
        model="meta-llama/Llama-3.3-70B-Instruct",
        quantization="awq",
        documents_per_year=1e7,
        gpus=("L4", "GH200"),
        latency_p95_s=latency_p95_s,
        **OFFICE_HOURS,
    )
    assert best.fleet[0].gpu == "GH200"
    assert on(plan, "L4").cost_usd_per_year > 2 * best.cost_usd_per_year
    assert best.cost_usd_per_year <= 1.25 * cheapest(plan)


@pytest.mark.parametrize("documents", [1e6, 2e7, 1e8])
def test_a_measured_smaller_model_is_no_measurement_of_a_larger_one(
    documents: float, forecaster: Forecaster, catalog: Catalog
) -> None:
    """gpt-oss-20b was measured on an A10G; gpt-oss-120b takes four of them."""
    plan, best = planned(
        forecaster,
        catalog,
        model="openai/gpt-oss-120b",
        documents_per_year=documents,
        input_tokens=2_000,
        output_tokens=300,
        gpus=("A10G", "A100 80GB"),
    )
    assert best.fleet[0].gpu == "A100 80GB"
    assert not on(plan, "A10G").is_measured
    assert best.without_spares.work >= on(plan, "A10G").without_spares.work
    assert best.cost_usd_per_year <= 1.25 * cheapest(plan)


def cheapest(plan: Plan) -> float:
    """Cost of the cheapest option that is as sure as asked for."""
    return min(option.cost_usd_per_year for option in plan.options if option.meets.all)


@pytest.mark.parametrize(
    ("documents", "peak_factor", "most"),
    [(5e7, 1.0, 11), (6e7, 1.0, None), (5e7, 2.0, None), (1e8, 2.0, None)],
)
def test_a_balancer_needs_half_the_replicas_of_separate_queues(
    documents: float,
    peak_factor: float,
    most: int | None,
    forecaster: Forecaster,
    catalog: Catalog,
) -> None:
    """Once 17 replicas were planned where 11 suffice, and 31 where 13 do."""
    scenario = Scenario(
        quantization="awq",
        gpus=("L4",),
        documents_per_year=documents,
        peak_factor=peak_factor,
        latency_p95_s=20.0,
    )
    sized = next(
        one
        for one in sized_candidates(scenario, forecaster, catalog)[0]
        if one.replica.deployment.gpu_count == 1
    )
    replicas, per_s = sized.replicas_sure, sized.demand.busiest_per_s

    def in_time_alone(number: int) -> bool:
        p95_s = answer_time(sized.replica.pace, sized.error, per_s / number, 1).p95
        return p95_s is not None and p95_s <= 20.0

    alone = next(number for number in range(replicas, 200) if in_time_alone(number))
    assert sized.replicas_for_volume <= replicas <= 0.6 * alone
    # ``most`` is what the audit found for a fleet of few replicas, whose rounding is a seventh.
    assert replicas <= (most or 1.3 * sized.replicas_for_volume)

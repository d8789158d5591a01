"""How the forecast behind a plan was checked, and its curve for the option that is advised."""

from __future__ import annotations

import numpy as np

from planner.catalog.gpu import GPU, gpu_group
from planner.catalog.lookup import Catalog
from planner.fleet.candidates import replica_of, scenario_of_model
from planner.fleet.plan import Plan
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_work import mix_served
from planner.forecast.accuracy_record import accuracy_rows, left_out_rows, on_card, overall
from planner.forecast.forecast_values import Interval
from planner.forecast.forecaster import Forecaster
from planner.learning.from_measurements import Observed
from planner.learning.random_effects import labels_of, silicon_of
from planner.learning.throughput import Z90
from planner.report.pdf_evidence import Accuracy, Curve
from planner.report.shortlist import advised_fleet
from planner.wording.formatting import counted, percent

SAME_LENGTHS = 0.1
"""Measured documents within a tenth of the scenario's size are drawn as they were measured."""

_MOST_STEPS = 48  # of the drawn curve


def accuracy_of(plan: Plan, catalog: Catalog) -> Accuracy:
    """The stored check of the model: over all deployments, and on the GPUs that are advised.

    A GPU that was not checked has the record of its chip in another slot.
    """
    before, after = overall("zero_shot"), overall("calibrated_4")
    sources = sum(row.stage == "zero_shot" and row.kind == "source" for row in accuracy_rows())
    cards = tuple(dict.fromkeys(_on_record(catalog.gpu(item.gpu)) for item in advised_fleet(plan)))
    text = (
        f"{counted(before.groups, 'deployment')} published by {counted(sources, 'source')} were "
        "forecast without their own source's data, and again with four of their points known. "
        "Errors are of output tokens per second, the median over deployments. The model checked "
        f"was {left_out_rows()[0].model_version}."
    )
    figures = [
        ("Error before measuring, all GPUs", percent(before.median_mape)),
        *(_on(card, "zero_shot", "Error before measuring") for card in cards),
        ("Error after 4 points, all GPUs", percent(after.median_mape)),
        *(_on(card, "calibrated_4", "Error after 4 points") for card in cards),
        ("Within the 90 % interval, all GPUs", percent(before.coverage90)),
        *(_within(card) for card in cards),
    ]
    return Accuracy(text, tuple(figures))


def _on_record(gpu: GPU) -> str:
    return gpu.name if on_card("zero_shot", gpu.name) else silicon_of(gpu)


def _on(card: str, stage: str, what: str) -> tuple[str, str]:
    row = on_card(stage, card)
    if row is None:
        return f"{what}, {card}", "not checked"
    return f"{what}, {row.groups} on {card}", percent(row.median_mape)


def _within(card: str) -> tuple[str, str]:
    row = on_card("zero_shot", card)
    share = "not checked" if row is None else percent(row.coverage90)
    return f"Within the 90 % interval, {card}", share


def curve_of(plan: Plan, forecaster: Forecaster, catalog: Catalog) -> Curve | None:
    """One replica of the advised option over parallel requests; None if nothing can run.

    The curve has the forecast, and the measurements of that deployment with its engine
    settings at the scenario's lengths.
    """
    items = advised_fleet(plan)
    if not items:
        return None
    item = items[0]
    s = scenario_of_model(item, plan.scenario, catalog)
    deployment = replica_of(item, s, catalog)
    curve = forecaster.full_curve(deployment, mix_served(s, deployment))
    steps = range(0, len(curve.seconds), max(1, len(curve.seconds) // _MOST_STEPS))
    tokens_per_s = s.output_tokens / curve.seconds
    spread = np.exp(Z90 * curve.log_sd)
    return Curve(
        f"One replica, {gpu_group(item.gpu_count, item.gpu)}, at your document size",
        tuple(
            (float(curve.concurrency[n]), _around(float(tokens_per_s[n]), float(spread[n])))
            for n in steps
        ),
        tuple(
            (row.observation.concurrency, row.observation.output_tokens / row.seconds_per_request)
            for row in forecaster.observed
            if row.observation.labels.deployment == labels_of(deployment).deployment
            and row.deployment.engine.same_settings(deployment.engine)
            and _same_lengths(row, s)
        ),
    )


def _around(value: float, spread: float) -> Interval:
    return Interval(value, value / spread, value * spread)


def _same_lengths(row: Observed, s: Scenario) -> bool:
    seen = row.observation
    return (
        abs(seen.input_tokens / s.input_tokens - 1.0) <= SAME_LENGTHS
        and abs(seen.output_tokens / s.output_tokens - 1.0) <= SAME_LENGTHS
    )

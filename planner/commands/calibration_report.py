"""What a calibration changed: the forecast at the workload, and the last plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

from benchmarks.design.design_space import grid_around
from benchmarks.design.points import LoadPoint
from planner.catalog.gpu import gpu_group
from planner.commands.calibration_setup import Prepared
from planner.commands.screen import print_table, print_text
from planner.errors import InputError
from planner.fleet.make_plan import make_plan
from planner.fleet.scenario import Scenario
from planner.forecast.forecast_values import Forecast
from planner.forecast.forecaster import Forecaster
from planner.records.calibration_record import CalibrationRun, RunPoint
from planner.records.measurement import Measurement
from planner.vllm.deployment import Deployment
from planner.wording.explanation import explain
from planner.wording.formatting import interval, significant
from planner.wording.own_run_sentences import disagreements


@dataclass(frozen=True, slots=True)
class Change:
    """Forecasts at concurrencies of the workload and answers of the plan, before and after."""

    load: str
    forecasts: tuple[tuple[int, Forecast, Forecast], ...]
    plan_name: str
    plan_before: str
    plan_after: str


def change(
    prepared: Prepared,
    own: Sequence[Measurement],
    scenario: Scenario | None,
    engine_version: str | None,
) -> Change:
    """Compare what was known before the run with what is known after it."""
    setup, workload = prepared.setup, prepared.settings.workload
    known = prepared.known.without(own)
    before, after = known.forecaster(), known.forecaster(own)
    deployment = setup.deployment(None, setup.hardware)
    deployment = replace(deployment, engine=replace(deployment.engine, version=engine_version))
    targets = grid_around(workload.input_tokens, workload.output_tokens, deployment).targets
    ends = dict.fromkeys([*targets[:1], *targets[-1:]])
    load = f"{workload.input_tokens:,} tokens in, {workload.output_tokens:,} out"
    # Nobody offers this machine's processor at a price: the plan is over all cards then.
    gpus = () if setup.hardware.is_processor else (setup.hardware.gpu.name,)
    fixed = {"name": load, "gpus": gpus, "model": setup.model.hf_id}
    asked = scenario or workload.model_copy(update=fixed)
    return Change(
        load=load,
        forecasts=tuple(
            (
                point.concurrency,
                _at(point, before, deployment),
                _at(point, after, deployment),
            )
            for point in ends
        ),
        plan_name=asked.name,
        plan_before=_answer(asked, before),
        plan_after=_answer(asked, after),
    )


def show_points(run: CalibrationRun, points: Sequence[RunPoint]) -> None:
    """Every point with its result, or the reason why it has none."""
    parts = ("Part",) if any(point.analysis for point in points) else ()
    print_table(
        f"{run.model} ({run.quantization}) on {gpu_group(run.gpu_count, run.gpu)}, "
        f"{run.engine} {run.engine_version or ''}",
        ("Tokens in", "out", "At once", "Output tokens/s", "", *parts, "Remark"),
        [_row(point, bool(parts)) for point in points],
        numbers=("Tokens in", "out", "At once", "Output tokens/s"),
    )
    largest = run.environment.get("largest_concurrency", {})
    for name, found in largest.items():
        print_text(f"{name}: {found['works']} at once work; {found['beyond']}.")


def show_change(change: Change) -> None:
    """The forecast before and after, and what it means for the plan."""
    print_table(
        f"Forecast of output tokens/s at {change.load}",
        ("At once", "Before (90 %)", "Basis", "After (90 %)", "Basis "),
        [
            (
                str(concurrency),
                interval(before.output_tokens_per_s),
                before.basis,
                interval(after.output_tokens_per_s),
                after.basis,
            )
            for concurrency, before, after in change.forecasts
        ],
        numbers=("At once",),
    )
    told = (disagreements(after.own_runs) for _, _, after in change.forecasts)
    for sentence in dict.fromkeys(chain.from_iterable(told)):
        print_text(sentence)
    if change.plan_before == change.plan_after:
        print_text(f"The plan “{change.plan_name}” does not change: {change.plan_after}")
        return
    print_text(f"The plan “{change.plan_name}” before: {change.plan_before}")
    print_text(f"With these measurements: {change.plan_after}")


def _at(point: LoadPoint, forecaster: Forecaster, deployment: Deployment) -> Forecast:
    load = (point.input_tokens, point.output_tokens, point.concurrency)
    return forecaster.forecast(deployment, *load)


def _answer(scenario: Scenario, forecaster: Forecaster) -> str:
    try:
        return explain(make_plan(scenario, forecaster, forecaster.catalog))
    except InputError as error:
        return f"no plan ({error})"


def _row(point: RunPoint, with_part: bool) -> tuple[str, ...]:
    measured = point.measurement
    rate = None if measured is None else measured.output_tokens_per_s
    load = (point.input_tokens, point.output_tokens, point.concurrency)
    part = (point.analysis,) if with_part else ()
    return (*map(str, load), significant(rate), point.status, *part, point.reason or "")

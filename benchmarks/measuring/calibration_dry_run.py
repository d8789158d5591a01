"""A dry run: every command and point of a run, with the expected minutes."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.design.design_space import Chooser, Space
from benchmarks.design.points import LoadPoint
from benchmarks.engine.target_server import Server
from benchmarks.engine.vllm_process import bench_command
from benchmarks.load.bench_run import bench_arguments
from benchmarks.measuring.agent import FEWEST_POINTS
from benchmarks.measuring.progress import MINUTE_S, load_line, point_count
from benchmarks.measuring.run_limits import Limits
from benchmarks.measuring.stage import SkippedStage, Stage, Task
from benchmarks.measuring.stages_from_suite import PORT_SHOWN, RunSetup
from planner.forecast.forecaster import Forecaster
from planner.vllm.deployment import Deployment

ENGINE_START_S = 120.0
"""A 7B model on a GPU loads, compiles and captures graphs; vLLM's logs show one to three minutes.
Only the estimate of time uses it."""
PROCESSOR_START_S = 40.0
SHOWN_SEED = 1
BASE_URL = f"http://127.0.0.1:{PORT_SHOWN}"

Say = Callable[[str], None]


def show_dry_run(
    setup: RunSetup,
    stages: Sequence[Stage | SkippedStage],
    forecaster: Forecaster,
    limits: Limits,
    say: Say,
) -> dict[str, Any]:
    """Pass every command with its minutes to ``say``, and return the same as JSON values.

    The points of a design are those that it would choose if every forecast came true.
    """
    start_s = PROCESSOR_START_S if setup.hardware.is_processor else ENGINE_START_S
    points: list[dict[str, Any]] = []
    commands: list[str] = []
    total_s = 0.0
    for stage in stages:
        if isinstance(stage, SkippedStage):
            say(f"# skipped: {point_count(len(stage.tasks))} of {_parts(stage)}: {stage.reason}")
            points += [_entry(task.point, None, stage.reason) for task in stage.tasks]
            continue
        space = stage.space or Space(tuple(task.point for task in stage.tasks), ())
        chooser = Chooser(space, stage.deployment, forecaster, setup.measuring.steady_load)
        say(f"# {stage.name}")
        if stage.starts is not None:
            total_s += start_s
            say(f"# start: {start_s / MINUTE_S:.1f} min")
            say(stage.starts)
            commands.append(stage.starts)
        for task in _tasks(stage, chooser, limits):
            point = task.point
            each_s = float(chooser.expected_s([point])[0]) + (start_s if stage.measures else 0.0)
            if limits.max_s is not None and total_s + each_s > limits.max_s:
                say(f"# stops here: the next point would end after {limits.max_s / MINUTE_S:g} min")
                break
            total_s += each_s
            seconds = float(chooser.seconds_per_request([point])[0])
            requests = setup.measuring.steady_load.requests(point.concurrency, seconds)
            result = f"point-{len(commands) + 1}.json"
            show = stage.measures or partial(_bench_command, setup, stage.deployment)
            command = show(point, requests, result)
            load = load_line(task.analysis, point)
            say(f"# {load}, {requests} requests: {each_s / MINUTE_S:.1f} min")
            say(command)
            commands.append(command)
            points.append(_entry(point, each_s, None))
    measured = sum(point["minutes"] is not None for point in points)
    say(f"# {point_count(measured)}, about {total_s / MINUTE_S:.0f} minutes in total")
    return {
        "gpu": setup.hardware.gpu.name,
        "points": points,
        "commands": commands,
        "minutes": total_s / MINUTE_S,
    }


def _tasks(stage: Stage, chooser: Chooser, limits: Limits) -> Sequence[Task]:
    if stage.space is None:
        return stage.tasks
    chosen: list[LoadPoint] = []
    while limits.points is None or len(chosen) < limits.points:
        if len(chosen) >= FEWEST_POINTS and chooser.interval() <= limits.target_interval:
            break
        point = chooser.next(chosen)
        if point is None:
            break
        chosen.append(point)
        chooser.imagine(point)
    return [Task(point) for point in chosen]


def _parts(stage: SkippedStage) -> str:
    return ", ".join(dict.fromkeys(task.analysis for task in stage.tasks))


def _bench_command(
    setup: RunSetup, deployment: Deployment, point: LoadPoint, requests: int, result: str
) -> str:
    server = Server(
        base_url=setup.settings.base_url or BASE_URL,
        model=setup.settings.model,
        tokenizer=setup.settings.model,
        bench=bench_command(setup.command),
        health=lambda: None,
        engine="vllm",
        engine_version=None,
    )
    words = bench_arguments(
        server,
        point,
        requests=requests,
        warmups=point.concurrency,
        seed=SHOWN_SEED,
        result=Path(result),
        prefix_share=deployment.engine.prefix_hit_share,
    )
    return shlex.join(words)


def _entry(point: LoadPoint, expected_s: float | None, skipped: str | None) -> dict[str, Any]:
    return {
        "input_tokens": point.input_tokens,
        "output_tokens": point.output_tokens,
        "concurrency": point.concurrency,
        "minutes": None if expected_s is None else expected_s / MINUTE_S,
        "reason": skipped,
    }

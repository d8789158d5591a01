"""A dry run: every command and point of a run with the time that it is expected to take."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.agent import FEWEST_POINTS
from benchmarks.engine import bench_command
from benchmarks.knowledge import Knowledge
from benchmarks.limits import Limits
from benchmarks.load import Server, bench_arguments
from benchmarks.points import LoadPoint
from benchmarks.space import Chooser, Space
from benchmarks.stage import Stage
from benchmarks.stages import PORT_SHOWN, Bench

MINUTE_S = 60.0
ENGINE_START_S = 120.0
"""A 7B model on a GPU: loading, compiling and capturing graphs, in vLLM's logs one to three
minutes. Only the time estimate rests on it."""
PROCESSOR_START_S = 40.0
SHOWN_SEED = 1
BASE_URL = f"http://127.0.0.1:{PORT_SHOWN}"

Say = Callable[[str], None]


def rehearse(
    bench: Bench, stages: Sequence[Stage], knowledge: Knowledge, limits: Limits, say: Say
) -> dict[str, Any]:
    """Tell ``say`` every command with its minutes; the same as JSON values.

    Points of a design are those that it would choose if every forecast came true.
    """
    forecaster = knowledge.forecaster()
    start_s = PROCESSOR_START_S if bench.hardware.is_processor else ENGINE_START_S
    points: list[dict[str, Any]] = []
    commands: list[str] = []
    total_s = 0.0
    for stage in stages:
        if stage.unavailable is not None:
            say(f"# skipped, {len(stage.tasks)} points: {stage.unavailable}")
            points += [_entry(task.point, None, stage.unavailable) for task in stage.tasks]
            continue
        space = stage.space or Space(tuple(task.point for task in stage.tasks), ())
        chooser = Chooser(space, stage.deployment, forecaster, bench.measuring.steadiness)
        say(f"# {stage.name}")
        offline = len(stage.commands) > 1 or (stage.tasks and not _is_served(stage))
        total_s += 0.0 if offline else start_s
        if not offline:
            for command in stage.commands:
                say(f"# start: {start_s / MINUTE_S:.1f} min")
                say(command)
                commands.append(command)
        for number, point in enumerate(_points(stage, chooser, limits)):
            each_s = float(chooser.expected_s([point])[0]) + (start_s if offline else 0.0)
            if limits.max_s is not None and total_s + each_s > limits.max_s:
                say(f"# stops here: the next point would end after {limits.max_s / 60:g} min")
                break
            total_s += each_s
            seconds = float(chooser.seconds_per_request([point])[0])
            requests = bench.measuring.steadiness.requests(point.concurrency, seconds)
            command = stage.commands[number] if offline else _bench_command(bench, point, requests)
            say(f"# {_load(point)}: {each_s / MINUTE_S:.1f} min")
            say(command)
            commands.append(command)
            points.append(_entry(point, each_s, None))
    measured = sum(point["minutes"] is not None for point in points)
    say(f"# {measured} points, about {total_s / MINUTE_S:.0f} minutes in all")
    return {
        "gpu": bench.hardware.gpu.name,
        "points": points,
        "commands": commands,
        "minutes": total_s / MINUTE_S,
    }


def _points(stage: Stage, chooser: Chooser, limits: Limits) -> Sequence[LoadPoint]:
    if stage.space is None:
        return [task.point for task in stage.tasks]
    chosen: list[LoadPoint] = []
    while limits.points is None or len(chosen) < limits.points:
        if len(chosen) >= FEWEST_POINTS and chooser.interval() <= limits.target_interval:
            break
        point = chooser.next(chosen)
        if point is None:
            break
        chosen.append(point)
        chooser.imagine(point)
    return chosen


def _load(point: LoadPoint) -> str:
    return (
        f"{point.input_tokens:,} tokens in, {point.output_tokens:,} out, "
        f"{point.concurrency} at once"
    )


def _is_served(stage: Stage) -> bool:
    return any(" serve " in command for command in stage.commands)


def _bench_command(bench: Bench, point: LoadPoint, requests: int) -> str:
    server = Server(
        base_url=bench.settings.base_url or BASE_URL,
        model=bench.settings.model,
        tokenizer=bench.settings.model,
        bench=bench_command(bench.command),
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
        result=Path("RESULT.json"),
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

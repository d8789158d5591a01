"""Runs a calibration point by point, and stores each point as soon as it is measured.

The record of a point and its measurement are one transaction of the store. So whatever ends
the run, kill -9 and power cuts included, the store has all of a point or nothing of it. A
resumed run measures the points that have no successful record.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

import numpy as np

from benchmarks.design.design_space import Chooser, Space
from benchmarks.design.points import Failure, LoadPoint
from benchmarks.design.steady_load import SteadyLoad
from benchmarks.engine.hang_rules import point_timeout_s
from benchmarks.load.bench_run import point_seed
from benchmarks.measuring.known_measurements import KnownMeasurements
from benchmarks.measuring.largest_concurrency import largest_concurrency
from benchmarks.measuring.point_attempt import Attempt, tried_point, untried_point
from benchmarks.measuring.progress import Progress, load_line, point_line
from benchmarks.measuring.run_limits import Limits, Stopped
from benchmarks.measuring.run_record import RunRecord, now
from benchmarks.measuring.stage import SkippedStage, Stage, Task
from benchmarks.measuring.system_under_test import SystemUnderTest
from planner.errors import InputError
from planner.forecast.plausibility import check_before_storing, in_words
from planner.records.calibration_record import PointStatus, RunPoint

FEWEST_POINTS = 3
"""With fewer, the interval rests on the prior, which may not hold for this machine."""

FAILURES_IN_A_ROW = 5


class Agent:
    """Measures the stages of a run within its limits."""

    def __init__(
        self,
        record: RunRecord,
        known: KnownMeasurements,
        stages: Sequence[Stage | SkippedStage],
        limits: Limits,
        steady_load: SteadyLoad,
        progress: Progress,
    ) -> None:
        self._record = record
        self._known = known
        self._stages = stages
        self._limits = limits
        self._steady_load = steady_load
        self._progress = progress
        self._session = uuid4().hex
        self.stopped_by_user = False
        self._began = time.monotonic()
        earlier = record.points()
        # A point that was skipped may be possible by now.
        self._points = {point.key: point for point in earlier if point.status != "skipped"}
        self._next_position = 1 + max((point.position for point in earlier), default=-1)
        self._to_retry = {
            key
            for key, point in self._points.items()
            if point.status == "failed" and not point.details.get("resumed")
        }
        self._out_of_memory: list[tuple[str, LoadPoint]] = []
        before = known.without(record.measurements()).forecaster()
        self._unknown_before = any(
            before.evidence(stage.deployment).basis == "extrapolated" for stage in stages
        )
        own = record.measurements()
        self._forecaster = known.forecaster(own) if own else before

    def run(self) -> Stopped:
        """Measure, and return the reason for the end, which is also written to the run.

        Ctrl-C gives the current point up and ends the run as ``interrupted``.
        """
        stopped: Stopped = "interrupted"
        try:
            stopped = self._run_stages()
        except KeyboardInterrupt:
            self.stopped_by_user = True
            self._progress.say("interrupted: the current point is given up")
        finally:
            largest = largest_concurrency(self._record.points())
            if largest:
                self._record.update({"largest_concurrency": largest})
            self._record.finish(stopped)
        return stopped

    def _run_stages(self) -> Stopped:
        for stage in self._stages:
            stopped = self._run_stage(stage)
            if stopped is not None:
                return stopped
        return "design complete"

    def _run_stage(self, stage: Stage | SkippedStage) -> Stopped | None:
        """Why the whole run ends with this stage; None if the next stage follows."""
        if isinstance(stage, SkippedStage):
            self._skip_rest(stage, stage.reason)
            return None
        if stage.space is None and not self._open_tasks(stage):
            return None
        with stage.open_system() as system:
            self._progress.doing(f"starting {stage.name}", None)
            failure = system.start()
            if failure is not None:
                return self._could_not_start(stage, failure)
            self._note_engine(system)
            return self._measure_points(stage, system)

    def _measure_points(self, stage: Stage, system: SystemUnderTest) -> Stopped | None:
        failures = 0
        while (task := self._next_task(stage, system)) is not None:
            reason = self._reason_to_skip(stage, task, system)
            if reason is not None:
                self._keep_untried(stage, task, "skipped", reason)
                continue
            chooser = self._chooser(stage, system)
            stopped = self._limits.reached(
                self._measured(),
                time.monotonic() - self._began,
                float(chooser.expected_s([task.point])[0]),
            )
            if stopped is not None:
                return stopped
            point = self._measure(stage, system, task, chooser)
            failures = 0 if point.status == "ok" else failures + 1
            if failures >= FAILURES_IN_A_ROW:
                words = f"{failures} points in a row failed, the last with {point.reason}"
                self._skip_rest(stage, words)
                return "interrupted" if stage.space is not None else None
            if failures and not system.is_well():
                self._progress.doing(f"restarting {stage.name}", None)
                failure = system.start()
                if failure is not None:
                    return self._could_not_start(stage, failure)
        return None

    def _next_task(self, stage: Stage, system: SystemUnderTest) -> Task | None:
        """The next task; None if the stage is done."""
        if stage.space is None:
            return next(iter(self._open_tasks(stage)), None)
        chooser = self._chooser(stage, system)
        enough = self._measured() >= FEWEST_POINTS
        if enough and chooser.interval() <= self._limits.target_interval:
            return None
        for key in self._points:
            if key in self._to_retry:
                return Task(_load_point(self._points[key]))
        taken = {_load_point(point) for point in self._points.values()}
        # The design is only as good as its forecast, which may be far off for hardware that
        # nobody measured. So the extremes of the workload come first.
        if self._unknown_before:
            for extreme in chooser.least_and_most():
                if extreme not in taken:
                    return Task(extreme)
        chosen = chooser.next(taken)
        return None if chosen is None else Task(chosen)

    def _chooser(self, stage: Stage, system: SystemUnderTest) -> Chooser:
        space = stage.space or Space(tuple(t.point for t in stage.tasks), ())
        if system.longest_tokens is not None and stage.space is not None:
            space = space.within(system.longest_tokens)
        return Chooser(space, stage.deployment, self._forecaster, self._steady_load)

    def _measure(
        self, stage: Stage, system: SystemUnderTest, task: Task, chooser: Chooser
    ) -> RunPoint:
        """Measure a point, repeat it once if it was not steady, and record it."""
        point = task.point
        seconds = float(chooser.seconds_per_request([point])[0])
        self._progress.doing(
            load_line(task.analysis, point), self._left_s(stage, chooser, seconds, point)
        )
        requests = self._steady_load.requests(point.concurrency, seconds)
        if self._is_unknown(stage):
            requests = min(requests, self._steady_load.rounds * point.concurrency)
        attempts = [self._attempt(system, task, requests, seconds, 0)]
        first = attempts[0]
        if first.complaint is not None:
            self._progress.say(f"repeated: {first.complaint}")
            seconds = 1.0 / first.figures["requests_per_s"]
            requests = self._steady_load.requests(point.concurrency, seconds)
            attempts.append(self._attempt(system, task, requests, seconds, 1))
        resumed = task.key in self._to_retry
        recorded = tried_point(
            self._record.run,
            task.key,
            self._next_position,
            point,
            system.subject,
            attempts,
            resumed,
        )
        recorded = self._checked(recorded)
        self._keep(recorded)
        failure = attempts[-1].failure
        if failure is not None and failure.kind == "out_of_memory":
            self._out_of_memory.append((stage.name, point))
        return recorded

    def _checked(self, point: RunPoint) -> RunPoint:
        """The point as it is stored: without a measurement that an import would refuse."""
        if point.measurement is None:
            return point
        try:
            notable = check_before_storing([point.measurement], self._known.catalog)
        except InputError as error:
            return replace(point, status="failed", reason=f"refused: {error}", measurement=None)
        reasons = (point.reason, *map(in_words, notable))
        return replace(point, reason="; ".join(filter(None, reasons)) or None)

    def _attempt(
        self, system: SystemUnderTest, task: Task, requests: int, seconds: float, number: int
    ) -> Attempt:
        expected_s = self._steady_load.expected_s(task.point.concurrency, seconds)
        name = f"{self._record.run.run_id}/{self._session}"
        seed = point_seed(name, 2 * self._next_position + number)
        return system.measure(task.point, requests, seed, point_timeout_s(expected_s))

    def _is_unknown(self, stage: Stage) -> bool:
        """True if the forecast may be so wrong that a point would take hours."""
        evidence = self._forecaster.evidence(stage.deployment)
        return evidence.basis == "extrapolated"

    def _keep(self, point: RunPoint) -> None:
        self._record.record(point)
        self._points[point.key] = point
        self._next_position += 1
        self._to_retry.discard(point.key)
        self._progress.say(point_line(point))
        if point.measurement is not None:
            self._forecaster = self._known.forecaster(self._record.measurements())

    def _reason_to_skip(self, stage: Stage, task: Task, system: SystemUnderTest) -> str | None:
        point = task.point
        longest = system.longest_tokens
        if longest is not None and point.tokens > longest:
            return f"{point.tokens} tokens do not fit: the engine's KV cache holds {longest}"
        for name, failed in self._out_of_memory:
            if name == stage.name and _is_at_least(point, failed):
                return (
                    f"memory ran out at {failed.input_tokens} in, {failed.output_tokens} out, "
                    f"{failed.concurrency} at once"
                )
        return None

    def _keep_untried(
        self, stage: Stage | SkippedStage, task: Task, status: PointStatus, reason: str
    ) -> None:
        run, position, load = self._record.run, self._next_position, stage.load
        self._keep(untried_point(run, task.key, position, task.point, load, status, reason, now()))

    def _skip_rest(self, stage: Stage | SkippedStage, reason: str) -> None:
        for task in self._open_tasks(stage):
            self._keep_untried(stage, task, "skipped", reason)

    def _could_not_start(self, stage: Stage, failure: Failure) -> Stopped | None:
        """Record the next point as failed, with the engine's words, and the others as skipped."""
        words = f"{failure.kind}: {failure.words}"
        self._progress.say(f"{stage.name} did not start: {words}")
        tasks = self._open_tasks(stage)
        if stage.space is not None:
            tasks = [t for t in map(Task, stage.space.targets) if self._is_open(t.key)]
        for first in tasks[:1]:
            self._keep_untried(stage, first, "failed", words)
        self._skip_rest(stage, f"the engine did not start: {words}")
        return "interrupted" if stage.space is not None else None

    def _open_tasks(self, stage: Stage | SkippedStage) -> list[Task]:
        """The tasks not yet measured, failed, or skipped in this session."""
        return [task for task in stage.tasks if self._is_open(task.key)]

    def _is_open(self, key: str) -> bool:
        return key not in self._points or key in self._to_retry

    def _left_s(
        self, stage: Stage, chooser: Chooser, seconds: float, point: LoadPoint
    ) -> float | None:
        if stage.space is None:
            rest = [task.point for task in self._open_tasks(stage)]
            return float(np.sum(chooser.expected_s(rest)))
        if self._limits.points is None:
            return None
        each_s = self._steady_load.expected_s(point.concurrency, seconds)
        return each_s * (self._limits.points - self._measured())

    def _measured(self) -> int:
        return sum(point.status == "ok" for point in self._points.values())

    def _note_engine(self, system: SystemUnderTest) -> None:
        engines = dict(self._record.run.environment.get("engines", {}))
        engines[str(len(engines) + 1)] = system.facts()
        subject = system.subject
        served = {"engine": subject.engine, "engine_version": subject.engine_version}
        self._record.update({"engines": engines}, **(served if subject.mode == "online" else {}))


def _load_point(point: RunPoint) -> LoadPoint:
    return LoadPoint(point.input_tokens, point.output_tokens, point.concurrency)


def _is_at_least(point: LoadPoint, other: LoadPoint) -> bool:
    return (
        point.input_tokens >= other.input_tokens
        and point.output_tokens >= other.output_tokens
        and point.concurrency >= other.concurrency
    )

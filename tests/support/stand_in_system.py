"""A run on a stand-in load: points take no time, and their figures follow a formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.design.points import Failure, LoadPoint
from benchmarks.design.steady_load import SteadyLoad
from benchmarks.measuring.agent import Agent
from benchmarks.measuring.known_measurements import KnownMeasurements
from benchmarks.measuring.point_attempt import Attempt, Subject
from benchmarks.measuring.progress import Lines
from benchmarks.measuring.run_limits import Limits
from benchmarks.measuring.run_record import RunRecord
from benchmarks.measuring.run_store import RunStore
from benchmarks.measuring.stage import SkippedStage, Stage, Task
from planner.catalog.lookup import load_catalog
from planner.records.calibration_record import CalibrationRun
from planner.records.reference import reference_measurements
from planner.vllm.deployment import Deployment

MISTRAL = "mistralai/Mistral-7B-Instruct-v0.2"
AT = datetime(2026, 11, 22, 10, tzinfo=UTC)
SWEEP = [LoadPoint(i, o, c) for i in (512, 2048) for o in (64, 128) for c in (1, 4, 16)]
Behaviour = Callable[[LoadPoint], Failure | None]


def deployment() -> Deployment:
    catalog = load_catalog()
    return Deployment(catalog.gpu("L4"), 1, catalog.model(MISTRAL), "awq")


def subject() -> Subject:
    return Subject(deployment(), MISTRAL, None, "vllm", "0.11.0", "online", "closed_loop")


def seconds_per_request(point: LoadPoint) -> float:
    """Half a millisecond per prompt token, 20 ms per step shared by the requests in flight."""
    return 0.0005 * point.input_tokens + 0.02 * point.output_tokens / point.concurrency


def attempt(point: LoadPoint, **changes: Any) -> Attempt:
    rate = 1.0 / seconds_per_request(point)
    figures = {"requests_per_s": rate, "output_tokens_per_s": rate * point.output_tokens}
    return replace(Attempt(AT, 1.0, figures, None), **changes)


@dataclass
class StandInSystem:
    """A system that keeps what it was asked to do."""

    behave: Behaviour = lambda _point: None
    starts: list[Failure | None] = field(default_factory=list)
    longest_tokens: int | None = None
    complaints: list[str | None] = field(default_factory=list)
    faster_than_it_is: float = 1.0
    parts_per_s: tuple[float, ...] = ()
    started: int = 0
    well: bool = True
    asked: list[tuple[LoadPoint, int, int]] = field(default_factory=list)
    ended: bool = False
    subject: Subject = field(default_factory=subject)

    def start(self) -> Failure | None:
        self.started += 1
        self.well = True
        return self.starts.pop(0) if self.starts else None

    def is_well(self) -> bool:
        return self.well

    def measure(self, point: LoadPoint, requests: int, seed: int, _timeout_s: float) -> Attempt:
        self.asked.append((point, requests, seed))
        failure = self.behave(point)
        if failure is not None:
            self.well = failure.kind not in ("crashed", "out_of_memory", "hung")
            return attempt(point, figures={}, failure=failure)
        complaint = self.complaints.pop(0) if self.complaints else None
        figures = {
            name: self.faster_than_it_is * value for name, value in attempt(point).figures.items()
        }
        return attempt(point, complaint=complaint, figures=figures, parts_per_s=self.parts_per_s)

    def facts(self) -> dict[str, Any]:
        return {"kv_cache_tokens": 40_000}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.ended = True


def new_run(run_id: str = "20261122-7f3a") -> CalibrationRun:
    return CalibrationRun(
        run_id=run_id,
        started_at="2026-11-22T10:00:00+00:00",
        finished_at=None,
        suite="quick",
        model=MISTRAL,
        base_model=None,
        gpu="L4",
        gpu_count=1,
        quantization="awq",
        engine="vllm",
        engine_version=None,
        environment={},
        design={},
        stopped=None,
        source_id=f"run-{run_id.rpartition('-')[2]}",
    )


def known() -> KnownMeasurements:
    """A few reference rows, so that a fit takes no time."""
    catalog = load_catalog()
    rows = [row for row in reference_measurements() if row.gpu == "L4"][:30]
    return KnownMeasurements(tuple(rows), catalog, frozenset())


def fixed_stage(system: StandInSystem, points: Sequence[LoadPoint] = SWEEP) -> Stage:
    return Stage("a sweep", deployment(), "closed_loop", lambda: system, tuple(map(Task, points)))


def named_stage(system: StandInSystem, analysis: str, points: Sequence[LoadPoint]) -> Stage:
    tasks = tuple(Task(point, analysis) for point in points)
    return Stage(analysis, deployment(), "closed_loop", lambda: system, tasks)


def run_agent(
    store: RunStore,
    folder: Path,
    stages: Sequence[Stage | SkippedStage],
    run: CalibrationRun | None = None,
    points: int | None = None,
    max_s: float | None = None,
    target_interval: float = 0.15,
) -> str:
    """Run or resume; why it stopped."""
    run = run or new_run()
    with RunRecord(store, run, folder / run.run_id) as record:
        limits = Limits(points, max_s, target_interval)
        return Agent(record, known(), stages, limits, SteadyLoad(), Lines()).run()

"""The record of ``planner calibrate``: a run and each load point that it tried."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from planner.records.measurement import Measurement

PointStatus = Literal["ok", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class CalibrationRun:
    """Measurements that were made together on one machine.

    Times are ISO 8601 in UTC. ``environment`` is what was found (driver, vLLM
    version, flags, kv_cache_tokens), ``design`` what was asked for; both hold
    JSON values. ``source_id`` is the source of the run's measurements,
    ``run-<short id>``. ``stopped`` is the reason why the run ended; None until then.
    """

    run_id: str
    started_at: str
    finished_at: str | None
    suite: str
    model: str
    base_model: str | None
    gpu: str
    gpu_count: int
    quantization: str | None
    engine: str
    engine_version: str | None
    environment: dict[str, Any]
    design: dict[str, Any]
    stopped: str | None
    source_id: str


@dataclass(frozen=True, slots=True)
class RunPoint:
    """One load point of a run; ``reason`` says why it was not measured.

    ``key`` identifies the point within its run, ``position`` is its place in the
    order of measurement, lengths are tokens per request, ``measured_at`` is ISO
    8601 in UTC. ``details`` holds JSON values: telemetry, percentiles, checks.
    """

    run_id: str
    key: str
    position: int
    input_tokens: int
    output_tokens: int
    concurrency: int
    load: str
    status: PointStatus
    reason: str | None
    measured_at: str
    measurement: Measurement | None
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def analysis(self) -> str:
        """The part of a suite that the point belongs to; blank if the design chose the point."""
        return self.key.rpartition("/")[0]

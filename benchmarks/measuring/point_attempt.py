"""One attempt at a point, online or offline, and the record of a point from its attempts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from benchmarks.design.points import EngineUse, Failure, LoadPoint, PointResult
from benchmarks.design.steady_load import SteadyLoad
from benchmarks.engine.measured_settings import measured_settings, unmeasured_notes
from benchmarks.hardware.cards import GB
from benchmarks.hardware.telemetry import Telemetry
from benchmarks.measuring.point_spread import throughput_sd
from planner.learning.measured_processor import peaks_of
from planner.records.calibration_record import CalibrationRun, PointStatus, RunPoint
from planner.records.measurement import COLUMNS, Load, Measurement
from planner.records.measurement_csv import LONGEST_TEXT
from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.memory import GIB
from planner.vllm.settings_text import settings_text


@dataclass(frozen=True, slots=True)
class Attempt:
    """``figures`` are fields of a Measurement, empty exactly if ``failure`` is set.

    ``complaint`` says why the load was not steady. ``flags`` are other remarks for the
    reader (throttling, preemptions). ``parts_per_s`` are the requests/s of its halves or
    batches, if they are known.
    """

    started_at: datetime
    wall_s: float
    figures: Mapping[str, Any]
    failure: Failure | None
    complaint: str | None = None
    flags: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    parts_per_s: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """What is measured, as measurements state it, with the engine settings asked for."""

    deployment: Deployment
    model: str
    base_model: str | None
    engine: str
    engine_version: str | None
    mode: Literal["online", "offline"]
    load: Load


def online_attempt(
    result: PointResult,
    telemetry: Telemetry | None,
    steady_load: SteadyLoad,
    asked: EngineConfig,
) -> Attempt:
    """An attempt from the results of the load generator, the engine and the GPUs.

    ``asked`` holds the engine settings as far as they are known before the point.
    """
    use = result.engine_use
    details: dict[str, Any] = {
        "requests": result.requests,
        "seed": result.seed,
        "engine": None if use is None else asdict(use),
        "telemetry": None if telemetry is None else asdict(telemetry),
    }
    figures = result.figures
    if figures is None:
        return Attempt(result.started_at, result.wall_s, {}, result.failure, details=details)
    return Attempt(
        started_at=result.started_at,
        wall_s=result.wall_s,
        figures={
            "input_tokens": figures.input_tokens_mean,
            "requests": float(result.requests),
            "output_tokens_per_s": figures.output_tokens_per_s,
            "requests_per_s": figures.requests_per_s,
            "ttft_ms_mean": figures.ttft_ms.mean,
            "ttft_ms_median": figures.ttft_ms.p50,
            "tpot_ms_mean": None if figures.tpot_ms is None else figures.tpot_ms.mean,
            "e2e_s_mean": figures.e2e_s.mean,
            "engine_settings": settings_text(measured_settings(asked, use)),
            **gpu_figures(telemetry),
        },
        failure=None,
        complaint=steady_load.complaint(figures),
        flags=(*gpu_flags(telemetry), *_engine_flags(asked, use)),
        details=details | {"figures": asdict(figures)},
        parts_per_s=figures.halves_requests_per_s or (),
    )


def gpu_figures(telemetry: Telemetry | None) -> dict[str, float | None]:
    """Peak memory and power, as fields of a measurement."""
    if telemetry is None:
        return {"peak_memory_gb": None, "power_w": None}
    peak_gib = telemetry.memory_peak_gib
    peak_gb = None if peak_gib is None else peak_gib * (GIB / GB)
    # A counter that stands at 0 is one that the driver does not support.
    return {"peak_memory_gb": peak_gb or None, "power_w": telemetry.power_mean_w or None}


def gpu_flags(telemetry: Telemetry | None) -> tuple[str, ...]:
    """Remarks about GPUs that were throttled or lost during a point."""
    flags = []
    if telemetry is not None and telemetry.throttled:
        flags.append("throttled: " + ", ".join(telemetry.throttle_reasons))
    if telemetry is not None and telemetry.lost:
        flags.append("GPU lost: " + ", ".join(telemetry.lost))
    return tuple(flags)


def tried_point(
    run: CalibrationRun,
    key: str,
    position: int,
    point: LoadPoint,
    subject: Subject,
    attempts: Sequence[Attempt],
    resumed: bool,
) -> RunPoint:
    """The record of a point from all attempts at it: the last one without a failure counts."""
    good = [attempt for attempt in attempts if attempt.failure is None]
    last = good[-1] if good else attempts[-1]
    failure = last.failure
    spread = throughput_sd(
        [attempt.parts_per_s for attempt in good],
        [attempt.figures["requests_per_s"] for attempt in good],
    )
    notes = [*([last.complaint] if last.complaint else []), *last.flags]
    return RunPoint(
        run_id=run.run_id,
        key=key,
        position=position,
        input_tokens=point.input_tokens,
        output_tokens=point.output_tokens,
        concurrency=point.concurrency,
        load=subject.load,
        status="failed" if failure else "ok",
        reason=f"{failure.kind}: {failure.words}" if failure else "; ".join(notes) or None,
        measured_at=last.started_at.isoformat(timespec="seconds"),
        measurement=None if failure else _measurement(run, point, subject, last, notes, spread),
        details={"resumed": resumed, "attempts": [_attempt_json(one) for one in attempts]},
    )


def untried_point(
    run: CalibrationRun,
    key: str,
    position: int,
    point: LoadPoint,
    load: Load,
    status: PointStatus,
    reason: str,
    at: datetime,
) -> RunPoint:
    """The record of a point that was not tried."""
    return RunPoint(
        run_id=run.run_id,
        key=key,
        position=position,
        input_tokens=point.input_tokens,
        output_tokens=point.output_tokens,
        concurrency=point.concurrency,
        load=load,
        status=status,
        reason=reason,
        measured_at=at.isoformat(timespec="seconds"),
        measurement=None,
    )


def _measurement(
    run: CalibrationRun,
    point: LoadPoint,
    subject: Subject,
    attempt: Attempt,
    notes: list[str],
    spread: float,
) -> Measurement:
    deployment = subject.deployment
    stated: dict[str, Any] = {
        "source_id": run.source_id,
        "gpu": deployment.gpu.name,
        "gpu_memory_gb": deployment.gpu.memory_gb,
        "gpu_count": deployment.gpu_count,
        "model": subject.model,
        "base_model": subject.base_model,
        "params_b": deployment.model.params / 1e9,
        "quantization": deployment.quantization,
        "engine": subject.engine,
        "engine_version": subject.engine_version,
        "engine_settings": settings_text(deployment.engine),
        "mode": subject.mode,
        "load": subject.load,
        "input_tokens": float(point.input_tokens),
        "output_tokens": float(point.output_tokens),
        "concurrency": float(point.concurrency),
        "quality": "B" if notes else "A",
        "date": attempt.started_at.date().isoformat(),
        "source": f"planner calibrate, run {run.run_id}",
        "notes": " ".join("; ".join(notes).split())[:LONGEST_TEXT] or None,
        "throughput_sd": spread or None,
        **peaks_of(deployment.gpu),
    }
    values: dict[str, Any] = dict.fromkeys(COLUMNS) | stated | dict(attempt.figures)
    return Measurement(**values)


def _attempt_json(attempt: Attempt) -> dict[str, Any]:
    return {
        "started_at": attempt.started_at.isoformat(timespec="seconds"),
        "wall_s": attempt.wall_s,
        "complaint": attempt.complaint,
        "flags": list(attempt.flags),
        "failure": None if attempt.failure is None else asdict(attempt.failure),
        **attempt.details,
    }


def _engine_flags(asked: EngineConfig, use: EngineUse | None) -> Iterator[str]:
    yield from unmeasured_notes(asked, use)
    if use is not None and use.preemptions:
        yield f"{use.preemptions} preemptions"
    if use is not None and use.prefix_cache_hit_tokens and not asked.prefix_hit_share:
        yield f"{use.prefix_cache_hit_tokens} prompt tokens from a prefix cache"

"""The tables of the store; their rows are not used outside ``db``."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import JSON, ForeignKey, MetaData, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Origin = Literal["reference", "user"]
"""A measurement came with the program, or the user measured or imported it."""

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Table(DeclarativeBase):
    """Text without a length limit, JSON for dictionaries, named constraints."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {str: Text, dict[str, Any]: JSON}  # noqa: RUF012


class Meta(Table):
    """Facts about the store: the version of its reference, the number of changes."""

    __tablename__ = "meta"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class MeasurementRow(Table):
    """A ``planner.records.measurement.Measurement``.

    ``content_key`` is a hash of all that it states, ``origin`` is ``reference`` for
    rows that came with the program and ``user`` for all others.
    """

    __tablename__ = "measurements"

    id: Mapped[int] = mapped_column(primary_key=True)
    content_key: Mapped[str] = mapped_column(unique=True)
    origin: Mapped[str]
    run_id: Mapped[str | None] = mapped_column(ForeignKey("runs.run_id"))

    source_id: Mapped[str] = mapped_column(index=True)
    gpu: Mapped[str]
    gpu_memory_gb: Mapped[float | None]
    gpu_count: Mapped[int]
    model: Mapped[str]
    base_model: Mapped[str | None]
    params_b: Mapped[float | None]
    quantization: Mapped[str | None]
    engine: Mapped[str]
    engine_version: Mapped[str | None]
    mode: Mapped[str | None]
    load: Mapped[str]
    input_tokens: Mapped[float | None]
    output_tokens: Mapped[float | None]
    concurrency: Mapped[float | None]
    request_rate_per_s: Mapped[float | None]
    requests: Mapped[float | None]
    output_tokens_per_s: Mapped[float | None]
    requests_per_s: Mapped[float | None]
    ttft_ms_mean: Mapped[float | None]
    ttft_ms_median: Mapped[float | None]
    tpot_ms_mean: Mapped[float | None]
    e2e_s_mean: Mapped[float | None]
    peak_memory_gb: Mapped[float | None]
    power_w: Mapped[float | None]
    quality: Mapped[str | None]
    date: Mapped[str | None]
    source: Mapped[str]
    notes: Mapped[str | None]
    engine_settings: Mapped[str | None]
    throughput_sd: Mapped[float | None]
    peak_bandwidth_gb_per_s: Mapped[float | None]
    peak_fp16_tflops: Mapped[float | None]


class SetAsideRow(Table):
    """A source of the user's that no forecast rests on; ``at`` is when it was set aside."""

    __tablename__ = "set_aside"

    source_id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[str]


class RunRow(Table):
    """A ``planner.records.calibration_record.CalibrationRun``."""

    __tablename__ = "runs"

    run_id: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[str]
    finished_at: Mapped[str | None]
    suite: Mapped[str]
    model: Mapped[str]
    base_model: Mapped[str | None]
    gpu: Mapped[str]
    gpu_count: Mapped[int]
    quantization: Mapped[str | None]
    engine: Mapped[str]
    engine_version: Mapped[str | None]
    environment: Mapped[dict[str, Any]]
    design: Mapped[dict[str, Any]]
    stopped: Mapped[str | None]
    source_id: Mapped[str]


class RunPointRow(Table):
    """A ``RunPoint`` of a calibration run; its measurement is a row of ``measurements``."""

    __tablename__ = "run_points"
    __table_args__ = (UniqueConstraint("run_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.run_id"))
    key: Mapped[str]
    position: Mapped[int]
    input_tokens: Mapped[int]
    output_tokens: Mapped[int]
    concurrency: Mapped[int]
    load: Mapped[str]
    status: Mapped[str]
    reason: Mapped[str | None]
    measured_at: Mapped[str]
    measurement_id: Mapped[int | None] = mapped_column(
        ForeignKey("measurements.id", ondelete="SET NULL")
    )
    details: Mapped[dict[str, Any]]


class AdditionRow(Table):
    """A GPU, model or price offer that the user added, its fields as JSON.

    ``kind`` is ``gpu``, ``model`` or ``offer``; ``name`` identifies it.
    """

    __tablename__ = "additions"

    kind: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    facts: Mapped[dict[str, Any]]
    added_at: Mapped[str]


class ScenarioRow(Table):
    """A saved ``planner.fleet.scenario.Scenario``, its fields as JSON; the newest version."""

    __tablename__ = "scenarios"

    name: Mapped[str] = mapped_column(primary_key=True)
    scenario: Mapped[dict[str, Any]]
    created_at: Mapped[str]
    updated_at: Mapped[str]
    version: Mapped[int] = mapped_column(server_default="1")
    saved_by: Mapped[str | None]
    entered: Mapped[dict[str, Any] | None]


class ScenarioVersionRow(Table):
    """An earlier version of a saved scenario; the first has number 1."""

    __tablename__ = "scenario_versions"

    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    scenario: Mapped[dict[str, Any]]
    saved_at: Mapped[str]
    saved_by: Mapped[str | None]
    entered: Mapped[dict[str, Any] | None]

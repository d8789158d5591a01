"""Measurements, calibration runs, additions to the catalogue, saved scenarios."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "meta",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
    )
    op.create_table(
        "runs",
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("started_at", sa.Text, nullable=False),
        sa.Column("finished_at", sa.Text),
        sa.Column("suite", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("base_model", sa.Text),
        sa.Column("gpu", sa.Text, nullable=False),
        sa.Column("gpu_count", sa.Integer, nullable=False),
        sa.Column("quantization", sa.Text),
        sa.Column("engine", sa.Text, nullable=False),
        sa.Column("engine_version", sa.Text),
        sa.Column("environment", sa.JSON, nullable=False),
        sa.Column("design", sa.JSON, nullable=False),
        sa.Column("stopped", sa.Text),
        sa.Column("source_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_runs"),
    )
    op.create_table(
        "measurements",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("content_key", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text),
        sa.Column("source_id", sa.Text, nullable=False),
        sa.Column("gpu", sa.Text, nullable=False),
        sa.Column("gpu_memory_gb", sa.Double),
        sa.Column("gpu_count", sa.Integer, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("base_model", sa.Text),
        sa.Column("params_b", sa.Double),
        sa.Column("quantization", sa.Text),
        sa.Column("engine", sa.Text, nullable=False),
        sa.Column("engine_version", sa.Text),
        sa.Column("mode", sa.Text),
        sa.Column("load", sa.Text, nullable=False),
        sa.Column("input_tokens", sa.Double),
        sa.Column("output_tokens", sa.Double),
        sa.Column("concurrency", sa.Double),
        sa.Column("request_rate_per_s", sa.Double),
        sa.Column("requests", sa.Double),
        sa.Column("output_tokens_per_s", sa.Double),
        sa.Column("requests_per_s", sa.Double),
        sa.Column("ttft_ms_mean", sa.Double),
        sa.Column("ttft_ms_median", sa.Double),
        sa.Column("tpot_ms_mean", sa.Double),
        sa.Column("e2e_s_mean", sa.Double),
        sa.Column("peak_memory_gb", sa.Double),
        sa.Column("power_w", sa.Double),
        sa.Column("quality", sa.Text),
        sa.Column("date", sa.Text),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("notes", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_measurements"),
        sa.UniqueConstraint("content_key", name="uq_measurements_content_key"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_measurements_run_id"),
    )
    op.create_index("ix_measurements_source_id", "measurements", ["source_id"])
    op.create_table(
        "run_points",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("input_tokens", sa.Integer, nullable=False),
        sa.Column("output_tokens", sa.Integer, nullable=False),
        sa.Column("concurrency", sa.Integer, nullable=False),
        sa.Column("load", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("measured_at", sa.Text, nullable=False),
        sa.Column("measurement_id", sa.Integer),
        sa.Column("details", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_run_points"),
        sa.UniqueConstraint("run_id", "key", name="uq_run_points_run_id"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_run_points_run_id"),
        sa.ForeignKeyConstraint(
            ["measurement_id"],
            ["measurements.id"],
            name="fk_run_points_measurement_id",
            ondelete="SET NULL",
        ),
    )
    op.create_table(
        "additions",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("added_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", name="pk_additions"),
    )
    op.create_table(
        "scenarios",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("scenario", sa.JSON, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("updated_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_scenarios"),
    )

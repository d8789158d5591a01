"""Add the noise of a point and the peaks of its processor, and the sources that are set aside."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for name in ("throughput_sd", "peak_bandwidth_gb_per_s", "peak_fp16_tflops"):
        op.add_column("measurements", sa.Column(name, sa.Double))
    op.create_table(
        "set_aside",
        sa.Column("source_id", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("source_id", name="pk_set_aside"),
    )

"""Number the saved scenarios, say who saved what as typed, and keep their earlier versions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("scenarios", sa.Column("version", sa.Integer, nullable=False, server_default="1"))
    op.add_column("scenarios", sa.Column("saved_by", sa.Text))
    op.add_column("scenarios", sa.Column("entered", sa.JSON))
    op.create_table(
        "scenario_versions",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("scenario", sa.JSON, nullable=False),
        sa.Column("saved_at", sa.Text, nullable=False),
        sa.Column("saved_by", sa.Text),
        sa.Column("entered", sa.JSON),
        sa.PrimaryKeyConstraint("name", "version", name="pk_scenario_versions"),
    )

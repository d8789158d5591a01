"""Add the column ``engine_settings``; existing measurements state none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("measurements", sa.Column("engine_settings", sa.Text))

"""Where the tests find the repository, their data, and the programs that stand in for others."""

from __future__ import annotations

from pathlib import Path

SUPPORT = Path(__file__).resolve().parent
TESTS = SUPPORT.parent
REPOSITORY = TESTS.parent
DATA = TESTS / "data"

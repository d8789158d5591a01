"""The import rules of the layout, read from the imports themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("planner", "db", "benchmarks", "app")

MAY_IMPORT: dict[str, set[str]] = {
    "planner": {"planner"},
    "planner/cli.py": {"planner", "db", "benchmarks"},
    "planner/commands": {"planner", "db", "benchmarks"},
    "db": {"db", "planner"},
    "benchmarks": {"benchmarks", "planner"},
    "app": {"app", "planner"},
    "app/services.py": {"app", "planner", "db", "benchmarks"},
    "app/services": {"app", "planner", "db", "benchmarks"},
}
"""The most specific entry holds for a file. `app` may use planner's value types everywhere."""

WITHOUT_STREAMLIT = ("app/charts", "app/formatting.py", "planner", "db")
"""Where Streamlit must not be imported."""

WITHOUT_SQLALCHEMY = ("planner", "benchmarks", "app")


def imports(source: str) -> Iterator[str]:
    """Top-level names of everything that a module imports, wherever in the file."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


def rule_for(path: str) -> set[str]:
    key = max((k for k in MAY_IMPORT if path == k or path.startswith(k + "/")), key=len)
    return MAY_IMPORT[key]


def within(path: str, places: tuple[str, ...]) -> bool:
    return any(path == place or path.startswith(place + "/") for place in places)


def violations(path: str, source: str) -> list[str]:
    found = []
    for name in imports(source):
        if name in PACKAGES and name not in rule_for(path):
            found.append(f"{path} imports {name}")
        if name == "streamlit" and within(path, WITHOUT_STREAMLIT):
            found.append(f"{path} imports streamlit")
        if name == "sqlalchemy" and within(path, WITHOUT_SQLALCHEMY):
            found.append(f"{path} imports sqlalchemy")
    return found


def modules() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def test_every_module_keeps_to_the_import_rules() -> None:
    assert len(modules()) > 30
    broken = [
        violation
        for path in modules()
        for violation in violations(path.relative_to(ROOT).as_posix(), path.read_text())
    ]
    assert broken == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("planner/costs.py", "import db.storage"),
        ("planner/costs.py", "def f():\n    from benchmarks import load"),
        ("planner/report/pdf.py", "from app.formatting import usd"),
        ("db/storage.py", "import benchmarks"),
        ("benchmarks/agent.py", "from db.storage import open_storage"),
        ("app/charts/cost.py", "import streamlit as st"),
        ("app/pages/plan.py", "from db import storage"),
        ("planner/planning.py", "import sqlalchemy"),
    ],
)
def test_a_planted_violation_is_found(path: str, source: str) -> None:
    assert violations(path, source) != []


def test_files_stay_small_enough_to_find_ones_way_in() -> None:
    long = {
        path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines())
        for path in modules()
        if len(path.read_text().splitlines()) > 400
    }
    assert long == {}

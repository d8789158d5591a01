"""The import rules of the layout, read from the imports themselves."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from paths import REPOSITORY as ROOT

PACKAGES = ("planner", "db", "benchmarks", "app")

MAY_IMPORT: dict[str, set[str]] = {
    "planner": {"planner"},
    "planner/cli.py": {"planner", "db", "benchmarks"},
    "planner/commands": {"planner", "db", "benchmarks"},
    "planner/checking": {"planner", "db", "benchmarks"},
    "db": {"db", "planner"},
    "benchmarks": {"benchmarks", "planner"},
    "app": {"app", "planner"},
    "app/services": {"app", "planner", "db", "benchmarks"},
}
"""The most specific entry holds for a file. `app` may use planner's value types everywhere."""

FLOORS: dict[str, int] = {
    "planner/errors.py": 0,
    "planner/files.py": 1,
    "planner/queueing": 1,
    "planner/networks": 1,
    "planner/naming": 1,
    "planner/catalog": 2,
    "planner/price_lists": 3,
    "planner/vllm": 3,
    "planner/workload": 3,
    "planner/sureness": 1,
    "planner/entered": 4,
    "planner/documents": 4,
    "planner/records": 4,
    "planner/physics": 5,
    "planner/learning": 6,
    "planner/forecast": 7,
    "planner/money": 7,
    "planner/fleet": 8,
    "planner/mixing": 9,
    "planner/risk": 10,
    "planner/wording": 11,
    "planner/report": 12,
    "planner/workbook": 13,
    "planner/commands": 14,
    "planner/checking": 15,
    "planner/cli.py": 16,
    "planner/__main__.py": 17,
    "benchmarks/design": 1,
    "benchmarks/importing": 1,
    "benchmarks/hardware": 2,
    "benchmarks/engine": 3,
    "benchmarks/load": 4,
    "benchmarks/measuring": 5,
    "benchmarks/checks": 6,
}
"""A room imports from itself and, within its package, from the floors below it."""

MOST_MODULES_IN_A_ROOM = 25
MOST_MODULES_AT_THE_TOP = 5

WITHOUT_STREAMLIT = ("app/charts", "app/formatting.py", "planner", "db")
"""Where Streamlit must not be imported."""

WITHOUT_SQLALCHEMY = ("planner", "benchmarks", "app")


def imports(source: str) -> Iterator[str]:
    """Dotted names of everything that a module imports, wherever in the file."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(path: str) -> str | None:
    """The entry of ``FLOORS`` that holds for a file, None outside all of them."""
    return next((room for room in FLOORS if within(path, (room,))), None)


def upward(path: str, imported: str) -> bool:
    """True if the import leads from a room to one that is not below it."""
    here = room_of(path)
    folder = imported.replace(".", "/")
    there = next((r for r in FLOORS if within(folder, (r.removesuffix(".py"),))), None)
    if here is None or there is None or here == there:
        return False
    same_package = here.partition("/")[0] == there.partition("/")[0]
    return same_package and FLOORS[there] >= FLOORS[here]


def rule_for(path: str) -> set[str]:
    key = max((k for k in MAY_IMPORT if path == k or path.startswith(k + "/")), key=len)
    return MAY_IMPORT[key]


def within(path: str, places: tuple[str, ...]) -> bool:
    return any(path == place or path.startswith(place + "/") for place in places)


def violations(path: str, source: str) -> list[str]:
    found = []
    for dotted in imports(source):
        name = dotted.partition(".")[0]
        if upward(path, dotted):
            found.append(f"{path} imports {dotted}, which is not below it")
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
        ("planner/fleet/costs.py", "import db.storage"),
        ("planner/fleet/costs.py", "def f():\n    from benchmarks import load"),
        ("planner/report/pdf.py", "from app.html_pieces import usd"),
        ("db/storage.py", "import benchmarks"),
        ("benchmarks/measuring/agent.py", "from db.storage import open_storage"),
        ("app/charts/cost.py", "import streamlit as st"),
        ("app/pages/plan_page.py", "from db import storage"),
        ("planner/fleet/make_plan.py", "import sqlalchemy"),
        ("planner/physics/load_points.py", "from planner.learning import observations"),
        ("planner/vllm/memory.py", "from planner.records.measurement import Measurement"),
        ("planner/catalog/gpu.py", "def f():\n    import planner.fleet.costs"),
        ("benchmarks/engine/target_server.py", "from benchmarks.load.bench_run import measure"),
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


def test_every_module_has_a_room_and_no_room_is_too_large_to_overlook() -> None:
    paths = [path.relative_to(ROOT).as_posix() for path in modules()]
    inside = [path for path in paths if path.startswith(("planner/", "benchmarks/"))]
    top = {"planner/__init__.py", "benchmarks/__init__.py"}
    assert [path for path in inside if path not in top and room_of(path) is None] == []
    sizes = {room: sum(within(path, (room,)) for path in inside) for room in FLOORS}
    assert {room: n for room, n in sizes.items() if n > MOST_MODULES_IN_A_ROOM} == {}
    for package in ("planner", "benchmarks"):
        assert len(list((ROOT / package).glob("*.py"))) <= MOST_MODULES_AT_THE_TOP


def test_no_two_modules_share_a_file_name_and_none_has_its_rooms_name() -> None:
    names = [path.name for path in modules() if not path.name.startswith("__")]
    assert [name for name, times in Counter(names).items() if times > 1] == []
    assert [str(path) for path in modules() if path.stem == path.parent.name] == []


def test_a_room_says_what_it_answers_and_exports_nothing() -> None:
    for room in (room for room in FLOORS if not room.endswith(".py")):
        tree = ast.parse((ROOT / room / "__init__.py").read_text())
        assert ast.get_docstring(tree), room
        assert len(tree.body) == 1, f"{room}/__init__.py holds more than its question"

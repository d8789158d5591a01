"""``planner compare``: what differs between two questions and between their answers."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from command_line import answer, complaint, fill_store, run

from db.connection import connect
from db.storage import open_storage
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_file import read_scenario_file

FLAT = """\
documents_per_year: 20000000
input_tokens: 4000
quantization: awq
gpus: [L4]
latency_p95: 60
"""
GROUPED = """\
schema_version: 2
name: Next year
quantization: awq
classes:
  - name: claims
    documents_per_year: 30000000
    input_tokens: 4000
    output_tokens: 150
    targets: {e2e_p95_s: 60}
hardware: {gpus: [L4]}
costs: {Storage: {amount: 500, unit: usd_per_year, source: an invoice}}
"""
TWO_CLASSES = """\
schema_version: 2
quantization: awq
classes:
  - {name: letters, documents_per_year: 1000000, input_tokens: 2000, output_tokens: 100}
  - {name: claims, documents_per_year: 1000000, input_tokens: 6000, output_tokens: 200}
hardware: {gpus: [L4]}
"""


@pytest.fixture(autouse=True)
def _store() -> None:
    fill_store()


def written(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text)
    return str(folder / name)


def rows(found: Any, part: str) -> dict[str, tuple[Any, Any]]:
    """The rows of a part that differ."""
    return {row["name"]: (row["a"], row["b"]) for row in found[part] if row["differs"]}


@pytest.mark.slow
def test_what_differs_between_a_flat_and_a_grouped_file(tmp_path: Path) -> None:
    found = answer(
        "compare", written(tmp_path, "a.yaml", FLAT), written(tmp_path, "b.yaml", GROUPED)
    )
    assert rows(found, "question") == {
        "name": ("The article's case", "Next year"),
        "documents_per_year": (20_000_000, 30_000_000),
        "other_costs.Storage.amount": (None, 500),
        "other_costs.Storage.unit": (None, "usd_per_year"),
        "other_costs.Storage.source": (None, "an invoice"),
    }
    changed = rows(found, "answer")
    assert {"Cost a year", "Sure of everything", "Answer time (p95)"} <= set(changed)
    assert "Quantization" not in changed
    cost = next(row for row in found["answer"] if row["name"] == "Cost a year")
    assert cost["ratio"] == pytest.approx(cost["b"] / cost["a"])


@pytest.mark.slow
def test_the_cost_of_each_answer_is_that_of_its_plan(tmp_path: Path) -> None:
    a, b = written(tmp_path, "a.yaml", FLAT), written(tmp_path, "b.yaml", TWO_CLASSES)
    [cost] = [row for row in answer("compare", a, b)["answer"] if row["name"] == "Cost a year"]
    for path, end in ((a, "a"), (b, "b")):
        assert answer("plan", path)["recommended"]["cost_usd_per_year"] == cost[end]


@pytest.mark.slow
def test_classes_are_compared_by_name(tmp_path: Path) -> None:
    more = TWO_CLASSES.replace(
        "{name: claims, documents_per_year: 1", "{name: claims, documents_per_year: 2"
    )
    found = answer(
        "compare", written(tmp_path, "a.yaml", TWO_CLASSES), written(tmp_path, "b.yaml", more)
    )
    assert rows(found, "question") == {"classes.claims.documents_per_year": (1_000_000, 2_000_000)}


@pytest.mark.slow
def test_the_same_file_twice_differs_in_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, "a.yaml", FLAT)
    found = answer("compare", path, path)
    assert rows(found, "question") == rows(found, "answer") == {}
    assert "Both ask the same." in run("compare", path, path).stdout


@pytest.mark.slow
def test_what_differs_is_marked_and_says_by_how_much(tmp_path: Path) -> None:
    a, b = written(tmp_path, "a.yaml", FLAT), written(tmp_path, "b.yaml", GROUPED)
    lines = run("compare", a, b).stdout.splitlines()
    [volume] = [line for line in lines if "documents_per_year" in line]
    assert volume.split() == ["*", "documents_per_year", "20,000,000", "30,000,000"]
    [quantization] = [line for line in lines if "Quantization" in line]
    assert quantization.split() == ["Quantization", "awq", "awq"]


@pytest.mark.slow
def test_an_answer_that_nothing_is_feasible_is_compared_too(tmp_path: Path) -> None:
    a = written(tmp_path, "a.yaml", FLAT)
    b = written(tmp_path, "b.yaml", FLAT + "budget: 10\n")
    found = answer("compare", a, b)
    assert rows(found, "question") == {"budget_usd_per_year": (None, 10)}
    assert rows(found, "answer")["Recommended"] == (True, False)
    assert rows(found, "answer")["Budget: limit kept"] == (None, False)


@pytest.mark.slow
def test_a_saved_scenario_is_compared_by_its_name(tmp_path: Path) -> None:
    path = written(tmp_path, "a.yaml", FLAT)
    with closing(open_storage()) as storage:
        storage.save_scenario("Last year", read_scenario_file(Path(path)))
    assert rows(answer("compare", "Last year", path), "question") == {}


def test_a_name_that_nobody_saved_is_refused_with_those_that_are_there(tmp_path: Path) -> None:
    path = written(tmp_path, "a.yaml", FLAT)
    assert "'nowhere' is neither a scenario file nor a saved scenario" in complaint(
        "compare", path, "nowhere"
    )
    assert "cannot be read" in complaint("compare", path, str(tmp_path / "none.yaml"))


def test_a_saved_scenario_that_does_not_fit_is_told_with_what_to_do(tmp_path: Path) -> None:
    with closing(open_storage()) as storage:
        storage.save_scenario("Newer", Scenario())
    with connect().writing() as connection:
        connection.exec_driver_sql("""UPDATE scenarios SET scenario = '{"gone": 1}'""")
    told = complaint("compare", "Newer", written(tmp_path, "a.yaml", FLAT))
    assert "scenario 'Newer' does not fit this planner (gone: Extra inputs are not perm" in told
    assert "load an earlier version or delete it" in told

"""``planner doctor``: one line for each part, and exit status 1 if something needed is missing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from command_line import answer, fill_store, run

from benchmarks.hardware import nvml
from benchmarks.hardware.nvml import Card, Cards
from planner.catalog import price_age
from planner.checking import doctor_command
from planner.checking.doctor_command import CHECKS, Check

A100 = Card(
    index=0,
    name="NVIDIA A100-SXM4-80GB",
    uuid=None,
    memory_gib=79.2,
    driver="580.95.05",
    compute_capability=(8, 0),
    mig=False,
    mig_slices_gib=(),
    ecc=None,
    power_limit_w=None,
    pcie_generation=None,
    pcie_width=None,
)


@pytest.fixture(autouse=True)
def _store() -> None:
    fill_store()


def check(name: str, status: int = 0) -> dict[str, str]:
    """The line of a part, from the JSON."""
    [found] = [row for row in answer("doctor", status=status)["checks"] if row["name"] == name]
    return dict(found)


def test_each_part_has_one_line_that_says_its_state() -> None:
    result = run("doctor")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert len(lines) == len(CHECKS)
    assert all(line.startswith(("ok ", "optional ")) for line in lines)
    assert lines[0].startswith("ok       Python: 3.")
    assert all(";" in line for line in lines if line.startswith("optional"))


def test_a_store_that_cannot_be_made_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("PLANNER_DATA_DIR", str(tmp_path / "file" / "below"))
    found = check("Store", status=1)
    assert found["state"] == "missing"
    assert "PLANNER_DATA_DIR" in found["advice"]
    assert answer("doctor", status=1)["complete"] is False


def test_the_store_is_named_with_its_schema() -> None:
    found = check("Store")
    assert found["state"] == "ok"
    assert ", schema " in found["found"]


def test_prices_of_last_year_are_to_be_fetched_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check("Prices")["state"] == "ok"
    monkeypatch.setattr(price_age, "today", lambda: date(2027, 11, 27))
    found = check("Prices")
    assert found["state"] == "optional"
    assert "planner catalog refresh-prices" in found["advice"]


def test_the_gpus_of_the_machine_are_named_with_their_driver(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(nvml, "find_cards", lambda: Cards((A100,), None))
    assert check("GPU")["found"] == "NVIDIA A100-SXM4-80GB, driver 580.95.05"
    monkeypatch.setattr(nvml, "find_cards", lambda: Cards((), "NVML: no driver"))
    found = check("GPU")
    assert (found["state"], found["found"]) == ("optional", "NVML: no driver")
    assert "--base-url" in found["advice"]


def test_a_package_that_is_not_installed_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_command, "_version", lambda name: None if name == "typst" else "1")
    assert doctor_command.pdf() == Check(
        "PDF report", "missing", "no typst", "run make install again"
    )
    assert run("doctor").exit_code == 1
    assert "MISSING  PDF report: no typst; run make install again" in run("doctor").stdout

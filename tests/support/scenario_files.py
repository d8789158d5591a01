"""Scenario files that are read, or refused in one line that names the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.errors import InputError
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_file import read_scenario_file


def read(folder: Path, text: str) -> Scenario:
    """The scenario of a file ``scenario.yaml`` with this text."""
    file = folder / "scenario.yaml"
    file.write_text(text, encoding="utf-8")
    return read_scenario_file(file)


def refusal(folder: Path, text: str) -> InputError:
    """The error with which such a file is refused."""
    with pytest.raises(InputError) as refused:
        read(folder, text)
    message = str(refused.value)
    assert "\n" not in message
    assert "scenario.yaml" in message
    return refused.value

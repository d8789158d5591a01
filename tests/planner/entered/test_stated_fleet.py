"""A fleet as it is typed on the command line and on the page."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.scenario_from_fields import DEFAULTS, field_values_of, read_fields
from planner.entered.stated_fleet import stated_fleet
from planner.errors import InputError
from planner.fleet.scenario import FleetPart
from planner.fleet.scenario_file import read_scenario_file, scenario_file_text


def test_a_part_is_gpu_gpus_of_a_replica_and_replicas() -> None:
    assert stated_fleet(["L4:1:2", " A100 80GB : 2 : 1 "]) == [
        {"gpu": "L4", "gpu_count": 1, "replicas": 2},
        {"gpu": "A100 80GB", "gpu_count": 2, "replicas": 1},
    ]


@pytest.mark.parametrize("text", ["L4", "L4:2", ":1:2", "L4:one:2", "L4:1:-2", "L4:1:²", ""])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"is no part of a fleet; write the GPU"):
        stated_fleet([text])


def test_a_file_of_version_2_states_it_under_hardware(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text(
        "hardware: {fleet: [{gpu: L4, gpu_count: 1, replicas: 2}, {gpu: T4, replicas: 3}]}"
    )
    scenario = read_scenario_file(path)
    assert scenario.fleet == (
        FleetPart(gpu="L4", replicas=2),
        FleetPart(gpu="T4", replicas=3),
    )
    path.write_text(scenario_file_text(scenario))  # as the page saves it, version 1
    assert read_scenario_file(path) == scenario


def test_the_page_reads_and_writes_it() -> None:
    read = read_fields(DEFAULTS | {"fleet": "L4:1:2, A100 80GB:2:1"})
    assert read.scenario is not None
    assert read.scenario.fleet == (
        FleetPart(gpu="L4", replicas=2),
        FleetPart(gpu="A100 80GB", gpu_count=2, replicas=1),
    )
    assert field_values_of(read.scenario)["fleet"] == "L4:1:2, A100 80GB:2:1"
    wrong = read_fields(DEFAULTS | {"fleet": "L4:1:0"}).wrong
    assert "it must be at least 1" in wrong["fleet"]

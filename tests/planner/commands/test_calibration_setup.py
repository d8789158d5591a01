"""What is measured for a workload whose classes name models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from planner.catalog.lookup import Catalog
from planner.commands.calibration_setup import Kept, Options, settings_from
from planner.commands.datasheet_options import DatasheetOptions
from planner.errors import InputError

SMALL, LARGE = "mistralai/Mistral-7B-Instruct-v0.2", "Qwen/Qwen2.5-32B-Instruct"
OF_CLASS = {"a": (100, 10), "b": (2000, 20)}


@pytest.fixture
def workload(tmp_path: Path) -> Path:
    return tmp_path / "workload.yaml"


def write(workload: Path, **own: str) -> None:
    """Write a workload of the classes a and b with what each states of its own."""
    classes = (
        f"  - {{name: {name}, documents_per_year: 1000, input_tokens: {inputs}, "
        f"output_tokens: {outputs}{own.get(name, '')}}}\n"
        for name, (inputs, outputs) in OF_CLASS.items()
    )
    workload.write_text("schema_version: 2\nclasses:\n" + "".join(classes))


def options(workload: Path, **chosen: Any) -> Options:
    return Options(chosen, {}, workload, DatasheetOptions(None, None, None, ask=False))


def test_the_model_that_every_class_names_is_measured(workload: Path, catalog: Catalog) -> None:
    own = f", model: {LARGE}, quantization: awq"
    write(workload, a=own, b=own)
    found = settings_from(options(workload), Kept(None, catalog))
    assert (found.model, found.quantization) == (LARGE, "awq")


def test_the_model_to_measure_is_asked_for_if_classes_name_several(
    workload: Path, catalog: Catalog
) -> None:
    phi = "microsoft/Phi-4-mini-instruct"
    write(workload, a=f", model: {phi}", b=f", model: {LARGE}, quantization: awq")
    with pytest.raises(InputError, match=f"classes take {phi}, {LARGE}; .* as --model"):
        settings_from(options(workload), Kept(None, catalog))
    with pytest.raises(InputError, match=f"{SMALL} is no model of the workload"):
        settings_from(options(workload, model=SMALL), Kept(None, catalog))
    found = settings_from(options(workload, model=LARGE), Kept(None, catalog))
    assert (found.model, found.quantization, found.workload.input_tokens) == (LARGE, "awq", 2000)

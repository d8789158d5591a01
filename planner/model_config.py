"""The shape of a model from its `config.json`."""
from __future__ import annotations
from pathlib import Path
from typing import Any
from planner.catalog import ModelSpec
from planner.errors import InputError
def model_from_config(path_or_dict: Path | dict[str, Any], name: str | None = None, base_model: str | None = None) -> ModelSpec:
    raise InputError("not yet", field="model")

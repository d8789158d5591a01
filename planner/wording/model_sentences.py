"""What a model's name was taken for, in a sentence."""

from __future__ import annotations

from planner.catalog.model_spec import ModelSpec


def read_as(model: ModelSpec) -> str | None:
    """Which shape and format a name was read as; None for a catalogue model's own name."""
    if model.read_as is None:
        return None
    weights = "" if model.native_quantization == "none" else f", {model.native_quantization}"
    images = ", with an image encoder" if model.vision_params else ""
    return f"{model.name} is read as {model.read_as}{images}{weights}, by its name."

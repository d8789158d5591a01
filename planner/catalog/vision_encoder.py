"""Number of weights of a multimodal model's image encoder and its projector.

Read from the ``vision_config`` of a ``config.json``, under the field names that
publishers use. Counting the matrices of a vision transformer and of the projector
comes within 4 % of the published checkpoints (Pixtral 435 M, Gemma 3 420 M,
Qwen2-VL 676 M).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from planner.catalog.csv_rows import Fields, read_records

_TABLE = Path(__file__).parent.parent / "data" / "image_encoders.csv"

_GATED = frozenset({"pixtral", "qwen2_5_vl", "gemma4_vision", "dots_ocr", "dots_vit"})
_SHUFFLED = frozenset({"idefics3", "idefics3_vision", "smolvlm", "smolvlm_vision"})
"""Encoders whose projector is one layer, from ``scale_factor`` squared patches."""
_ONE_LAYER = frozenset({"gemma3", "gemma3_text", "gemma4_vision"})
_COLOURS = 3
_MOST = 1_000_000
"""Wider and deeper than any encoder; a larger number does not describe a shape."""
_LARGE: Mapping[str, Any] = {
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_hidden_layers": 24,
}
"""The shape of ViT-L, ``openai/clip-vit-large-patch14-336``: Phi-3-vision gives only that name,
and ``transformers`` uses this shape for a Pixtral that does not state its own."""


def vision_parameters(config: Mapping[str, Any], text_hidden_size: int) -> int | None:
    """Weights of encoder and projector; None for a text-only model, 0 if not stated.

    ``text_hidden_size`` is the width of the language model, to which the images
    are projected.
    """
    vision = _vision_config(config)
    if vision is None:
        return None
    width = _first(vision, "embed_dim", "hidden_size", "vt_hidden_size")
    layers = _first(vision, "num_hidden_layers", "depth", "layers", "vt_num_hidden_layers")
    feed_forward = (
        _first(vision, "intermediate_size", "vt_intermediate_size")
        or _first(vision, "mlp_ratio") * width
    )
    if not (width and layers and feed_forward):
        return 0
    gated = vision.get("hidden_act") == "silu" or _kinds(config, vision) & _GATED
    matrices = 3 if gated else 2
    blocks = layers * (4 * width**2 + matrices * width * feed_forward)
    patches = _COLOURS * width * (_first(vision, "patch_size") or 14) ** 2
    positions = 2 * width * _first(vision, "position_embedding_size")  # rows and columns
    return round(blocks + patches + positions + _projector(config, vision, width, text_hidden_size))


def _projector(
    config: Mapping[str, Any], vision: Mapping[str, Any], width: float, text_width: int
) -> float:
    """Weights of two layers from merged patches to the language model's width, for each depth.

    Gemma 3 and 4 have one layer and merge patches by averaging them.
    """
    if _kinds(config, vision) & _ONE_LAYER:
        return width * text_width
    if _kinds(config, vision) & _SHUFFLED:
        return width * (_first(config, "scale_factor") or 1) ** 2 * text_width
    side = (
        _first(vision, "spatial_merge_size")
        or _first(config, "spatial_merge_size", "downsample_factor")
        or 1 / (_first(config, "downsample_ratio") or 1)
    )
    merged = width * side**2
    deep = vision.get("deepstack_visual_indexes")
    depths = 1 + (len(deep) if isinstance(deep, list) else 0)
    inner = merged if "depth" in vision else text_width
    inner = _first(config, "projector_hidden_size") or inner
    return depths * (merged * inner + inner * text_width)


def _vision_config(config: Mapping[str, Any]) -> Mapping[str, Any] | None:
    stated = config.get("vision_config")
    if isinstance(stated, Mapping):
        return {**_LARGE, **stated} if "pixtral" in _kinds(stated) else stated
    processor = config.get("img_processor")
    if not isinstance(processor, Mapping):
        return None
    clip = str(processor.get("model_name", "")).startswith("openai/clip-vit-large-patch14")
    return _LARGE if clip else {}


def _kinds(*configs: Mapping[str, Any]) -> set[str]:
    return {str(config.get("model_type")) for config in configs}


def _first(fields: Mapping[str, Any], *names: str) -> float:
    """The first of the fields that is a number above 0 and up to ``_MOST``; 0 if none is."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= _MOST:
            return value
    return 0


@dataclass(frozen=True, slots=True)
class ImageEncoder:
    """The cost of the largest image in the encoder of ``models``, which their ids begin with."""

    models: str
    vision_width: int
    image_tokens: int
    patches_per_token: int
    patch_values: int
    position_vectors: int | None
    image_vectors: int
    video_tokens: int | None
    frame_pair_tokens: int | None
    source: str
    source_date: str


def with_largest_image(row: Fields) -> Fields:
    """A row of a packaged model with the fields of its encoder, if that is known."""
    if not row.get("vision_params"):
        return row
    for encoder in _encoders():
        if row["hf_id"].startswith(encoder.models):
            values = {name: getattr(encoder, name) for name in LARGEST_IMAGE}
            return row | {
                name: "" if value is None else str(value) for name, value in values.items()
            }
    return row


LARGEST_IMAGE = (
    "vision_width",
    "image_tokens",
    "patches_per_token",
    "patch_values",
    "position_vectors",
    "image_vectors",
    "video_tokens",
    "frame_pair_tokens",
)


def largest_image(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same fields of a ``config.json``; empty if the encoder's largest image is not known."""
    vision = _vision_config(config)
    kinds = _kinds(config, vision or {})
    known = next(
        (
            largest
            for model_type, largest in _LARGEST.items()
            if any(f"{kind}_".startswith(f"{model_type}_") for kind in kinds)
        ),
        None,
    )
    width = 0.0 if vision is None else _first(vision, "embed_dim", "hidden_size")
    if known is None or not width:
        return {}
    return dict(zip(LARGEST_IMAGE, (round(width), *known), strict=True))


_LARGEST = {
    "qwen2_vl": (16_384, 4, 1_176, None, 1, None, 16_384),
    "qwen2_5_vl": (16_384, 4, 1_176, None, 1, None, 16_384),
    "qwen3_vl": (16_384, 4, 1_536, 1, 4, 12_288, None),
    "qwen3_5": (16_384, 4, 1_536, 1, 1, None, None),
    "gemma3": (256, 16, 588, None, 1, None, None),
}
"""The fields after the width by the beginning of a model type, as in
``data/image_encoders.csv``; ``gemma3n`` has another encoder than ``gemma3``."""


@cache
def _encoders() -> tuple[ImageEncoder, ...]:
    """All rows, the longest beginning first."""
    rows = read_records(_TABLE, ImageEncoder)
    return tuple(sorted(rows, key=lambda row: len(row.models), reverse=True))

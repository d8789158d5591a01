"""Sliding-window attention: number of layers that have a window, and its length."""

from __future__ import annotations

import math

from planner.networks.config_fields import ConfigFields

_OFF_UNLESS_ASKED = frozenset(
    ["qwen2", "qwen2_moe", "qwen2_vl", "qwen2_5_vl", "qwen3", "qwen3_moe"]
)
"""Classes whose config states a window that is used only with use_sliding_window."""
_FULL_EVERY = {"gemma3": 6, "gemma3_text": 6, "cohere2": 4}
"""Every n-th layer attends to the whole context, the others to the window."""
_ALTERNATE = frozenset({"gemma2", "gpt_oss"})
"""Every other layer has the window, beginning with the first."""


def sliding_window(fields: ConfigFields, model_type: str, layers: int) -> tuple[int | None, int]:
    """Window in tokens and number of layers that have it; ``(None, 0)`` without a window.

    A window as long as the model's context has no effect and counts as none. The
    rules are those of the classes in transformers 4.5x (``layer_types``,
    ``sliding_window_pattern``, ``max_window_layers``).
    """
    window = fields.optional_count("sliding_window")
    if window is None or window >= fields.count("max_position_embeddings"):
        return None, 0
    if not fields.flag("use_sliding_window", model_type not in _OFF_UNLESS_ASKED):
        return None, 0
    windowed = _windowed_layers(fields, model_type, layers)
    return (window, windowed) if windowed else (None, 0)


def _windowed_layers(fields: ConfigFields, model_type: str, layers: int) -> int:
    kinds = fields.value("layer_types")
    if isinstance(kinds, list) and len(kinds) == layers:
        return kinds.count("sliding_attention")
    pattern = fields.value("hybrid_layer_pattern")
    if isinstance(pattern, list) and len(pattern) == layers:
        return pattern.count(1)
    if model_type in _ALTERNATE:
        return math.ceil(layers / 2)
    full_every = fields.optional_count("sliding_window_pattern") or _FULL_EVERY.get(model_type)
    if full_every is not None:
        return layers - layers // full_every
    if model_type in _OFF_UNLESS_ASKED:
        return max(0, layers - fields.count("max_window_layers", default=layers))
    return layers

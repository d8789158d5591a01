"""Sliding-window attention: which layers have a window, and its length."""

from __future__ import annotations

from planner.networks.config_fields import ConfigFields

_OFF_UNLESS_ASKED = frozenset(
    ["qwen2", "qwen2_moe", "qwen2_vl", "qwen2_5_vl", "qwen3", "qwen3_moe"]
)
"""Classes whose config states a window that is used only with use_sliding_window."""
_FULL_EVERY = {
    **{"gemma3": 6, "gemma3_text": 6, "gemma4_text": 6, "gemma4_unified_text": 6},
    **{"cohere2": 4, "cohere2_moe": 4, "afmoe": 4},
}
"""Every n-th layer attends to the whole context, the others to the window."""
_ALTERNATE = frozenset({"gemma2", "gpt_oss"})
"""Every other layer has the window, beginning with the first."""
_NO_WINDOWS: tuple[None, frozenset[int]] = (None, frozenset())


def sliding_window(
    fields: ConfigFields, model_type: str, layers: int
) -> tuple[int | None, frozenset[int]]:
    """Window in tokens and numbers of the layers that have it; ``(None, empty)`` without a window.

    A window as long as the model's context has no effect and counts as none. The
    rules are those of the classes in transformers 4.5x (``layer_types``,
    ``sliding_window_pattern``, ``max_window_layers``).
    """
    window = fields.optional_count("sliding_window", zero_is_none=True)
    if window is None or window >= fields.count("max_position_embeddings"):
        return _NO_WINDOWS
    if not fields.flag("use_sliding_window", model_type not in _OFF_UNLESS_ASKED):
        return _NO_WINDOWS
    windowed = _windowed_layers(fields, model_type, layers)
    return (window, windowed) if windowed else _NO_WINDOWS


def _windowed_layers(fields: ConfigFields, model_type: str, layers: int) -> frozenset[int]:
    numbers = range(layers)
    kinds = fields.value("layer_types")
    if isinstance(kinds, list) and len(kinds) >= layers:  # more with those of token prediction
        return frozenset(i for i in numbers if kinds[i] == "sliding_attention")
    pattern = fields.value("hybrid_layer_pattern")
    if isinstance(pattern, list) and len(pattern) == layers:
        return frozenset(i for i in numbers if pattern[i] == 1)
    if model_type in _ALTERNATE:
        return frozenset(numbers[::2])
    full_every = (
        fields.optional_count("sliding_window_pattern")
        or fields.optional_count("global_attn_every_n_layers")
        or _FULL_EVERY.get(model_type)
    )
    if full_every is not None:
        return frozenset(i for i in numbers if (i + 1) % full_every)
    if model_type in _OFF_UNLESS_ASKED:
        return frozenset(numbers[fields.count("max_window_layers", default=layers) :])
    return frozenset(numbers)

"""The longest context of a model, with the RoPE scaling of its own config."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planner.catalog.names import quoted
from planner.errors import InputError
from planner.networks.config_fields import ConfigFields

_LONGROPE = frozenset({"su", "longrope"})
_STATED_AS_EXTENDED = _LONGROPE | {"llama3"}
"""Kinds whose ``max_position_embeddings`` is already the stretched length."""


def context_tokens(fields: ConfigFields, model_type: str) -> int:
    """Longest context in tokens, as vLLM derives it from the config.

    It is ``max_position_embeddings`` x factor, or with YaRN the original length x
    factor. Gemma 3 and the kinds above state the stretched length. YaRN without
    an original length leaves the stated length, as in transformers. Source:
    vllm-project/vllm, ``_get_and_verify_max_len`` in vllm/config (read
    2026-11-25). Raises InputError (field ``model``) if the scaling cannot be used.
    """
    stated = fields.count("max_position_embeddings")
    scaling = _scaling(fields)
    if not scaling or model_type.startswith("gemma3"):
        return stated
    kind, factor = _kind(scaling), scaling.get("factor")
    if factor is None or kind in _STATED_AS_EXTENDED:
        return stated
    original = scaling.get("original_max_position_embeddings")
    if kind == "yarn" and original is None:
        return stated
    start = _positive(original, "original_max_position_embeddings") if kind == "yarn" else stated
    stretched = start * _positive(factor, "factor")
    if stretched < 1:
        raise InputError(
            f"model config: factor of rope_scaling is {quoted(str(factor))}, which leaves no "
            "context; a factor of 1 or more is needed",
            field="model",
        )
    return int(stretched)


def has_longrope(fields: ConfigFields) -> bool:
    """True if positions use LongRoPE, which scales each frequency by its own factor."""
    return _kind(_scaling(fields)) in _LONGROPE


def _scaling(fields: ConfigFields) -> Mapping[str, Any]:
    stated = fields.value("rope_scaling") or fields.value("rope_parameters")
    return stated if isinstance(stated, Mapping) else {}


def _kind(scaling: Mapping[str, Any]) -> str | None:
    kind = scaling.get("rope_type") or scaling.get("type")
    return kind if isinstance(kind, str) else None


def _positive(value: Any, name: str) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 < value <= 10**9:
        raise InputError(
            f"model config: {name} of rope_scaling is {quoted(str(value))}; a number above 0 is "
            "needed",
            field="model",
        )
    return float(value)

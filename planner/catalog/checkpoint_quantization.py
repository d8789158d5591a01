"""The quantization that a checkpoint's ``quantization_config`` states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from planner.catalog.model_spec import Quantization
from planner.errors import InputError

_BY_METHOD: dict[str, Quantization] = {
    "fp8": "fp8",
    "fbgemm_fp8": "fp8",
    "mxfp4": "mxfp4",
    "bitsandbytes": "bitsandbytes",
}


def checkpoint_quantization(config: Mapping[str, Any]) -> tuple[Quantization, str | None]:
    """The quantization of the published weights and a note, from a model's config.

    ``("none", None)`` without a ``quantization_config``. Raises InputError
    (field ``model``) if its size cannot be computed.
    """
    stated = config.get("quantization_config")
    if not stated:
        return "none", None
    if not isinstance(stated, Mapping):
        raise _error("quantization_config is not an object")
    method = str(stated.get("quant_method", "not stated")).lower()
    if method in ("awq", "gptq", "awq_marlin", "gptq_marlin"):
        weight_only: Literal["awq", "gptq"] = "awq" if method.startswith("awq") else "gptq"
        return _weight_only(weight_only, stated.get("bits", stated.get("w_bit", 4)))
    if method in ("compressed-tensors", "compressed_tensors"):
        return _compressed_tensors(stated)
    if method in ("modelopt", "not stated") and stated.get("quant_algo") == "FP8":
        return "fp8", "quantized by modelopt"
    if method in _BY_METHOD:
        return _BY_METHOD[method], None
    raise _error(
        f"quantization method {method!r:.60} is not known; known are awq, gptq, fp8, mxfp4, "
        "bitsandbytes and compressed-tensors"
    )


def _weight_only(method: Literal["awq", "gptq"], bits: Any) -> tuple[Quantization, str | None]:
    if bits == 4:
        return method, None
    if bits == 8:
        return "int8", f"8-bit {method}: weights only, arithmetic stays 16 bit"
    raise _error(f"{method} with {bits!r:.20} bits cannot be sized; 4 and 8 can")


def _compressed_tensors(stated: Mapping[str, Any]) -> tuple[Quantization, str | None]:
    for weights, activations in _groups(stated):
        bits, kind = weights.get("num_bits"), weights.get("type")
        if (bits, kind) == (8, "float"):
            return "fp8", "compressed-tensors"
        if (bits, kind) == (8, "int"):
            how = "W8A8" if activations else "W8A16: arithmetic stays 16 bit"
            return "int8", f"compressed-tensors {how}"
        if (bits, kind) == (4, "int"):
            return "gptq", "compressed-tensors W4A16, sized and timed like gptq"
        raise _error(f"compressed-tensors with {bits!r:.20} bits of {kind!r:.20} cannot be sized")
    raise _error("compressed-tensors without a group that states its weights")


def _groups(stated: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Any]]:
    """Weights and input activations of each group that states its weights."""
    groups = stated.get("config_groups")
    if isinstance(groups, Mapping):
        for group in groups.values():
            if isinstance(group, Mapping) and isinstance(group.get("weights"), Mapping):
                yield group["weights"], group.get("input_activations")


def _error(what: str) -> InputError:
    return InputError(f"model config: {what}", field="model")

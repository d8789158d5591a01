"""Values of vLLM's options as its users type them, and what they mean here.

Source: vllm-project/vllm, ``QuantizationMethods`` in vllm/model_executor/layers/quantization,
``CacheDType`` in vllm/config/cache.py and ``SpeculativeMethod`` in vllm/config/speculative.py
(read 2026-11-28).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, Literal, get_args

from planner.catalog.model_spec import QUANTIZATIONS, Quantization
from planner.catalog.names import quoted
from planner.errors import InputError
from planner.vllm.engine_settings import KvCacheDtype
from planner.vllm.speculative_decoding import SpeculativeMethod

AS_THE_CHECKPOINT: Final = None
"""The format that the name or the config.json of the model states."""

AS_QUANTIZED: Final = "as quantized"
"""The same of a checkpoint that is quantized: what the loaders of several formats say."""

StatedFormat = Literal[Quantization, "as quantized"]

WEIGHT_FORMATS: Mapping[str, StatedFormat | None] = {
    **{known: known for known in QUANTIZATIONS},
    "auto": AS_THE_CHECKPOINT,
    "awq_marlin": "awq",
    "gptq_marlin": "gptq",
    "gptq_bitblas": "gptq",
    "fbgemm_fp8": "fp8",
    "ptpc_fp8": "fp8",
    "experts_int8": "int8",
    "modelopt_fp4": "nvfp4",
    "compressed-tensors": AS_QUANTIZED,
    "compressed_tensors": AS_QUANTIZED,
    "modelopt": AS_QUANTIZED,
    "modelopt_mixed": AS_QUANTIZED,
    "auto-round": AS_QUANTIZED,
    "auto_round": AS_QUANTIZED,
    "inc": AS_QUANTIZED,
    "moe_wna16": AS_QUANTIZED,
}

CACHE_FORMATS: Mapping[str, KvCacheDtype] = {
    "auto": "auto",
    "fp8": "fp8",
    "fp8_e4m3": "fp8",
    "fp8_e5m2": "fp8",
    "bfloat16": "auto",
    "float16": "auto",
}


def speculation_of(
    config: str, method: SpeculativeMethod | None = None, tokens: int | None = None
) -> tuple[SpeculativeMethod, int]:
    """Method and tokens of ``--speculative-config``, a JSON object.

    ``method`` and ``tokens`` are those that other options state. Raises InputError (field
    ``speculative_config``) for what is no such object, whose method is none of those that can
    be sized, or which contradicts the other options.
    """
    stated = _speculation_stated(config)
    if method not in (None, stated[0]):
        raise _refused(config, f"contradicts the speculative method {method}, leave one out")
    if tokens not in (None, stated[1]):
        raise _refused(config, f"contradicts {tokens} speculative tokens, leave one out")
    return stated


def _speculation_stated(config: str) -> tuple[SpeculativeMethod, int]:
    try:
        stated = json.loads(config)
    except (ValueError, RecursionError) as error:
        raise _refused(config, "is no JSON object") from error
    if not isinstance(stated, dict):
        raise _refused(config, "is no JSON object")
    tokens = stated.get("num_speculative_tokens")
    if not isinstance(tokens, int) or isinstance(tokens, bool):
        raise _refused(config, "has no number num_speculative_tokens")
    named = str(stated.get("method") or ("draft_model" if stated.get("model") else ""))
    for method in get_args(SpeculativeMethod):
        if named == method or (method in ("mtp", "eagle") and method in named):
            return method, tokens
    raise _refused(config, f"states the method {quoted(named)}, which cannot be sized")


def _refused(config: str, why: str) -> InputError:
    return InputError(
        f"speculative config {quoted(config)} {why}; give one such as "
        '{"method": "mtp", "num_speculative_tokens": 2}, with a method of '
        f"{', '.join(get_args(SpeculativeMethod))}",
        field="speculative_config",
    )

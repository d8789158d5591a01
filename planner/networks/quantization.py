"""The formats that weights come in."""

from __future__ import annotations

from typing import Literal, get_args

Quantization = Literal[
    "none", "awq", "gptq", "fp8", "int8", "mxfp4", "bitsandbytes", "nvfp4", "w4a8"
]
QUANTIZATIONS: tuple[Quantization, ...] = get_args(Quantization)

SIXTEEN_BIT_BYTES = 2
"""Bytes of one value in fp16 or bf16."""

"""Bytes of a weight in each format, with its part of the scales that the format usually has."""

from __future__ import annotations

from planner.networks.quantization import SIXTEEN_BIT_BYTES, Quantization
from planner.networks.weight_scheme import four_bit_bytes

BYTES_PER_PARAM: dict[Quantization, float] = {
    "none": float(SIXTEEN_BIT_BYTES),
    "awq": four_bit_bytes(),
    "gptq": four_bit_bytes(),
    "fp8": 1.0,
    "int8": 1.0,
    "mxfp4": 4.25 / 8,  # 4 bit and an 8-bit scale for 32 weights
    "nvfp4": 0.5 + 1 / 16,  # 4 bit and an 8-bit scale for 16 weights
    "w4a8": four_bit_bytes(),
    "bitsandbytes": 0.5 + 1 / 64 + 4 / (64 * 256),  # NF4 with double quantization
}

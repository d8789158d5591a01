"""A stand-in for vLLM that starts in no time, and a processor that counts as a card."""

from __future__ import annotations

import shlex
import sys

from paths import SUPPORT

from benchmarks.hardware.cards import processor_name
from planner.catalog.gpu import CPU, GPU

STAND_IN = f"{shlex.quote(sys.executable)} {shlex.quote(str(SUPPORT / 'stand_in_vllm.py'))} serve"
PROCESSOR = GPU(
    name=CPU,
    memory_gb=16,
    memory_gib=14.9,
    bandwidth_gb_per_s=20,
    fp16_tflops=0.2,
    fp8_tflops=None,
    int8_tops=None,
    tdp_w=None,
    compute_capability=(8, 0),
    architecture="CPU",
    link_gb_per_s=None,
    aliases=(),
    source="measured on this machine",
    source_date="2026-11-22",
    note=f"{processor_name()}, 2 cores",
)

"""A GPU, by its datasheet."""

from __future__ import annotations

from dataclasses import dataclass

from planner.catalog.csv_rows import AddedBy


@dataclass(frozen=True, slots=True)
class GPU:
    """One card, by its datasheet. Rates are dense and at the datasheet's peak.

    ``memory_gb`` is the size on the box, ``memory_gib`` what the driver
    reports as total (an "80 GB" H100 reports 79.2). ``fp16_tflops`` is with
    fp32 accumulation, the rate vLLM's kernels see.
    """

    name: str
    memory_gb: float
    memory_gib: float
    bandwidth_gb_per_s: float
    fp16_tflops: float
    fp8_tflops: float | None
    int8_tops: float | None
    tdp_w: float | None
    compute_capability: tuple[int, int]
    architecture: str
    link_gb_per_s: float | None
    aliases: tuple[str, ...]
    source: str
    source_date: str
    note: str | None = None
    added_by: AddedBy = "planner"

    def has_capability(self, least: float) -> bool:
        """Whether its compute capability is at least ``least``, such as 8.0."""
        major, minor = self.compute_capability
        return major + minor / 10 >= least


def several(number: int, gpu: str) -> str:
    """So many GPUs in words.

    >>> several(2, "A100 80GB")
    '2 x A100 80GB'
    """
    return f"{number} x {gpu}"

"""A GPU, by its datasheet."""

from __future__ import annotations

from dataclasses import dataclass

from planner.catalog.csv_rows import AddedBy

PCIE_LIMIT_GB_PER_S = 130.0
"""PCIe 6.0 x16 reaches 128 GB/s per direction; a faster link is NVLink."""


PROCESSOR = "CPU"
"""The architecture of a processor: machines of this name differ, so no limit is known."""


CPU = "cpu"
"""The catalogue's name of a machine's processor."""


@dataclass(frozen=True, slots=True)
class GPU:
    """One GPU, by its datasheet. Rates are dense and at the datasheet's peak.

    ``memory_gb`` is the size on the box, ``memory_gib`` the total that the driver
    reports (79.2 for an "80 GB" H100). ``fp16_tflops`` is with fp32 accumulation,
    the rate that vLLM's kernels reach at best. ``link_gb_per_s`` is per direction.
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

    @property
    def has_nvlink(self) -> bool:
        """True if NVLink joins the GPUs of a machine; False for PCIe or a link not stated."""
        return self.link_gb_per_s is not None and self.link_gb_per_s > PCIE_LIMIT_GB_PER_S

    @property
    def capability_text(self) -> str:
        """The compute capability as NVIDIA writes it, ``8.0``."""
        major, minor = self.compute_capability
        return f"{major}.{minor}"

    def has_capability(self, least: float) -> bool:
        """True if the compute capability is at least ``least``, such as 8.0."""
        major, minor = self.compute_capability
        return major + minor / 10 >= least


def processor_gpu(
    memory_gb: float,
    bandwidth_gb_per_s: float,
    fp16_tflops: float,
    source: str,
    source_date: str,
    note: str,
    name: str = CPU,
) -> GPU:
    """A processor as a GPU, with the peaks that were measured on its machine."""
    return GPU(
        name=name,
        memory_gb=round(memory_gb, 1),
        memory_gib=memory_gb * 1e9 / 2**30,
        bandwidth_gb_per_s=bandwidth_gb_per_s,
        fp16_tflops=fp16_tflops,
        fp8_tflops=None,
        int8_tops=None,
        tdp_w=None,
        # A processor has none; this value rules no number format out.
        compute_capability=(8, 0),
        architecture=PROCESSOR,
        link_gb_per_s=None,
        aliases=(),
        source=source,
        source_date=source_date,
        note=note,
    )


def gpu_group(gpu_count: int, gpu: str) -> str:
    """Several GPUs of one kind, as text.

    >>> gpu_group(2, "A100 80GB")
    '2 x A100 80GB'
    """
    return f"{gpu_count} x {gpu}"

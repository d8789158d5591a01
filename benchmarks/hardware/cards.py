"""The catalogue's entry for the hardware of this machine: NVML's GPUs, or its processor."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.hardware.cpu_speed import measure_processor
from benchmarks.hardware.nvml import Card
from planner.catalog.gpu import CPU, GPU, gpu_group, processor_gpu
from planner.catalog.lookup import Catalog
from planner.errors import InputError
from planner.vllm.memory import GIB

GB = 1e9


@dataclass(frozen=True, slots=True)
class Datasheet:
    """The two figures of a GPU that NVML does not know, and their source."""

    bandwidth_gb_per_s: float
    fp16_tflops: float
    source: str


@dataclass(frozen=True, slots=True)
class Hardware:
    """What is measured. ``cards`` are this machine's, none for a processor or a remote server."""

    gpu: GPU
    gpu_count: int
    cards: tuple[Card, ...] = ()

    @property
    def is_processor(self) -> bool:
        return self.gpu.name == CPU


class UnknownCardError(InputError):
    """The catalogue lacks a GPU that NVML lists."""

    def __init__(self, card: Card) -> None:
        super().__init__(
            f"{card.name!r} is not in the catalogue, and NVML does not know its speed: to add it, "
            "give --bandwidth-gb-per-s, --fp16-tflops (dense, FP32 accumulation) and "
            "--datasheet-source",
            field="gpu",
        )
        self.card = card


def gpu_of_card(card: Card, catalog: Catalog) -> GPU:
    """The catalogue's GPU for a card of this machine.

    Raises UnknownCardError if there is none, InputError for a card with MIG slices.
    """
    if card.mig:
        slices = ", ".join(f"{size:.1f} GiB" for size in card.mig_slices_gib) or "none"
        raise InputError(
            f"GPU {card.index} ({card.name}) is divided into MIG slices ({slices}), and the "
            "figures of the whole GPU do not hold for a slice: switch MIG off, or choose "
            "another GPU with CUDA_VISIBLE_DEVICES",
            field="gpu",
        )
    memory_gb = None if card.memory_gib is None else card.memory_gib * GIB / GB
    try:
        return catalog.gpu(card.name, memory_gb)
    except InputError:
        raise UnknownCardError(card) from None


def choose_cards(
    cards: Sequence[Card], catalog: Catalog, wanted: str | None, gpu_count: int
) -> Hardware:
    """The first ``gpu_count`` cards of the wanted kind, by default of the first card's kind.

    Raises InputError if there are fewer, and the errors of ``gpu_of_card``.
    """
    if wanted is None:
        gpu = gpu_of_card(cards[0], catalog)
        alike = [card for card in cards if card.name == cards[0].name]
    else:
        gpu = catalog.gpu(wanted)
        alike = [card for card in cards if _is(card, gpu, catalog)]
    if len(alike) < gpu_count:
        there = ", ".join(sorted({card.name for card in cards})) or "none"
        raise InputError(
            f"{gpu_group(gpu_count, gpu.name)} was requested, but this machine has "
            f"{len(alike)} of them (its GPUs: {there}): choose fewer with --gpu-count, "
            "another with --gpu, or add --dry-run to see the commands",
            field="gpu_count",
        )
    return Hardware(gpu, gpu_count, tuple(alike[:gpu_count]))


def kinds_of_cards(cards: Sequence[Card], catalog: Catalog) -> list[Hardware]:
    """One card of every kind that is both in this machine and in the catalogue."""
    kinds: dict[str, Hardware] = {}
    for card in cards:
        try:
            gpu = gpu_of_card(card, catalog)
        except InputError:
            continue
        kinds.setdefault(gpu.name, Hardware(gpu, 1, (card,)))
    return list(kinds.values())


def card_to_add(card: Card, datasheet: Datasheet, catalog: Catalog) -> GPU:
    """A new catalogue entry, from NVML and the datasheet.

    Raises InputError if NVML does not state memory and compute capability.
    """
    if card.memory_gib is None or card.compute_capability is None:
        raise InputError(
            f"NVML does not state memory and compute capability of {card.name!r}: "
            "add the GPU with planner catalog add-gpu",
            field="gpu",
        )
    capability = card.compute_capability
    return GPU(
        name=card.name,
        memory_gb=round(card.memory_gib, 1),
        memory_gib=card.memory_gib,
        bandwidth_gb_per_s=datasheet.bandwidth_gb_per_s,
        fp16_tflops=datasheet.fp16_tflops,
        fp8_tflops=None,
        int8_tops=None,
        tdp_w=card.power_limit_w,
        compute_capability=capability,
        architecture=_architecture(capability, catalog),
        link_gb_per_s=None,
        aliases=(),
        source=datasheet.source,
        source_date=_today(),
        note="memory, compute capability and power limit as NVML reports them",
    )


def processor(catalog: Catalog, command: Sequence[str]) -> GPU:
    """This machine's processor as a GPU: the catalogue's entry if it fits, else measured now.

    ``command`` starts the engine, whose own Python does the multiplications.
    """
    name, memory_bytes = processor_name(), _memory_bytes()
    for gpu in catalog.gpus:
        if gpu.name == CPU and gpu.note is not None and name in gpu.note:
            return gpu
    python = Path(command[0]).parent / "python"
    speed = measure_processor(str(python) if python.exists() else sys.executable)
    return processor_gpu(
        memory_gb=memory_bytes / GB,
        bandwidth_gb_per_s=round(speed.bandwidth_gb_per_s, 2),
        fp16_tflops=round(speed.tflops, 4),
        source=(
            f"measured on this machine: matrix product in {speed.number_format}, "
            "matrix times vector in float32 (numpy)"
        ),
        source_date=_today(),
        note=f"{name}, {len(os.sched_getaffinity(0))} cores; the compute capability is a stand-in",
    )


def processor_name() -> str:
    """The processor's model name."""
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.M)
    except OSError:
        found = None
    return found[1].strip() if found else platform.machine()


def _is(card: Card, gpu: GPU, catalog: Catalog) -> bool:
    try:
        return gpu_of_card(card, catalog).name == gpu.name
    except InputError:
        return False


def _architecture(capability: tuple[int, int], catalog: Catalog) -> str:
    alike = (gpu for gpu in catalog.gpus if gpu.compute_capability == capability)
    known = next(alike, None)
    return known.architecture if known else f"compute capability {capability[0]}.{capability[1]}"


def _memory_bytes() -> float:
    return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


def _today() -> str:
    return datetime.now(UTC).date().isoformat()

"""The GPUs of this machine, and single readings of a GPU, through NVML.

A field that a GPU does not support is None. A lost GPU raises NVMLError. A machine without
NVML has no GPUs, and a reason.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import pynvml

from planner.vllm.memory import GIB

MILLI = 1e-3
_Value = TypeVar("_Value")

_LOST = {pynvml.NVML_ERROR_GPU_IS_LOST, pynvml.NVML_ERROR_RESET_REQUIRED}


@dataclass(frozen=True, slots=True)
class Card:
    """One GPU as NVML describes it; None if the GPU or the driver does not state a field.

    ``memory_gib`` is what the driver reports, which is less than the name says.
    ``compute_capability`` is for example (8, 0). ``pcie_generation`` and ``pcie_width`` are
    the maximum of the card in its slot. ``mig_slices_gib`` is the memory of each MIG slice.
    """

    index: int
    name: str
    uuid: str | None
    memory_gib: float | None
    driver: str | None
    compute_capability: tuple[int, int] | None
    mig: bool | None
    mig_slices_gib: tuple[float, ...]
    ecc: bool | None
    power_limit_w: float | None
    pcie_generation: int | None
    pcie_width: int | None


@dataclass(frozen=True, slots=True)
class Cards:
    """The cards of this machine, and why some or all are missing."""

    cards: tuple[Card, ...]
    reason: str | None


@dataclass(frozen=True, slots=True)
class Sample:
    """One reading of one card at ``time.perf_counter()`` = ``at_s``; None: not supported.

    ``energy_j`` counts from the loading of the driver.
    """

    at_s: float
    power_w: float | None
    energy_j: float | None
    memory_gib: float | None
    sm_clock_mhz: int | None
    temperature_c: int | None
    utilization_percent: int | None
    throttle_bits: int | None


def find_cards() -> Cards:
    """All GPUs. The reason names those that cannot be opened, which are left out."""
    try:
        with nvml():
            driver = _supported(pynvml.nvmlSystemGetDriverVersion)
            found = [_card(index, driver) for index in range(pynvml.nvmlDeviceGetCount())]
    except pynvml.NVMLError as error:
        return Cards((), f"NVML: {error}")
    troubles = [entry for entry in found if isinstance(entry, str)]
    cards = tuple(entry for entry in found if isinstance(entry, Card))
    return Cards(cards, "; ".join(troubles) or (None if cards else "NVML lists no GPU"))


def visible_cards(cards: Sequence[Card], setting: str | None) -> tuple[Card, ...]:
    """The cards that ``CUDA_VISIBLE_DEVICES`` lists, in its order; all if it is not set.

    Its entries are indices or prefixes of UUIDs. The first entry that names no card ends the
    list (CUDA C++ Programming Guide, "CUDA Environment Variables").
    """
    if setting is None:
        return tuple(cards)
    visible: list[Card] = []
    for entry in filter(None, map(str.strip, setting.split(","))):
        named = [card for card in cards if _is_named(card, entry)]
        if not named:
            break
        visible.append(named[0])
    return tuple(visible)


def _is_named(card: Card, entry: str) -> bool:
    return entry == str(card.index) or (
        entry.startswith("GPU-") and (card.uuid or "").startswith(entry)
    )


def read_sample(index: int) -> Sample:
    """Read one card, inside a ``with nvml()`` block. Raises NVMLError if the card is lost."""
    handle = pynvml.nvmlDeviceGetHandleByIndex(index)
    at_s = time.perf_counter()
    utilization = _supported(pynvml.nvmlDeviceGetUtilizationRates, handle)
    return Sample(
        at_s=at_s,
        power_w=_scaled(_supported(pynvml.nvmlDeviceGetPowerUsage, handle), MILLI),
        energy_j=_scaled(_supported(pynvml.nvmlDeviceGetTotalEnergyConsumption, handle), MILLI),
        memory_gib=_memory_gib(handle, "used"),
        sm_clock_mhz=_supported(pynvml.nvmlDeviceGetClockInfo, handle, pynvml.NVML_CLOCK_SM),
        temperature_c=_supported(
            pynvml.nvmlDeviceGetTemperature, handle, pynvml.NVML_TEMPERATURE_GPU
        ),
        utilization_percent=None if utilization is None else utilization.gpu,
        throttle_bits=_throttle_bits(handle),
    )


def _throttle_bits(handle: Any) -> int | None:
    """The bits of the active throttle reasons; drivers before 535 know only the older name."""
    bits = _supported(pynvml.nvmlDeviceGetCurrentClocksEventReasons, handle)
    if bits is None:
        bits = _supported(pynvml.nvmlDeviceGetCurrentClocksThrottleReasons, handle)
    return bits


def _card(index: int, driver: str | None) -> Card | str:
    try:
        handle = pynvml.nvmlDeviceGetHandleByIndex(index)
        mig = _supported(pynvml.nvmlDeviceGetMigMode, handle)
        ecc = _supported(pynvml.nvmlDeviceGetEccMode, handle)
        capability = _supported(pynvml.nvmlDeviceGetCudaComputeCapability, handle)
        limit_mw = _supported(pynvml.nvmlDeviceGetEnforcedPowerLimit, handle)
        return Card(
            index=index,
            name=pynvml.nvmlDeviceGetName(handle),
            uuid=_supported(pynvml.nvmlDeviceGetUUID, handle),
            memory_gib=_memory_gib(handle, "total"),
            driver=driver,
            compute_capability=capability,
            mig=None if mig is None else bool(mig[0]),
            mig_slices_gib=tuple(_mig_slices_gib(handle)),
            ecc=None if ecc is None else bool(ecc[0]),
            power_limit_w=_scaled(limit_mw, MILLI),
            pcie_generation=_supported(pynvml.nvmlDeviceGetMaxPcieLinkGeneration, handle),
            pcie_width=_supported(pynvml.nvmlDeviceGetMaxPcieLinkWidth, handle),
        )
    except pynvml.NVMLError as error:
        return f"GPU {index} cannot be opened: {error}"


def _mig_slices_gib(handle: Any) -> Iterator[float]:
    for number in range(_supported(pynvml.nvmlDeviceGetMaxMigDeviceCount, handle) or 0):
        piece = _supported(pynvml.nvmlDeviceGetMigDeviceHandleByIndex, handle, number)
        memory_gib = None if piece is None else _memory_gib(piece, "total")
        if memory_gib is not None:
            yield memory_gib


def _memory_gib(handle: Any, which: str) -> float | None:
    memory = _supported(pynvml.nvmlDeviceGetMemoryInfo, handle)
    return None if memory is None else getattr(memory, which) / GIB


def _supported(read: Callable[..., _Value], *arguments: Any) -> _Value | None:
    """The value; None if the card, the driver or the permissions do not give it.

    Raises NVMLError if the card is lost: it must not look like a card with fewer fields.
    """
    try:
        return read(*arguments)
    except pynvml.NVMLError as error:
        if error.value in _LOST:
            raise
        return None


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


@contextmanager
def nvml() -> Iterator[None]:
    """Initialize NVML and shut it down again. Raises NVMLError if there is no NVML."""
    pynvml.nvmlInit()
    try:
        yield
    finally:
        pynvml.nvmlShutdown()

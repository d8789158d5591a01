"""The cards of this machine, and one reading of a card, through NVML.

A field that a card does not support is None, a lost card raises NVMLError, and a
machine without NVML has no cards and a reason.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import pynvml

GIB = 2**30
MILLI = 1e-3
_Value = TypeVar("_Value")

_LOST = {pynvml.NVML_ERROR_GPU_IS_LOST, pynvml.NVML_ERROR_RESET_REQUIRED}


@dataclass(frozen=True, slots=True)
class Card:
    """One GPU as NVML names it; None where the card or the driver does not say.

    ``memory_gib`` is what the driver reports, which is less than the name says.
    ``compute_capability`` is for example (8, 0). ``pcie_generation`` and ``pcie_width``
    are the largest of the card and its slot. ``mig_slices_gib`` is the memory of each
    slice that the card is cut into: a slice is not the card of that name.
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
    """The cards of this machine, or why none are known."""

    cards: tuple[Card, ...]
    reason: str | None


@dataclass(frozen=True, slots=True)
class Sample:
    """One reading of one card at ``at_s`` of ``time.perf_counter()``; None: not supported.

    ``energy_j`` counts since the driver was loaded.
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
    """List the GPUs. A card that cannot be opened is left out and named in the reason."""
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
    """The cards that ``CUDA_VISIBLE_DEVICES`` leaves, in its order; all where it is not set.

    It lists indices or beginnings of UUIDs, and the first entry that names no card ends
    the list (CUDA C++ Programming Guide, "CUDA Environment Variables").
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
    """Read one card, inside ``nvml``. Raises NVMLError where the card is lost."""
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
    """Drivers before 535 know the older name only."""
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
    """None for a field that this card, driver or permission does not give.

    A lost card raises: it is not a card with fewer fields.
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
    """NVML, loaded and let go again. Raises NVMLError where there is none."""
    pynvml.nvmlInit()
    try:
        yield
    finally:
        pynvml.nvmlShutdown()

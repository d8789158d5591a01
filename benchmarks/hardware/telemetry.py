"""Telemetry of the GPUs during a point: power, energy, memory, clocks, heat, throttling."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType

import pynvml

from benchmarks.design.points import Window
from benchmarks.hardware.nvml import Sample, nvml, read_sample

JOULES_PER_WH = 3600.0

# nvml.h: nvmlClocksEventReason*. The bits for "idle", "application clocks", "sync boost" and
# "display clocks" are left out: they are settings, and do not hold a GPU below its settings.
THROTTLE_REASONS = {
    0x004: "power limit (software power cap)",
    0x008: "hardware slowdown",
    0x020: "heat (software thermal slowdown)",
    0x040: "heat (hardware thermal slowdown)",
    0x080: "power brake (hardware)",
    0x200: "board limit",
    0x400: "reliability voltage limit",
}


@dataclass(frozen=True, slots=True)
class CardUse:
    """One card over a window; None if the card does not say, or was lost before the end.

    ``energy_wh`` comes from the card's energy counter, or from its power if it has no counter.
    ``lost`` is NVML's message if the card was lost during the run.
    """

    index: int
    samples: int
    power_mean_w: float | None
    power_max_w: float | None
    energy_wh: float | None
    memory_peak_gib: float | None
    sm_clock_mean_mhz: float | None
    temperature_max_c: float | None
    utilization_mean_percent: float | None
    throttled: bool | None
    throttle_reasons: tuple[str, ...]
    lost: str | None


@dataclass(frozen=True, slots=True)
class Telemetry:
    """All cards of a replica over a window; sums are None unless every card gives its value.

    ``window_s`` is the length of the window in seconds; None if all samples count.
    """

    cards: tuple[CardUse, ...]
    window_s: float | None
    power_mean_w: float | None
    energy_wh: float | None
    energy_wh_per_1000_output_tokens: float | None
    memory_peak_gib: float | None
    throttled: bool | None
    throttle_reasons: tuple[str, ...]
    lost: tuple[str, ...]


class Sampler:
    """Reads cards every ``interval_s`` in a thread, from entry to exit of a ``with`` block."""

    def __init__(self, indices: Sequence[int], interval_s: float = 0.2) -> None:
        self.samples: dict[int, list[Sample]] = {index: [] for index in indices}
        self.lost: dict[int, str] = {}
        self._interval_s = interval_s
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="telemetry", daemon=True)

    def __enter__(self) -> Sampler:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()

    def summary(self, window: Window | None, output_tokens: int) -> Telemetry:
        """Summary of the samples so far, as by ``summarize``."""
        return summarize(self.samples, self.lost, window, output_tokens)

    def _run(self) -> None:
        try:
            with nvml():
                while self._read_all() and not self._done.wait(self._interval_s):
                    pass
        except pynvml.NVMLError as error:
            self.lost.update(dict.fromkeys(self.samples, f"NVML: {error}"))

    def _read_all(self) -> bool:
        for index in self.samples.keys() - self.lost.keys():
            try:
                self.samples[index].append(read_sample(index))
            except pynvml.NVMLError as error:
                self.lost[index] = str(error)
        return len(self.lost) < len(self.samples)


def summarize(
    samples: Mapping[int, Sequence[Sample]],
    lost: Mapping[int, str],
    window: Window | None,
    output_tokens: int,
) -> Telemetry:
    """Summary of the samples in ``window``, or of all samples if it is None.

    ``output_tokens`` is the number of tokens generated in the window. ``memory_peak_gib`` is the
    largest of any card, as the memory limit holds for each card.
    """
    cards = tuple(
        _card_use(index, _within(window, taken), lost.get(index), window)
        for index, taken in samples.items()
    )
    energy_wh = _sum(card.energy_wh for card in cards)
    throttled = [card.throttled for card in cards if card.throttled is not None]
    return Telemetry(
        cards=cards,
        window_s=None if window is None else window.end_s - window.start_s,
        power_mean_w=_sum(card.power_mean_w for card in cards),
        energy_wh=energy_wh,
        energy_wh_per_1000_output_tokens=(
            None if energy_wh is None or not output_tokens else 1000 * energy_wh / output_tokens
        ),
        memory_peak_gib=_max(card.memory_peak_gib for card in cards),
        throttled=any(throttled) if throttled else None,
        throttle_reasons=tuple(
            f"GPU {card.index}: {reason}" for card in cards for reason in card.throttle_reasons
        ),
        lost=tuple(f"GPU {card.index}: {card.lost}" for card in cards if card.lost),
    )


def _card_use(
    index: int, samples: Sequence[Sample], lost: str | None, window: Window | None
) -> CardUse:
    bits = [one.throttle_bits for one in samples if one.throttle_bits is not None]
    reasons = tuple(_reasons(bits))
    return CardUse(
        index=index,
        samples=len(samples),
        power_mean_w=None if lost else _mean(one.power_w for one in samples),
        power_max_w=_max(one.power_w for one in samples),
        energy_wh=None if lost else _energy_wh(samples, window),
        memory_peak_gib=_max(one.memory_gib for one in samples),
        sm_clock_mean_mhz=_mean(one.sm_clock_mhz for one in samples),
        temperature_max_c=_max(one.temperature_c for one in samples),
        utilization_mean_percent=_mean(one.utilization_percent for one in samples),
        throttled=bool(reasons) if bits else None,
        throttle_reasons=reasons,
        lost=lost,
    )


def _energy_wh(samples: Sequence[Sample], window: Window | None) -> float | None:
    """Energy: mean power between the first and the last sample, times the length of the window."""
    if len(samples) < 2:
        return None
    span_s = samples[-1].at_s - samples[0].at_s
    first_j, last_j = samples[0].energy_j, samples[-1].energy_j
    if first_j is not None and last_j is not None and last_j > first_j:
        power_w: float | None = (last_j - first_j) / span_s
    else:
        power_w = _mean(one.power_w for one in samples)
    duration_s = window.end_s - window.start_s if window else span_s
    return None if power_w is None else power_w * duration_s / JOULES_PER_WH


def _reasons(bits: Sequence[int]) -> Iterable[str]:
    for bit, words in THROTTLE_REASONS.items():
        share = sum(1 for reading in bits if reading & bit) / len(bits) if bits else 0.0
        if share:
            yield f"{words} in {share:.0%} of readings"


def _within(window: Window | None, samples: Sequence[Sample]) -> Sequence[Sample]:
    if window is None:
        return samples
    return [one for one in samples if window.start_s <= one.at_s <= window.end_s]


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _max(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _sum(values: Iterable[float | None]) -> float | None:
    known = list(values)
    present = [value for value in known if value is not None]
    return sum(present) if known and len(present) == len(known) else None

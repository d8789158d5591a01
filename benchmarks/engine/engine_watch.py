"""Follows an engine's counters through one point."""

from __future__ import annotations

import time

from benchmarks.design.points import EngineUse
from benchmarks.engine.metrics import EngineCounters, read_counters


class EngineWatch:
    """Readings of one server's /metrics, from creation on; a server without them is let be.

    ``warm_up_tokens`` are what the load generates before it is measured.
    """

    def __init__(self, base_url: str, warm_up_tokens: int = 0) -> None:
        self._base_url = base_url
        self._warm_up_tokens = warm_up_tokens
        self._first = self._read()
        self._last = self._first
        self._readings = [self._first] if self._first else []
        self._moved_at = time.monotonic()
        self.has_begun = False
        """Whether the engine was seen to compute since the watch began."""

    def look(self) -> None:
        """Take one more reading."""
        reading = self._read() if self._first else None
        if reading is None:
            return
        moved = self._last is None or reading.progress_tokens != self._last.progress_tokens
        if moved or (reading.running and not self.has_begun):
            self._moved_at = time.monotonic()
            self.has_begun = True
        self._last = reading
        self._readings.append(reading)

    def still_s(self) -> float | None:
        """Seconds since the engine was last seen to compute; None where it cannot be seen."""
        if self._first is None or self._first.progress_tokens is None:
            return None
        return time.monotonic() - self._moved_at

    def use(self) -> EngineUse | None:
        """What the counters say about the time since creation."""
        first, last = self._first, self._last
        if first is None or last is None:
            return None
        preemptions = _grown(first.preemptions, last.preemptions)
        usage = _peak([reading.kv_cache_usage for reading in self._readings])
        if usage is not None and preemptions:
            usage = 1.0  # no sequence is preempted while a block is free, whatever was sampled
        return EngineUse(
            preemptions=preemptions,
            generated_tokens=_grown(first.generated_tokens, last.generated_tokens),
            prefix_cache_hit_tokens=_grown(
                first.prefix_cache_hit_tokens, last.prefix_cache_hit_tokens
            ),
            prefix_cache_query_tokens=_grown(
                first.prefix_cache_query_tokens, last.prefix_cache_query_tokens
            ),
            prefix_caching=last.limits.prefix_caching,
            kv_cache_usage_peak=usage,
            running_peak=_whole(_peak([reading.running for reading in self._readings])),
            waiting_peak=_whole(_peak([reading.waiting for reading in self._readings])),
            prefix_hit_share=self._share("prefix_cache_hit_tokens", "prefix_cache_query_tokens"),
            speculated_share=self._share("accepted_tokens", "generated_tokens"),
        )

    def _share(self, part: str, whole: str) -> float | None:
        """How much of the growth of one counter another had, since the warm-up was over."""
        warm = next(filter(self._is_warm, self._readings), None)
        if warm is None or self._last is None:
            return None
        grown, of = (
            _grown(getattr(warm, name), getattr(self._last, name)) for name in (part, whole)
        )
        return None if grown is None or not of else grown / of

    def _is_warm(self, reading: EngineCounters) -> bool:
        """Measured requests start when the last answer of the warm-up is complete."""
        begin = self._readings[0].generated_tokens
        generated = _grown(begin, reading.generated_tokens)
        return generated is not None and generated >= self._warm_up_tokens

    def _read(self) -> EngineCounters | None:
        try:
            return read_counters(self._base_url)
        except OSError:
            return None


def _grown(before: float | None, after: float | None) -> int | None:
    return None if before is None or after is None else round(after - before)


def _peak(values: list[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)

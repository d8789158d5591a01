"""Follows an engine's counters during one point."""

from __future__ import annotations

import time
from collections.abc import Callable

from benchmarks.design.points import EngineUse
from benchmarks.engine.metrics import EngineCounters, read_counters

_Pair = tuple[float | None, float | None]


class EngineWatch:
    """Readings of one server's /metrics since creation; none if the server has no such page.

    ``warm_up_tokens`` is the number of tokens that are generated before the measurement.
    """

    def __init__(self, base_url: str, warm_up_tokens: int = 0) -> None:
        self._base_url = base_url
        self._warm_up_tokens = warm_up_tokens
        self._first = self._read()
        self._last = self._first
        self._readings = [self._first] if self._first else []
        self._moved_at = time.monotonic()
        self.has_begun = False
        """True once the counters have shown that the engine computes."""

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
        """Seconds since the counters last grew; None if the server has no counters."""
        if self._first is None or self._first.progress_tokens is None:
            return None
        return time.monotonic() - self._moved_at

    def use(self) -> EngineUse | None:
        """The use of the engine since creation; None if the server has no counters."""
        first, last = self._first, self._last
        if first is None or last is None:
            return None
        preemptions = _grown(first.preemptions, last.preemptions)
        warm = next(filter(self._is_warm, self._readings), None)
        usage = _peak([reading.kv_cache_usage for reading in self._readings])
        if usage is not None and preemptions:
            usage = 1.0  # vLLM preempts only if no block is free, even if no reading saw that
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
            prefix_hit_share=self._share(_found, since=warm),
            speculated_share=_first_known(
                self._share(_accepted, since=warm),
                # No reading fell between the warm-up and the end of a short point. The answers of
                # the warm-up speculate like the others, while its prompts are found whole.
                self._share(_accepted, since=first),
            ),
        )

    def _share(
        self, part_and_whole: Callable[[EngineCounters], _Pair], since: EngineCounters | None
    ) -> float | None:
        """Growth of one counter over that of another after the reading ``since``, if any."""
        if since is None or self._last is None:
            return None
        before, after = part_and_whole(since), part_and_whole(self._last)
        part, whole = _grown(before[0], after[0]), _grown(before[1], after[1])
        return None if part is None or not whole else part / whole

    def _is_warm(self, reading: EngineCounters) -> bool:
        """True after the warm-up: measured requests start when its last answer is complete."""
        begin = self._readings[0].generated_tokens
        generated = _grown(begin, reading.generated_tokens)
        return generated is not None and generated >= self._warm_up_tokens

    def _read(self) -> EngineCounters | None:
        try:
            return read_counters(self._base_url)
        except OSError:
            return None


def _found(reading: EngineCounters) -> _Pair:
    return reading.prefix_cache_hit_tokens, reading.prefix_cache_query_tokens


def _accepted(reading: EngineCounters) -> _Pair:
    return reading.accepted_tokens, reading.generated_tokens


def _first_known(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)


def _grown(before: float | None, after: float | None) -> int | None:
    return None if before is None or after is None else round(after - before)


def _peak(values: list[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)

"""What takes a replica's time, what would shorten it, and how many parallel requests are enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.fleet.sizing import ENOUGH_OF_THE_BEST, best_pace
from planner.wording.formatting import BINDING_MEANING, counted, percent, seconds

Array = NDArray[np.float64]

NOTICEABLE = 1.0 / ENOUGH_OF_THE_BEST - 1.0
"""Gain of throughput, 5.3 %, that is left where 95 % of the best is reached."""

_HELPS: dict[str, str] = {
    "prefill": "a card with faster arithmetic, prefix caching or shorter prompts",
    "weights": "a smaller model, weights in fewer bits or a card with more bandwidth",
    "kv_cache": "a card with more bandwidth, an FP8 KV cache or shorter documents",
    "decode": "a card with faster arithmetic or shorter answers",
    "overhead": "a newer engine version",
}


@dataclass(frozen=True, slots=True)
class BatchSize:
    """The fewest parallel requests with 95 % of the best throughput, beside half as many.

    ``e2e_s`` and ``e2e_s_at_half`` are mean seconds of a request with so many
    in flight, ``throughput_at_half`` is a share of the throughput at
    ``concurrency``. ``most`` is how many can run together. With ``concurrency``
    1 there is no half, and its figures are None.
    """

    concurrency: int
    most: int
    e2e_s: float
    half: int | None
    e2e_s_at_half: float | None
    throughput_at_half: float | None


@dataclass(frozen=True, slots=True)
class Advice:
    """``share`` is that of ``main_cause`` in the seconds per request; the rest is for people."""

    main_cause: str
    share: float
    why: str
    batch_size: BatchSize
    enough: str


def advise(
    seconds_by_cause: Mapping[str, float], seconds_by_concurrency: Array, running: float
) -> Advice:
    """Advice for ``running`` requests together, whose seconds per request are split by cause.

    ``seconds_by_concurrency[n - 1]`` are the replica's seconds per request with
    n running, up to the most that can run together.
    """
    total = sum(seconds_by_cause.values())
    cause = max(seconds_by_cause, key=lambda name: seconds_by_cause[name])
    share = seconds_by_cause[cause] / total
    gain = total / float(seconds_by_concurrency.min()) - 1.0
    size = batch_size(seconds_by_concurrency)
    why = f"{_part(share, cause)}: {_more_requests(gain, running, size.most, _HELPS[cause])}."
    return Advice(cause, share, why, size, _enough(size))


def batch_size(seconds_by_concurrency: Array) -> BatchSize:
    """How many parallel requests are worth it, from seconds per request with 1, 2, ... running."""
    enough = best_pace(seconds_by_concurrency, np.zeros_like(seconds_by_concurrency)).concurrency
    most, half = len(seconds_by_concurrency), enough // 2
    there = float(seconds_by_concurrency[enough - 1])
    if half == 0:
        return BatchSize(enough, most, enough * there, None, None, None)
    before = float(seconds_by_concurrency[half - 1])
    return BatchSize(enough, most, enough * there, half, half * before, there / before)


def _part(share: float, cause: str) -> str:
    name = BINDING_MEANING[cause]
    if share >= 0.5:
        return f"{percent(share)} of the time is {name}"
    return f"The largest part of the time, {percent(share)}, is {name}"


def _more_requests(gain: float, running: float, most: int, helps: str) -> str:
    if running > most - 1:
        return f"no more than {counted(most, 'request')} run together; {helps} will help"
    if gain < NOTICEABLE:
        return f"more parallel requests will not help; {helps} will"
    return f"more parallel requests gain up to {percent(gain)}; beyond that, {helps} will help"


def _enough(size: BatchSize) -> str:
    if size.half is None or size.e2e_s_at_half is None or size.throughput_at_half is None:
        only = "Only one request runs at a time" if size.most == 1 else "One request at a time"
        return f"{only}: {seconds(size.e2e_s)} each."
    least = percent(1 - ENOUGH_OF_THE_BEST)
    if size.concurrency > size.most // 2 and size.throughput_at_half < ENOUGH_OF_THE_BEST:
        first = f"Throughput rises up to the {counted(size.most, 'request')} that run together"
    else:
        some = counted(size.concurrency, "request")
        first = f"Beyond {some} in parallel, throughput gains less than {least} of its best"
    return (
        f"{first}: with {size.concurrency} in parallel a request takes "
        f"{seconds(size.e2e_s)}; with {size.half}, {seconds(size.e2e_s_at_half)} at "
        f"{percent(size.throughput_at_half)} of the throughput."
    )

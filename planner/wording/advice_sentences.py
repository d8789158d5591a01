"""Where a replica's time goes and how many parallel requests are enough, in a sentence each."""

from __future__ import annotations

from planner.forecast.pace import ENOUGH_OF_THE_BEST
from planner.forecast.replica_advice import NOTICEABLE, Advice, BatchSize
from planner.physics.terms import Cause
from planner.wording.formatting import BINDING_MEANING, counted, percent, seconds

_HELPS: dict[Cause, str] = {
    "prefill": "a GPU with faster arithmetic, prefix caching or shorter prompts",
    "weights": "a smaller model, weights in fewer bits or a GPU with more bandwidth",
    "kv_cache": "a GPU with more bandwidth, an FP8 KV cache or shorter documents",
    "decode": "a GPU with faster arithmetic or shorter answers",
    "overhead": "a newer engine version",
}


def time_sentence(advice: Advice) -> str:
    """The main part of the time, and what would shorten it."""
    return f"{_part(advice)}: {_more_requests(advice)}."


def batch_size_sentence(size: BatchSize) -> str:
    """How many parallel requests are enough, and what they cost in answer time."""
    if size.half is None or size.e2e_s_at_half is None or size.throughput_at_half is None:
        only = "Only one request runs at a time" if size.most == 1 else "One request at a time"
        return f"{only}: {seconds(size.e2e_s)} each."
    if size.concurrency >= size.most and size.throughput_at_half < ENOUGH_OF_THE_BEST:
        first = f"Throughput rises up to the {counted(size.most, 'request')} that run together"
    else:
        some = counted(size.concurrency, "request")
        least = percent(1 - ENOUGH_OF_THE_BEST)
        first = f"Beyond {some} in parallel, throughput gains less than {least} of its best"
    return (
        f"{first}: with {size.concurrency} in parallel a request takes "
        f"{seconds(size.e2e_s)}; with {size.half}, {seconds(size.e2e_s_at_half)} at "
        f"{percent(size.throughput_at_half)} of the throughput."
    )


def _part(advice: Advice) -> str:
    name = BINDING_MEANING[advice.main_cause]
    if advice.share >= 0.5:
        return f"{percent(advice.share)} of the time is {name}"
    return f"The largest part of the time, {percent(advice.share)}, is {name}"


def _more_requests(advice: Advice) -> str:
    helps, gain = _HELPS[advice.main_cause], advice.gain_of_more
    if gain is None:
        most = counted(advice.batch_size.most, "request")
        return f"no more than {most} run together; {helps} will help"
    if gain < NOTICEABLE:
        return f"more parallel requests will not help; {helps} will"
    return f"more parallel requests gain up to {percent(gain)}; beyond that, {helps} will help"

"""Reads a result of ``vllm bench serve --save-detailed``, and refuses it if it is not one.

The load generator ends with status 0 whatever happens to the requests, and it counts a stream
that was cut off, or an answer that was clamped, as completed. So a result is believed only if
every request has the lengths that were asked for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from benchmarks.design.points import Failure, FailureKind, Figures, LoadPoint, Spread, Window

INPUT_TOLERANCE_TOKENS = 8
INPUT_TOLERANCE_SHARE = 0.02
WHOLE_ANSWER_TOKENS = 8


class ResultRefusedError(Exception):
    """The result is not a measurement of the point; ``failure`` names the failed check."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.words)
        self.failure = failure


def read_figures(document: Mapping[str, Any], point: LoadPoint, requests: int) -> Figures:
    """The figures of a result that should hold ``requests`` requests at ``point``.

    Raises ResultRefusedError if a request failed, was clamped, cut off or not streamed, if
    prompts have another length, or if the totals contradict the requests. Tokenizers do not
    give random prompts their exact length: 8 tokens or 2 % are accepted, and the figures hold
    the mean.
    """
    try:
        _check_counts(document, point, requests)
        _check_prompts(document["input_lens"], point)
        _check_streams(document["itls"], point, requests)
        return _figures(document, point, requests)
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        words = f"the result is not a detailed one: {type(error).__name__} {error}"
        raise ResultRefusedError(Failure("not_what_it_claims", words)) from error


def _check_counts(document: Mapping[str, Any], point: LoadPoint, requests: int) -> None:
    failed = requests - document["completed"]
    if failed or document["failed"]:
        words = next(
            (_last_line(error) for error in document["errors"] if error), "no reason given"
        )
        _refuse(f"{failed} of {requests} requests failed: {words}", "requests_failed")
    lengths = document["output_lens"]
    short = [length for length in lengths if length != point.output_tokens]
    if short or len(lengths) != requests:
        _refuse(
            f"{len(short)} of {requests} answers do not have the {point.output_tokens} tokens "
            f"that were asked for, but {_range(short)}: clamped, cut off, or ended early by a "
            "server that does not know ignore_eos"
        )
    if document["total_output_tokens"] != requests * point.output_tokens:
        _refuse(
            f"{document['total_output_tokens']} output tokens in total are not "
            f"{requests} x {point.output_tokens}"
        )


def _check_prompts(lengths: Sequence[int], point: LoadPoint) -> None:
    allowed = max(INPUT_TOLERANCE_TOKENS, INPUT_TOLERANCE_SHARE * point.input_tokens)
    other = [length for length in lengths if abs(length - point.input_tokens) > allowed]
    if other:
        _refuse(
            f"{len(other)} of {len(lengths)} prompts have {_range(other)} tokens, "
            f"{point.input_tokens} were asked for"
        )


def _check_streams(gaps: Sequence[Sequence[float]], point: LoadPoint, requests: int) -> None:
    """A piece holds one token or, under load, several or all; an empty piece may be the last."""
    chunks = [1 + len(request) for request in gaps]
    if len(chunks) != requests:
        _refuse(f"{len(chunks)} streams are recorded for {requests} requests")
    if max(chunks) > point.output_tokens + 1:
        _refuse(f"a stream of {point.output_tokens} tokens came in {max(chunks)} pieces")
    whole = chunks.count(1)
    if point.output_tokens >= WHOLE_ANSWER_TOKENS and 2 * whole > requests:
        _refuse(f"{whole} of {requests} answers came in one piece: the server does not stream")
    if any(gap < 0 for gap in chain.from_iterable(gaps)):
        _refuse("a stream goes back in time")


def _figures(document: Mapping[str, Any], point: LoadPoint, requests: int) -> Figures:
    duration_s = document["duration"]
    rate = requests * point.output_tokens / duration_s
    if not abs(document["output_throughput"] / rate - 1) < 0.01:
        _refuse(
            f"{document['output_throughput']:.1f} output tokens/s are not "
            f"{requests} x {point.output_tokens} tokens in {duration_s:.2f} s"
        )
    e2e_s = [
        ttft + sum(gaps) for ttft, gaps in zip(document["ttfts"], document["itls"], strict=True)
    ]
    several = point.output_tokens > 1
    starts = document.get("start_times", ())
    ends = [start + e2e for start, e2e in zip(starts, e2e_s, strict=bool(starts))]
    return Figures(
        duration_s=duration_s,
        output_tokens_per_s=rate,
        requests_per_s=requests / duration_s,
        input_tokens_mean=sum(document["input_lens"]) / requests,
        mean_in_flight=sum(e2e_s) / duration_s,
        ttft_ms=_spread(document, "ttft"),
        tpot_ms=_spread(document, "tpot") if several else None,
        itl_ms=_spread(document, "itl") if several else None,
        e2e_s=_spread(document, "e2el", scale=1e-3),
        halves_requests_per_s=_halves(min(starts), ends, point.concurrency) if ends else None,
        window=Window(min(starts), max(ends)) if ends else None,
    )


def _spread(document: Mapping[str, Any], metric: str, scale: float = 1.0) -> Spread:
    values = []
    for name in (f"{statistic}_{metric}_ms" for statistic in ("mean", "p50", "p95", "p99")):
        value = document[name]
        if not 0 <= value < math.inf:
            _refuse(f"{name} is {value}")
        values.append(scale * value)
    return Spread(*values)


def _halves(
    start_s: float, ends_s: Sequence[float], concurrency: int
) -> tuple[float, float] | None:
    """Requests completed per second in the first and in the second half of a closed loop.

    Requests of equal length finish in rounds of ``concurrency``, so the halves meet at the end
    of a round. None if there are fewer than two rounds.
    """
    rounds = len(ends_s) // concurrency
    if rounds < 2:
        return None
    cut = rounds // 2 * concurrency
    ends = sorted(ends_s)
    middle_s, end_s = ends[cut - 1], ends[-1]
    if not start_s < middle_s < end_s:
        return None
    return cut / (middle_s - start_s), (len(ends) - cut) / (end_s - middle_s)


def _range(lengths: Sequence[int]) -> str:
    if not lengths:
        return "none"
    low, high = min(lengths), max(lengths)
    return str(low) if low == high else f"{low} to {high}"


def _last_line(error: str) -> str:
    return str(error).strip().rpartition("\n")[2]


def _refuse(words: str, kind: FailureKind = "not_what_it_claims") -> None:
    raise ResultRefusedError(Failure(kind, words))

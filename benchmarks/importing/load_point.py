"""The load and the totals of a result, read alike for several load generators."""

from __future__ import annotations

import math
from typing import Any

from benchmarks.importing.json_document import Document

# A stated rate differs from that of the totals only by rounding.
RATE_TOLERANCE = 0.01
AT_ONCE = 0.01
"""Requests that all arrive within this share of the run are sent at once: people write a rate of
1e9 where they mean an infinite one."""


def load_of_concurrency(concurrency: float, requests: int) -> dict[str, Any]:
    """The load of ``requests`` requests with so many in flight: a burst if all of them are."""
    if concurrency >= requests:
        return {"load": "burst", "concurrency": float(requests)}
    return {"load": "closed_loop", "concurrency": float(concurrency)}


def load_of(document: Document, requests: int) -> dict[str, Any]:
    """The load, concurrency and rate of ``requests`` requests, as vLLM and SGLang state them."""
    if document.at("ramp_up_strategy") is not None:
        raise document.refusal(
            "its request rate rises during the run, so it is not a single load point"
        )
    concurrency = document.positive("max_concurrency")
    rate = document.at("request_rate")
    if rate is None or rate == "inf" or (isinstance(rate, float) and math.isinf(rate)):
        return load_of_concurrency(math.inf if concurrency is None else concurrency, requests)
    per_s = document.figure("request_rate")
    if per_s and requests / per_s <= AT_ONCE * document.figure("duration"):
        return load_of_concurrency(math.inf if concurrency is None else concurrency, requests)
    if document.at("burstiness") not in (None, 1, 1.0):
        raise document.refusal(
            f"burstiness {document.figure('burstiness'):g} is not Poisson arrival (1); "
            "measure with --burstiness 1"
        )
    return {"load": "poisson_rate", "request_rate_per_s": per_s, "concurrency": concurrency}


def checked_rate(document: Document, stated: str, total: str) -> float:
    """A stated rate per second. Raises InputError if it is not ``total`` / ``duration``."""
    rate, duration_s = document.figure(stated), document.figure("duration")
    expected = document.count(total) / duration_s if duration_s else 0.0
    if not expected or abs(rate / expected - 1) > RATE_TOLERANCE:
        raise document.refusal(
            f"{stated} {rate:g}/s is not {total} {document.count(total)} in {duration_s:g} s"
        )
    return rate

"""From offered load to waiting: how long a document takes when others are there too.

A replica is a server whose rate depends on how many requests it holds,
mu(n) = min(n, C') in service at X(n) requests per second: a birth-death chain
(Kleinrock, "Queueing Systems" vol. 1, ch. 3). Its stationary distribution
gives the queue, and by PASTA what an arriving document finds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.prefill_passes import prefill_passes

Array = NDArray[np.float64]

QUEUE_LENGTH = 400
"""States beyond the running requests; a stable queue is shorter with near certainty."""

STABLE = 0.98
"""Load beyond which the queue is taken as growing without end: its mean is over 50 services."""


@dataclass(frozen=True, slots=True)
class Sojourn:
    """Seconds in the system, of a document that arrives at a random time; all None if unstable."""

    mean_s: float | None
    p50_s: float | None
    p95_s: float | None
    p99_s: float | None
    mean_running: float | None


UNSTABLE = Sojourn(None, None, None, None, None)


def pass_s(
    terms_s: Array, running: float, output_tokens: float, prompts_apart: bool = False
) -> float:
    """Seconds of one pass over the weights, from a request's terms (10,).

    It causes ``output_tokens / running`` of them, or, where prompts have passes of their
    own (``prefill_passes.py``), one token's less and its share of those.
    """
    own = _own_passes(running, prompts_apart)
    passes = (output_tokens - prompts_apart) / running + own
    return float(terms_s[2] + terms_s[6]) / passes


def prompt_s(
    terms_s: Array, running: float, output_tokens: float, prompts_apart: bool = False
) -> float:
    """Seconds of the replica that go into one prompt, its passes for prompts alone included."""
    own = _own_passes(running, prompts_apart)
    return _computing_s(terms_s) + own * pass_s(terms_s, running, output_tokens, prompts_apart)


def _computing_s(terms_s: Array) -> float:
    return float(terms_s[0] + terms_s[1] + terms_s[8])


def _own_passes(running: float, prompts_apart: bool) -> float:
    return float(prefill_passes(prompts_apart, np.array([running]))[0])


def undisturbed_ttft_s(
    terms_s: Array, running: float, output_tokens: float, prompts_apart: bool = False
) -> float:
    """To the first token of a prompt that no other is in front of: itself, a pass and a step."""
    step = pass_s(terms_s, running, output_tokens, prompts_apart)
    return _computing_s(terms_s) + step + float(terms_s[9]) * running


def closed_loop_ttft_s(
    terms_s: Array,
    concurrency: float,
    running: float,
    output_tokens: float,
    prompts_apart: bool = False,
) -> float:
    """Mean seconds to the first token when ``concurrency`` requests are kept in flight.

    Between two bounds, their geometric mean. *Apart*: requests come at random
    times, and by the arrival theorem one finds the prefill queue of a system
    with one request fewer, R = p (1 + (C' - 1) / C' * R / s), with p the prefill
    seconds and s the seconds per request (Reiser and Lavenberg 1980, Schweitzer's
    approximation). *Together*: all started at once, stay in step, and wait for
    half of the others' prefill, p (C' + 1) / 2. Both then take one prefill pass
    and one step. On seven authors' closed-loop sweeps the median error of the
    middle author is 30 %, with *apart* alone 68 %, too short. Requests beyond C'
    wait (C - C') s before that. ``terms_s`` is (10,), by the terms of ``basis.py``.
    """
    seconds = float(terms_s.sum())
    prefill = prompt_s(terms_s, running, output_tokens, prompts_apart)
    first = undisturbed_ttft_s(terms_s, running, output_tokens, prompts_apart) - prefill
    share = min(prefill / seconds, 1.0) * (running - 1.0) / running
    apart = prefill / (1.0 - share) + first
    together = prefill * (running + 1.0) / 2.0 + first
    waiting = (concurrency - running) * seconds
    return min(waiting + float(np.sqrt(apart * together)), concurrency * seconds)


def others_found(
    arrivals_per_s: float, seconds_by_concurrency: Array
) -> tuple[NDArray[np.intp], Array, float]:
    """How many others an arrival may find, how likely each is, and the mean number in service.

    For a load that the replica can carry; what has a chance under 1e-9 is left out.
    """
    limit = len(seconds_by_concurrency)
    queue = np.full(QUEUE_LENGTH, seconds_by_concurrency[-1])
    pace = np.concatenate([seconds_by_concurrency, queue])
    log_weight = np.concatenate([[0.0], np.cumsum(np.log(arrivals_per_s * pace))])
    probability = np.exp(log_weight - log_weight.max())
    probability /= probability.sum()
    states = np.arange(len(probability))
    running = float(probability @ np.minimum(states, limit))
    likely = probability[:-1] > _UNLIKELY
    share = probability[:-1][likely]
    return states[:-1][likely], share / share.sum(), running


_UNLIKELY = 1e-9


def sojourn(arrivals_per_s: float, seconds_by_concurrency: Array) -> Sojourn:
    """Waiting and service of Poisson arrivals at one replica.

    ``seconds_by_concurrency[n - 1]`` is the replica's seconds per request with
    n running, n = 1..C'. A document that finds n others is served at the pace
    of n + 1 together, after those beyond C' have left.
    """
    limit = len(seconds_by_concurrency)
    slowest = float(seconds_by_concurrency[-1])
    if arrivals_per_s * slowest >= STABLE:
        return UNSTABLE
    found, share, running = others_found(arrivals_per_s, seconds_by_concurrency)
    together = np.minimum(found + 1, limit)
    time_s = together * seconds_by_concurrency[together - 1] + (found + 1 - together) * slowest
    order = np.argsort(time_s)
    cumulative = np.cumsum(share[order])
    p50, p95, p99 = (float(np.interp(q, cumulative, time_s[order])) for q in (0.5, 0.95, 0.99))
    return Sojourn(float(share @ time_s), p50, p95, p99, running)

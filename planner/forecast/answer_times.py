"""How long answers take, and not only on average: to the first token, per token, to the last.

Under a closed loop so many requests are always in flight; arrivals at a rate
come at random (Poisson) and find as many others as chance has it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.physics.first_token_time import closed_loop_ttft_s, prompt_s, undisturbed_ttft_s
from planner.queueing.birth_death import STABLE, others_found

Array = NDArray[np.float64]

_WAITS = 1.0 - (np.arange(20) + 0.5) / 20.0  # survival at which a random wait is looked at
_BUSIEST = 0.98  # of the time for prompts: beyond, their queue has no mean


@dataclass(frozen=True, slots=True)
class Distribution:
    """Mean and percentiles over requests, all in the unit of the field that holds it."""

    mean: float
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class AnswerTimes:
    """Time to the first token, per further token, and to the last one, of like requests."""

    ttft_s: Distribution
    tpot_ms: Distribution
    e2e_s: Distribution


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What requests meet that arrive at random; ``times`` None where they queue up without end.

    ``utilization`` is the load over what the replica can do at its fullest.
    """

    requests_per_s: float
    utilization: float
    mean_running: float | None
    times: AnswerTimes | None


def closed_loop(
    terms_s: Array,
    concurrency: float,
    running: float,
    output_tokens: float,
    first_token_correction: float = 0.0,
    prompts_apart: bool = False,
) -> AnswerTimes:
    """With ``concurrency`` like requests always in flight, ``terms_s`` (10,) their seconds each.

    By Little's law each takes concurrency x seconds to its last token. Its first token
    comes somewhere between that of a request that finds no other prompt in the queue, and
    as much later than the mean: spread evenly, for want of measured percentiles. The mean
    is the formula's times exp(``first_token_correction``), and at the most the whole.
    """
    e2e = concurrency * float(terms_s.sum())
    formula = closed_loop_ttft_s(terms_s, concurrency, running, output_tokens, prompts_apart)
    mean = min(formula * float(np.exp(first_token_correction)), e2e)
    waiting = (concurrency - running) * float(terms_s.sum())
    undisturbed = undisturbed_ttft_s(terms_s, running, output_tokens, prompts_apart)
    soonest = min(waiting + undisturbed, mean)
    ttft = np.linspace(soonest, min(2.0 * mean - soonest, e2e), 200)
    even = np.full(200, 1.0 / 200)
    tpot = _tpot_ms(np.full(200, e2e), ttft, output_tokens)
    whole = Distribution(e2e, e2e, e2e, e2e)
    return AnswerTimes(_weighted(ttft, even), _weighted(tpot, even), whole)


def poisson_arrivals(
    requests_per_s: float,
    terms_by_concurrency: Array,
    output_tokens: float,
    prompts_apart: bool = False,
) -> Arrivals:
    """Like requests that arrive at random, ``terms_by_concurrency`` (N, 10) for n = 1..N running.

    A birth-death chain gives how many others a request finds (Kleinrock, "Queueing
    Systems" vol. 1, ch. 3). It goes at the pace of all of them together. Its prompt waits
    for other prompts as in an M/D/1 queue: not at all with probability 1 - rho, else with
    mean p / (2 (1 - rho)), rho the share of time that goes into prompts (ibid., ch. 5).
    """
    seconds = terms_by_concurrency.sum(axis=1)
    limit, slowest = len(seconds), float(seconds[-1])
    utilization = requests_per_s * slowest
    prompt = prompt_s(terms_by_concurrency[-1], limit, output_tokens, prompts_apart)
    rho = requests_per_s * prompt
    if utilization >= STABLE or rho >= _BUSIEST:
        return Arrivals(requests_per_s, utilization, None, None)
    found, share, running = others_found(requests_per_s, seconds)
    together = np.minimum(found + 1, limit)
    queued = (found + 1 - together) * slowest
    e2e = together * seconds[together - 1] + queued
    first = np.array(
        [
            undisturbed_ttft_s(terms, float(n), output_tokens, prompts_apart)
            for n, terms in enumerate(terms_by_concurrency, start=1)
        ]
    )
    alone = queued + first[together - 1]
    waits = np.concatenate([[0.0], -np.log(_WAITS) * prompt / (2.0 * (1.0 - rho))])
    chances = np.concatenate([[1.0 - rho], np.full(len(_WAITS), rho / len(_WAITS))])
    ttft = np.minimum(alone[:, None] + waits[None, :], e2e[:, None])
    weight = share[:, None] * chances[None, :]
    tpot = _tpot_ms(e2e[:, None], ttft, output_tokens)
    times = AnswerTimes(
        _weighted(ttft.ravel(), weight.ravel()),
        _weighted(tpot.ravel(), weight.ravel()),
        _weighted(e2e, share),
    )
    return Arrivals(requests_per_s, utilization, running, times)


def _tpot_ms(e2e_s: Array, ttft_s: Array, output_tokens: float) -> Array:
    return np.asarray((e2e_s - ttft_s) / max(output_tokens - 1.0, 1.0) * 1e3)


def _weighted(values: Array, weights: Array) -> Distribution:
    order = np.argsort(values)
    cumulative = np.cumsum(weights[order])
    p50, p95, p99 = (float(np.interp(q, cumulative, values[order])) for q in (0.5, 0.95, 0.99))
    return Distribution(float(values @ weights), p50, p95, p99)

"""Answer times, mean and percentiles: to the first token, per token, and to the last token.

In a closed loop a fixed number of requests is always in flight. Arrivals at a rate come at
random (Poisson) and find a random number of others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.physics.first_token_time import closed_loop_ttft_s, prompt_s, undisturbed_ttft_s
from planner.queueing.birth_death import STABLE, found_by_arrival, is_stable
from planner.queueing.percentiles import Distribution, distribution_of

Array = NDArray[np.float64]

_WAITS = 1.0 - (np.arange(20) + 0.5) / 20.0  # survival probabilities of random waits


@dataclass(frozen=True, slots=True)
class AnswerTimes:
    """Time to the first token, per further token, and to the last one, of equal requests."""

    ttft_s: Distribution
    tpot_ms: Distribution
    e2e_s: Distribution


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Utilization and answer times of random arrivals; ``times`` None if the queue is unstable.

    ``utilization`` is the load divided by the replica's greatest throughput.
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
    """Answer times with ``concurrency`` equal requests in flight, ``terms_s`` (K,) by term.

    By Little's law each takes concurrency x seconds to its last token. The time to the first
    token is spread evenly around its mean, from that of a request that finds no other prompt
    in the queue: an assumption, as no percentiles were measured. Its mean is the formula's,
    times exp(``first_token_correction``), and at most the whole time.
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
    return AnswerTimes(distribution_of(ttft, even), distribution_of(tpot, even), whole)


def poisson_arrivals(
    requests_per_s: float,
    terms_by_concurrency: Array,
    output_tokens: float,
    prompts_apart: bool = False,
) -> Arrivals:
    """Answer times of equal requests that arrive at random.

    ``terms_by_concurrency`` is (N, K) for n = 1..N running. A birth-death chain gives the
    number of others that a request finds; all of them share the replica's pace. A prompt
    waits for other prompts as in an M/D/1 queue: not at all with probability 1 - rho, else
    with mean p / (2 (1 - rho)), rho the share of time that goes into prompts (Kleinrock,
    "Queueing Systems" vol. 1, ch. 5).
    """
    seconds = terms_by_concurrency.sum(axis=1)
    utilization = requests_per_s * float(seconds[-1])
    prompt = prompt_s(terms_by_concurrency[-1], len(seconds), output_tokens, prompts_apart)
    rho = requests_per_s * prompt
    if not is_stable(requests_per_s, seconds) or rho >= STABLE:
        return Arrivals(requests_per_s, utilization, None, None)
    found = found_by_arrival(requests_per_s, seconds)
    first = np.array(
        [
            undisturbed_ttft_s(terms, float(n), output_tokens, prompts_apart)
            for n, terms in enumerate(terms_by_concurrency, start=1)
        ]
    )
    alone = found.queued_s + first[found.running - 1]
    waits = np.concatenate([[0.0], -np.log(_WAITS) * prompt / (2.0 * (1.0 - rho))])
    chances = np.concatenate([[1.0 - rho], np.full(len(_WAITS), rho / len(_WAITS))])
    ttft = np.minimum(alone[:, None] + waits[None, :], found.e2e_s[:, None])
    weight = found.probability[:, None] * chances[None, :]
    tpot = _tpot_ms(found.e2e_s[:, None], ttft, output_tokens)
    times = AnswerTimes(
        distribution_of(ttft.ravel(), weight.ravel()),
        distribution_of(tpot.ravel(), weight.ravel()),
        distribution_of(found.e2e_s, found.probability),
    )
    return Arrivals(requests_per_s, utilization, found.mean_running, times)


def _tpot_ms(e2e_s: Array, ttft_s: Array, output_tokens: float) -> Array:
    return np.asarray((e2e_s - ttft_s) / max(output_tokens - 1.0, 1.0) * 1e3)

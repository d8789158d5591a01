"""Answer times, mean and percentiles: to the first token, per token, and to the last token.

In a closed loop a fixed number of requests is always in flight. Arrivals at a rate come at
random (Poisson) and find a random number of others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.physics.first_token_time import closed_loop_ttft_s, prompt_s, undisturbed_ttft_s
from planner.queueing.birth_death import is_stable
from planner.queueing.lengths import EQUAL, Lengths
from planner.queueing.percentiles import Distribution, at_least, distribution_of
from planner.queueing.routing import Routing
from planner.queueing.sojourn import Replica, Traffic, first_token, in_system, whole_answer

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AnswerTimes:
    """Time to the first token, per further token, and to the last one."""

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
    *,
    replicas: int = 1,
    routing: Routing = "least_loaded",
    inputs: Lengths = EQUAL,
    outputs: Lengths = EQUAL,
) -> Arrivals:
    """Answer times of requests that arrive at random, ``requests_per_s`` for each replica.

    ``terms_by_concurrency`` is (N, K) for n = 1..N running, for requests of mean length.
    Of the time to the first token, ``planner.queueing`` gives the waits; a prompt takes what it
    does undisturbed, with the mean number running. A token takes what is
    left of the answer's time.
    """
    seconds = terms_by_concurrency.sum(axis=1)
    utilization = requests_per_s * float(seconds[-1])
    prompt = prompt_s(terms_by_concurrency[-1], len(seconds), output_tokens, prompts_apart)
    if not is_stable(requests_per_s, seconds):
        return Arrivals(requests_per_s, utilization, None, None)
    traffic = Traffic(requests_per_s, replicas, routing, inputs, outputs)
    replica = Replica(seconds, prompt)
    parts = in_system(traffic, replica)
    running = min(max(1, round(parts.running)), len(seconds))
    undisturbed = undisturbed_ttft_s(
        terms_by_concurrency[running - 1], float(running), output_tokens, prompts_apart
    )
    ttft = first_token(traffic, replica, parts, max(undisturbed - prompt, 0.0))
    e2e = at_least(whole_answer(traffic, replica, parts), ttft)
    decoding = parts.decoding_s * ((e2e.mean - ttft.mean) / float(parts.decoding_s.mean()))
    even = np.full(len(decoding), 1.0 / len(decoding))
    tpot = distribution_of(_tpot_ms(decoding, np.zeros(1), output_tokens), even)
    return Arrivals(requests_per_s, utilization, parts.running, AnswerTimes(ttft, tpot, e2e))


def _tpot_ms(e2e_s: Array, ttft_s: Array, output_tokens: float) -> Array:
    return np.asarray((e2e_s - ttft_s) / max(output_tokens - 1.0, 1.0) * 1e3)

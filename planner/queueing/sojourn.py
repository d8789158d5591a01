"""How long requests take that arrive at random at one or more equal replicas.

A replica runs up to C' requests together, and reads a prompt before it goes on decoding
(continuous batching). A request waits for one of the C' places, its prompt waits for other
prompts and is read, and it decodes at a pace that depends on how many others are there and on
the prompts that come in between. The means are exact for the M/M/c and the M/D/1 queue.
``tests/planner/queueing/test_against_simulation.py`` compares the rest with an event simulation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from planner.queueing.birth_death import STABLE, is_stable, occupancy
from planner.queueing.delay_by_others import delay_quantiles, delay_variance
from planner.queueing.exponential_waits import Kind, percentiles
from planner.queueing.lengths import EQUAL, Lengths
from planner.queueing.percentiles import (
    Distribution,
    condensed,
    quantiles_of,
    ranges_of_probability,
    sums_from_0,
)
from planner.queueing.prompt_wait import Prompts, PromptWait, prompt_wait
from planner.queueing.routing import Routing, interarrival_cv2, pooled_replicas

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Replica:
    """One replica's pace, for requests of mean length.

    ``seconds_by_concurrency[n - 1]`` is the replica's seconds per request with n running,
    n = 1..C', of which ``prompt_s`` are for the prompt, while no other request gets on.
    """

    seconds_by_concurrency: Array
    prompt_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Traffic:
    """Requests that arrive at random, so many a second for each of the replicas."""

    per_replica_per_s: float
    replicas: int = 1
    routing: Routing = "least_loaded"
    inputs: Lengths = EQUAL
    outputs: Lengths = EQUAL


@dataclass(frozen=True, slots=True)
class InSystem:
    """The parts of a random arrival's time at a stable replica.

    ``running`` is the mean number in service. With probability ``full`` a request waits for a
    place, ``place_s`` on average; ``idle`` is the probability that it finds nobody.
    ``decoding_s`` (n,) are equally likely times from the end of that wait to the last token
    of a mean answer, less the mean prompt: what prompts of others take is in it.
    """

    running: float
    idle: float
    full: float
    place_s: float
    decoding_s: Array


def in_system(traffic: Traffic, replica: Replica) -> InSystem:
    """The parts of the time that a random arrival spends at stable replicas.

    Prompts are read one after the other, while all others wait, so that requests are there
    in lumps: their mean is that of the chain in which one counts
    1 + rho (1 + cv^2) / (2 (1 - rho)) fold (Pollaczek and Khinchine; rho is the share of time
    that prompts take), and in the variance of the delay it counts 1 / (1 - rho) fold. A
    wait for a place is exponential. Its mean is (ca^2 + cs^2) / 2 of that of the M/M/c queue
    (Lee and Longton, "Queueing processes associated with airline passenger check-in",
    Operational Research Quarterly 10, 1959).
    """
    rate, seconds, prompt = (
        traffic.per_replica_per_s,
        replica.seconds_by_concurrency,
        replica.prompt_s,
    )
    places, alone_s, full_s = len(seconds), float(seconds[0]), float(seconds[-1])
    work_cv2 = (
        traffic.inputs.cv2 * prompt**2 + traffic.outputs.cv2 * (full_s - prompt) ** 2
    ) / full_s**2
    blocking = rate * prompt
    pooled = pooled_replicas(traffic.routing, traffic.replicas, work_cv2)
    grain = 1.0 + blocking * (1.0 + traffic.inputs.cv2) / (2.0 * (1.0 - blocking))
    found = occupancy(rate, seconds, pooled / grain)
    full = occupancy(rate, seconds, pooled * (1.0 - blocking)).full
    served_s = found.running / rate
    ca2 = interarrival_cv2(traffic.routing, traffic.replicas)
    shared = traffic.replicas if traffic.routing == "least_loaded" else 1
    several = _several_places(rate * full_s, shared * places, work_cv2)
    place_s = full_s / (shared * (1.0 - rate * full_s)) * (ca2 + work_cv2) / 2.0 * several
    sharing = min(rate * _added_s(seconds, found.running), STABLE)
    variance = delay_variance(
        found.running, blocking, sharing, (1.0 + traffic.outputs.cv2) / 2.0, pooled
    )
    delay = delay_quantiles(
        max(served_s - alone_s, 0.0),
        places * full_s - alone_s,
        variance * (1.0 + work_cv2) / rate**2,
    )
    own_s = min(alone_s, served_s) - prompt
    return InSystem(found.running, found.idle, full, place_s, own_s + delay)


def _several_places(load: float, places: int, cv2: float) -> float:
    """Wait in the M/G/c queue as a multiple of (1 + cv^2) / 2 of that in the M/M/c queue.

    Above 1 for regular lengths: until the last of the c leaves, some places are used. Whitt,
    "Approximations for the GI/G/m queue", Production and Operations Management 2, 1993, after
    Cosmetatos 1975.
    """
    root = sqrt(4.0 + 5.0 * places) - 2.0
    gain = min(0.24, (1.0 - load) * (places - 1.0) * root / (16.0 * places * load))
    return 1.0 + max(0.0, 1.0 - cv2) * gain


def _added_s(seconds: Array, running: float) -> float:
    """Seconds that each of ``running`` others adds to the time of a request that is with them."""
    places = len(seconds)
    if places == 1:
        return float(seconds[0])
    others = min(max(running, 1.0), places - 1.0)
    together = np.arange(1.0, places + 1.0)
    with_them = float(np.interp(1.0 + others, together, together * seconds))
    return max(0.0, with_them - float(seconds[0])) / others


def whole_answer(traffic: Traffic, replica: Replica, parts: InSystem) -> Distribution:
    """Seconds until the last token."""
    values, weights = _served_s(traffic, replica, parts)
    mean_s = parts.full * parts.place_s + float(values @ weights)
    return Distribution(mean_s, *percentiles((_after_wait(values, weights, parts),)))


def answer_percentiles_s(
    traffic: Traffic, replica: Replica, shares: tuple[float, ...]
) -> tuple[float, ...] | None:
    """Seconds until the last token for some shares of the requests; None if unstable."""
    if not is_stable(traffic.per_replica_per_s, replica.seconds_by_concurrency):
        return None
    return percentiles(answer_kinds(traffic, replica, in_system(traffic, replica)), shares)


def answer_kinds(traffic: Traffic, replica: Replica, parts: InSystem) -> tuple[Kind, ...]:
    """Seconds until the last token, for ``percentiles``."""
    return (_after_wait(*_served_s(traffic, replica, parts), parts),)


def _served_s(traffic: Traffic, replica: Replica, parts: InSystem) -> tuple[Array, Array]:
    """Seconds from the end of the wait for a place to the last token, as values and weights.

    A long answer meets so many others that its delay per token varies less, as the square
    root of its length.
    """
    outputs, mean_s = traffic.outputs.values[:, None], float(parts.decoding_s.mean())
    varied = (parts.decoding_s - mean_s) / np.sqrt(np.maximum(outputs, 1.0))
    decoding = outputs * np.maximum(mean_s + varied, 0.0)
    weights, borders = _grid_of(traffic.outputs, len(parts.decoding_s))
    return _sum_of(
        (replica.prompt_s * traffic.inputs.values, traffic.inputs.weights),
        condensed(decoding.ravel(), weights, borders),
    )


def _after_wait(values: Array, weights: Array, parts: InSystem) -> Kind:
    waits = (1.0 - parts.full, 0.0), (parts.full, parts.place_s)
    return Kind(quantiles_of(values, weights), waits)


def first_token(traffic: Traffic, replica: Replica, parts: InSystem, pass_s: float) -> Distribution:
    """Seconds until the first token, which takes ``pass_s`` beside the prompt."""
    wait = _prompt_wait(traffic, replica, parts, pass_s)
    prompts = replica.prompt_s * traffic.inputs.values, traffic.inputs.weights
    not_full, step_s = 1.0 - parts.full, (1.0 - parts.idle) * pass_s
    mean_s = pass_s + float(prompts[0] @ prompts[1]) + not_full * (1.0 - wait.chance) * step_s / 2.0
    mean_s += not_full * wait.chance * wait.mean_s + parts.full * parts.place_s
    return Distribution(mean_s, *percentiles(first_token_kinds(traffic, replica, parts, pass_s)))


def first_token_kinds(
    traffic: Traffic, replica: Replica, parts: InSystem, pass_s: float
) -> tuple[Kind, ...]:
    """Seconds until the first token, for ``percentiles``.

    A request that waited for a place starts when another ends, and finds no other prompt.
    One that did not waits for the step that is under way.
    """
    wait = _prompt_wait(traffic, replica, parts, pass_s)
    prompts = replica.prompt_s * traffic.inputs.values, traffic.inputs.weights
    even = np.full(len(_STEP), 1.0 / len(_STEP))
    step_s = (1.0 - parts.idle) * pass_s
    values, weights = _sum_of(prompts, (step_s * _STEP, even))
    alone = quantiles_of(pass_s + prompts[0], prompts[1])
    after_prompts = (1.0 - parts.full) * wait.chance
    at_once = (1.0 - parts.full) * (1.0 - wait.chance)
    return (
        Kind(quantiles_of(pass_s + values, weights), ((at_once, 0.0),)),
        Kind(alone, ((after_prompts, wait.mean_s), (parts.full, parts.place_s))),
    )


def _prompt_wait(traffic: Traffic, replica: Replica, parts: InSystem, pass_s: float) -> PromptWait:
    prompts = Prompts(
        traffic.per_replica_per_s,
        replica.prompt_s,
        pass_s,
        traffic.inputs.cv2,
        parts.running,
        len(replica.seconds_by_concurrency),
    )
    return prompt_wait(prompts, traffic.routing, traffic.replicas)


_STEP = (np.arange(8) + 0.5) / 8  # what is left of a step, as a share of it


@lru_cache(maxsize=64)
def _grid_of(outputs: Lengths, delays: int) -> tuple[Array, Array]:
    """The weights of ``outputs`` with each of so many delays, and borders of ranges of probability.

    The ranges are those of ``outputs``; of few, each is divided further. Where delays do not vary,
    their means are the lengths themselves.
    """
    weights = np.outer(outputs.weights, np.full(delays, 1.0 / delays)).ravel()
    parts = max(1, _DIVIDED // len(outputs.weights))
    return weights, sums_from_0(np.repeat(outputs.weights / parts, parts))


_DIVIDED = 32


def _sum_of(one: tuple[Array, Array], other: tuple[Array, Array]) -> tuple[Array, Array]:
    """The sum of two independent figures, each given as values and weights, as one.

    If both vary, means of ranges of probability keep it short.
    """
    values = np.add.outer(one[0], other[0]).ravel()
    weights = np.multiply.outer(one[1], other[1]).ravel()
    if min(len(one[0]), len(other[0])) == 1:
        return values, weights
    return condensed(values, weights, _RANGES)


_RANGES = ranges_of_probability(48)

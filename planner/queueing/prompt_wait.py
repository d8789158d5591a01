"""How long a prompt waits until the engine has read the prompts before it."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

from planner.queueing.routing import Routing, interarrival_cv2


@dataclass(frozen=True, slots=True)
class PromptWait:
    """The chance that other prompts are being read, and the mean seconds of the wait if so."""

    chance: float
    mean_s: float


NO_WAIT = PromptWait(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Prompts:
    """Prompts at one replica: arrivals, seconds of each, and of the pass that it joins.

    ``cv2`` is the squared coefficient of variation of the lengths, ``others`` the mean
    number of requests that a new one finds, ``places`` how many may be there.
    """

    arrivals_per_s: float
    prompt_s: float
    pass_s: float
    cv2: float
    others: float
    places: int


def prompt_wait(prompts: Prompts, routing: Routing, replicas: int) -> PromptWait:
    """Wait for the prompts before one, which are read first come first served.

    Random arrivals wait as in the M/G/1 queue, lambda E[S^2] / (2 (1 - rho)) (Kleinrock,
    "Queueing Systems" vol. 1, section 5.6). Of rho counts the share (C' - 1) / C', because no
    more than C' prompts are there. A step ends for all of its prompts at once, so that one also
    waits for those that came after it and before the step: rho / (1 + rho) of its wait more.
    That is the M/G/1 queue whose server takes all who wait at once, with short services.

    In turn, arrivals are more regular: the GI/G/1 approximation of Kraemer and
    Langenbach-Belz (Whitt, "The Queueing Network Analyzer", 1983). The least loaded of many
    replicas just finished a request. It may be reading a prompt, but rarely has a second
    one waiting: the simulation shows that the part of 1 / (1 - rho) above 1 falls with the root of
    the replicas. It holds fewer requests than the mean, by up to one half.
    """
    if prompts.places == 1 or prompts.prompt_s == 0.0:
        return NO_WAIT
    service_s = prompts.prompt_s + prompts.pass_s
    spread = prompts.cv2 * prompts.prompt_s**2
    residual_s = prompts.arrivals_per_s * (service_s**2 + spread) / 2.0
    share = prompts.arrivals_per_s * prompts.prompt_s
    rho = share * (prompts.places - 1.0) / prompts.places
    chance = min(prompts.arrivals_per_s * service_s, _MOST_BUSY)
    after = rho / (1.0 + rho)
    if routing == "least_loaded":
        fewer = (1.0 - 1.0 / replicas) / (2.0 * prompts.others)
        residual_s *= max(0.0, 1.0 - fewer)
        wait = residual_s * (1.0 + rho / (1.0 - rho) / replicas**0.5) * (1.0 + after / replicas)
        return PromptWait(chance, wait / chance)
    wait = residual_s / (1.0 - rho) * (1.0 + after)
    cs2 = spread / service_s**2
    regular = _regular_arrivals(chance, interarrival_cv2(routing, replicas), cs2)
    return PromptWait(chance * regular**0.5, wait * regular / (chance * regular**0.5))


_MOST_BUSY = 0.95  # a wait is certain for nobody: the engine also decodes without a prompt


def _regular_arrivals(rho: float, ca2: float, cs2: float) -> float:
    """Wait of the GI/G/1 queue as a share of that of the M/G/1 queue, for ca2 <= 1."""
    fewer = exp(-2.0 * (1.0 - rho) * (1.0 - ca2) ** 2 / (3.0 * rho * (ca2 + cs2)))
    return (ca2 + cs2) / (1.0 + cs2) * fewer

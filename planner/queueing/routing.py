"""What a balancer does to the arrivals at each of several equal replicas."""

from __future__ import annotations

from typing import Literal

Routing = Literal["least_loaded", "random", "round_robin"]
"""Least loaded is the default of vLLM's router and of Kubernetes inference gateways: each
request goes to the replica that holds the fewest."""


def interarrival_cv2(routing: Routing, replicas: int) -> float:
    """Squared coefficient of variation of the time between arrivals at one replica.

    1 for Poisson arrivals. In turn each replica gets every R-th, an Erlang time of R phases:
    1 / R (Kleinrock, "Queueing Systems" vol. 1, section 4.2).
    """
    return 1.0 / replicas if routing == "round_robin" else 1.0


def pooled_replicas(routing: Routing, replicas: int, length_cv2: float) -> float:
    """Replicas that share their fluctuations, from 1 (each on its own) to all.

    Replicas that get the least loaded's share hold nearly the same number of requests, so
    that the fleet behaves as one (Gupta, Harchol-Balter, Sigman and Whitt, "Analysis of
    join-the-shortest-queue routing for web server farms", Performance Evaluation 64, 2007).
    In turn, the variance of the load falls by (ca^2 + cs^2) / (1 + cs^2), as
    in the two-moment approximation of the GI/G/1 queue (Whitt, "The Queueing Network
    Analyzer", Bell System Technical Journal 62, 1983).
    """
    if routing == "random":
        return 1.0
    if routing == "least_loaded":
        return float(replicas)
    return (1.0 + length_cv2) / (interarrival_cv2(routing, replicas) + length_cv2)

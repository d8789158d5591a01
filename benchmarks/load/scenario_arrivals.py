"""The requests that a scenario's busiest hour brings, as a list that can be sent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.fleet.scenario import Scenario
from planner.fleet.scenario_work import classes_of


@dataclass(frozen=True, slots=True)
class ArrivingRequest:
    """A request of a class, ``at_s`` seconds after the first moment."""

    at_s: float
    class_name: str
    input_tokens: int
    output_tokens: int


def arriving_requests(
    scenario: Scenario, per_s: float, count: int, seed: int, longest_tokens: int
) -> tuple[ArrivingRequest, ...]:
    """``count`` requests at random moments, ``per_s`` on average (Poisson arrivals).

    Classes come in the proportion of their volumes, lengths are drawn from their distributions.
    As a plan counts them, prompts are cut to leave room for the answer in ``longest_tokens``.
    """
    random = np.random.default_rng(seed)
    classes = classes_of(scenario)
    volumes = np.array([one.documents_per_year for one in classes])
    moments = np.cumsum(random.exponential(1.0 / per_s, count))
    kinds = random.choice(len(classes), size=count, p=volumes / volumes.sum())
    ranks = random.uniform(size=(count, 2))
    requests = []
    for at_s, kind, (input_rank, output_rank) in zip(moments, kinds, ranks, strict=True):
        one = classes[kind]
        outputs = _whole(one.outputs.quantile(float(output_rank)), longest_tokens - 1)
        inputs = _whole(one.inputs.quantile(float(input_rank)), longest_tokens - outputs)
        requests.append(ArrivingRequest(float(at_s), one.name, inputs, outputs))
    return tuple(requests)


def _whole(tokens: float, most: int) -> int:
    return max(1, min(round(tokens), most))

"""The measurements that would narrow a forecast most, before any of them is made."""

from __future__ import annotations

import numpy as np

from benchmarks.design.design_space import Chooser, grid_around
from benchmarks.design.points import LoadPoint
from benchmarks.design.steady_load import SteadyLoad
from planner.forecast.forecaster import Forecaster
from planner.forecast.worth_measuring import Step, Worth
from planner.learning.throughput import Z90
from planner.vllm.deployment import Deployment

POINTS = 4


def worth_measuring(
    forecaster: Forecaster, deployment: Deployment, input_tokens: int, output_tokens: int
) -> Worth:
    """The points that the calibration design would choose for documents of this size.

    Intervals are the widest over the concurrencies. The first is that of the forecast itself.
    Each step assumes a result exactly as forecast, measured with the deployment's engine
    settings, which are then no longer assumed. A real calibration chooses again after each point.
    """
    space = grid_around(input_tokens, output_tokens, deployment)
    chooser = Chooser(space, deployment, forecaster, SteadyLoad())
    at = np.array([float(point.concurrency) for point in space.targets])
    forecast = forecaster.curve(deployment, input_tokens, output_tokens, at)
    taken: list[LoadPoint] = []
    steps = []
    while len(taken) < POINTS and (point := chooser.next(taken)) is not None:
        taken.append(point)
        chooser.imagine(point)
        steps.append(
            Step(point.input_tokens, point.output_tokens, point.concurrency, chooser.interval())
        )
    return Worth(float(np.exp(Z90 * forecast.log_sd.max()) - 1.0), tuple(steps))

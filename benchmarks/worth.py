"""Which measurements would narrow a forecast most, before any of them is made."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.points import LoadPoint
from benchmarks.space import Chooser, around
from benchmarks.steadiness import Steadiness
from planner.deployment import Deployment
from planner.forecasting import Forecaster

POINTS = 4


@dataclass(frozen=True, slots=True)
class Step:
    """A load point, and half the 90 % interval once it is measured too: 0.15 is plus 15 %."""

    point: LoadPoint
    interval: float


@dataclass(frozen=True, slots=True)
class Worth:
    """The interval as it is, and what each further measurement would make of it, in order."""

    interval: float
    steps: tuple[Step, ...]


def worth_measuring(
    forecaster: Forecaster, deployment: Deployment, input_tokens: int, output_tokens: int
) -> Worth:
    """The points that the calibration design would choose for documents of this size.

    Intervals are the widest over the concurrencies; each step assumes that the
    forecast was right, so a real calibration chooses anew after each point.
    """
    space = around(input_tokens, output_tokens, deployment)
    chooser = Chooser(space, deployment, forecaster, Steadiness())
    before = chooser.interval()
    taken: list[LoadPoint] = []
    steps = []
    while len(taken) < POINTS and (point := chooser.next(taken)) is not None:
        taken.append(point)
        chooser.imagine(point)
        steps.append(Step(point, chooser.interval()))
    return Worth(before, tuple(steps))

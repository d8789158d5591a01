"""A part of a run that one engine, started once, can measure: its points, and their order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.design.design_space import Space
from benchmarks.design.points import LoadPoint
from benchmarks.measuring.system_under_test import SystemUnderTest
from planner.vllm.deployment import Deployment

ShowCommand = Callable[[LoadPoint, int, str], str]
"""From a point, its number of requests and the file of its result to a command line."""


@dataclass(frozen=True, slots=True)
class Task:
    """A point to measure, by the key that names it within its run."""

    key: str
    point: LoadPoint

    @property
    def analysis(self) -> str:
        """Which part of a suite the task belongs to, blank where the design chose it."""
        return self.key.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class Stage:
    """Either ``tasks`` in this order, or points that the design chooses from ``space``.

    ``unavailable`` is the reason why none of it can be measured here. ``starts`` is the
    command line of the engine that all points share, if it is one of ours;
    ``measures`` gives that of a point which starts an engine of its own.
    """

    name: str
    deployment: Deployment
    open_system: Callable[[], SystemUnderTest]
    tasks: tuple[Task, ...] = ()
    space: Space | None = None
    unavailable: str | None = None
    starts: str | None = None
    measures: ShowCommand | None = None


def designed_task(point: LoadPoint) -> Task:
    """The task of a point that the design chose.

    >>> designed_task(LoadPoint(8000, 150, 32)).key
    '8000x150x32'
    """
    return Task(f"{point.input_tokens}x{point.output_tokens}x{point.concurrency}", point)

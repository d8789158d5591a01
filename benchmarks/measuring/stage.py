"""A stage: the points of a run that one engine can measure after being started once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.design.design_space import Space
from benchmarks.design.points import LoadPoint
from benchmarks.measuring.system_under_test import SystemUnderTest
from planner.records.measurement import Load
from planner.vllm.deployment import Deployment

ShowCommand = Callable[[LoadPoint, int, str], str]
"""From a point, its number of requests and the name of its result file to a command line."""


@dataclass(frozen=True, slots=True)
class Task:
    """A point to measure; ``analysis`` is its part of a suite, blank if the design chose it."""

    point: LoadPoint
    analysis: str = ""

    @property
    def key(self) -> str:
        """The name of the point within its run.

        >>> Task(LoadPoint(8000, 150, 32)).key
        '8000x150x32'
        """
        return f"{self.analysis}/{self.point.label}" if self.analysis else self.point.label


@dataclass(frozen=True, slots=True)
class Stage:
    """Either ``tasks`` in this order, or points that the design chooses from ``space``.

    ``starts`` is the command line of the engine that all points share, None if it is not ours.
    ``measures`` gives the command line of a point that starts an engine of its own.
    """

    name: str
    deployment: Deployment
    load: Load
    open_system: Callable[[], SystemUnderTest]
    tasks: tuple[Task, ...] = ()
    space: Space | None = None
    starts: str | None = None
    measures: ShowCommand | None = None


@dataclass(frozen=True, slots=True)
class SkippedStage:
    """Tasks that cannot be measured here, and the reason."""

    deployment: Deployment
    load: Load
    tasks: tuple[Task, ...]
    reason: str

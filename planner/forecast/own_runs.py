"""The user's own runs of one deployment: the newest speaks, older ones support it or disagree.

A machine changes: another driver, another engine, another cooler. So the newest run decides
what is true now. An older run whose points agree with it adds its points. One that disagrees is
shown with its date and counts nowhere, neither here nor in the fit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from planner.forecast.point_noise import PointNoise, point_noise, spreads
from planner.learning.from_measurements import Observed
from planner.learning.observation import points_of
from planner.learning.posterior import Posterior
from planner.learning.random_effects import Labels
from planner.physics.load_points import LoadPoints
from planner.records.dates import order_of

Array = NDArray[np.float64]

Role = Literal["speaks", "supports", "disagrees"]

DISAGREES_BEYOND = 1.96
"""Standard deviations of the mean deviation: two runs that measure one speed are further apart in
one case of twenty."""


@dataclass(frozen=True, slots=True)
class OwnRun:
    """A run of the user's as one forecast uses it.

    ``date`` is that of its last point, None if not stated. ``speed_ratio`` is its measured
    speed over what the newest run says at the same loads, 1 for the newest run itself.
    ``noise_sd`` is the relative error of one of its points.
    """

    source: str
    date: str | None
    points: int
    role: Role
    speed_ratio: float
    noise_sd: float


@dataclass(frozen=True, slots=True)
class Run:
    """The rows of one run under its labels, in the order of storing.

    ``rank`` orders runs by date, and of one date by the order of storing: higher is newer.
    """

    labels: Labels
    rows: tuple[Observed, ...]
    rank: int

    @property
    def date(self) -> str | None:
        """The latest date of its rows as stated; None if none is."""
        dates = [row.measurement.date for row in self.rows if row.measurement.date]
        return max(dates, key=order_of, default=None)

    @property
    def points(self) -> LoadPoints:
        """The load points of its rows."""
        return points_of([row.observation for row in self.rows])

    @property
    def log_seconds(self) -> Array:
        """Log of the seconds per request of each row, shape (n,)."""
        return np.log([row.seconds_per_request for row in self.rows])

    def noise(self, usual_sd: float) -> PointNoise:
        """Noise of its points, from their halves and repeats; at least ``usual_sd``."""
        return point_noise(spreads(self.rows), usual_sd)

    def used(self, role: Role, speed_ratio: float, noise_sd: float) -> OwnRun:
        """The run as a forecast uses it."""
        return OwnRun(self.labels.source, self.date, len(self.rows), role, speed_ratio, noise_sd)

    def is_measured_again_by(self, newer: Run) -> bool:
        """True if ``newer`` is of the same deployment under all of this run's settings."""
        if _without_author(self.labels) != _without_author(newer.labels):
            return False
        measured = {row.deployment.engine for row in newer.rows}
        return all(
            any(engine.same_settings(row.deployment.engine) for engine in measured)
            for row in self.rows
        )


@dataclass(frozen=True)
class OwnHistory:
    """The user's own runs: those that speak, by their labels, each with those it replaces.

    ``older`` holds the replaced runs of each run that speaks, the newest first.
    """

    speaking: dict[Labels, Run]
    older: dict[Labels, tuple[Run, ...]]

    def fitted(self, observed: Iterable[Observed]) -> tuple[Observed, ...]:
        """The rows that the model is to be fitted to: all but those of replaced runs.

        One deployment of the user's counts once in the fit, with what is true of it now.
        """
        replaced = {run.labels for runs in self.older.values() for run in runs}
        return tuple(row for row in observed if row.observation.labels not in replaced)


def own_history(observed: Sequence[Observed], own_sources: Collection[str]) -> OwnHistory:
    """Which of the user's runs speak for their deployments, and which older ones they replace."""
    speaking: dict[Labels, Run] = {}
    older: dict[Labels, tuple[Run, ...]] = {}
    for run in _newest_first(observed, own_sources):
        newer = next((one for one in speaking.values() if run.is_measured_again_by(one)), None)
        if newer is None:
            speaking[run.labels] = run
        else:
            older[newer.labels] = (*older.get(newer.labels, ()), run)
    return OwnHistory(speaking, older)


def _newest_first(observed: Sequence[Observed], own_sources: Collection[str]) -> list[Run]:
    rows: dict[Labels, list[Observed]] = {}
    last: dict[Labels, int] = {}
    for position, row in enumerate(observed):
        labels = row.observation.labels
        if labels.source in own_sources:
            rows.setdefault(labels, []).append(row)
            last[labels] = position
    runs = [Run(labels, tuple(of_run), 0) for labels, of_run in rows.items()]
    runs.sort(key=lambda run: (order_of(run.date), last[run.labels]))
    return [replace(run, rank=rank) for rank, run in enumerate(runs, start=1)][::-1]


def compare(run: Run, newest: Posterior, noise: PointNoise) -> OwnRun:
    """How an older run's points agree with the posterior of the newest one.

    The mean deviation of its points is compared with its standard deviation: that of the
    posterior, which the points share, and of their noise.
    """
    points = run.points
    deviation = float(np.mean(run.log_seconds - newest.log_seconds(points)))
    variance = newest.log_covariance(points) + np.diag(noise.points_sd**2)
    agrees = abs(deviation) <= DISAGREES_BEYOND * np.sqrt(variance.mean())
    ratio = float(np.exp(-deviation))
    return run.used("supports" if agrees else "disagrees", ratio, noise.sd)


def _without_author(labels: Labels) -> Labels:
    return replace(labels, source="", run="")

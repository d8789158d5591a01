"""Compares calibration points chosen by the design with points chosen at random.

    python -m benchmarks.checks.replay [FILE.csv]

Each group of a measurement file (one deployment as one source measured it) is
replayed without new measurements: four of its rows are taken as a calibration and
the others are forecast. The design chooses the four once, chance many times.
Without a file, the packaged reference measurements are replayed.
A group's own source is left out of what the forecast rests on.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import mean, median

import numpy as np
from numpy.typing import NDArray

from benchmarks.checks.evaluation import calibrate
from planner.catalog.lookup import Catalog, load_catalog
from planner.errors import PlannerError
from planner.forecast.evidence import CALIBRATION_NOISE_SD
from planner.forecast.forecaster import Forecaster
from planner.learning.from_measurements import Observed, group_name, observe
from planner.learning.observation import points_of
from planner.learning.posterior import Posterior
from planner.physics.load_points import LoadPoints
from planner.records.measurement import Measurement
from planner.records.measurement_csv import read_measurement_csv
from planner.records.reference import reference_measurements

Array = NDArray[np.float64]

POINTS = 4
DRAWS = 20
FEWEST_ROWS = POINTS + 4
SEED = 20261122
TARGET_ERROR = 0.04
TARGET_WINS = 0.8


@dataclass(frozen=True, slots=True)
class Replay:
    """Errors are medians of |forecast / measured - 1| over the rows that were left out.

    ``random_error`` is the mean over the draws.
    """

    group: str
    rows: int
    design_error: float
    random_error: float

    @property
    def design_wins(self) -> bool:
        return self.design_error < self.random_error


def replay(
    measurements: Sequence[Measurement],
    reference: Sequence[Measurement],
    catalog: Catalog,
    draws: int = DRAWS,
) -> Iterator[Replay]:
    """One result for each group with enough rows."""
    groups: dict[str, list[Observed]] = {}
    for row in observe(measurements, catalog)[0]:
        groups.setdefault(group_name(row.measurement), []).append(row)
    forecasters: dict[str, Forecaster] = {}
    random = np.random.default_rng(SEED)
    for name, rows in groups.items():
        if len(rows) < FEWEST_ROWS:
            continue
        source = rows[0].measurement.source_id
        if source not in forecasters:
            others = [row for row in reference if row.source_id != source]
            forecasters[source] = Forecaster(others, catalog)
        yield _replayed(name, rows, forecasters[source], random, draws)


def _replayed(
    name: str,
    rows: Sequence[Observed],
    forecaster: Forecaster,
    random: np.random.Generator,
    draws: int,
) -> Replay:
    prior = forecaster.prior_like(rows[0])
    load = points_of([row.observation for row in rows])
    measured = np.log([row.seconds_per_request for row in rows])
    posterior, chosen = calibrate(prior, load, measured, POINTS)
    errors = []
    for _ in range(draws):
        drawn = list(random.choice(len(rows), POINTS, replace=False))
        guessed = prior.updated(load[drawn], measured[drawn], CALIBRATION_NOISE_SD)
        errors.append(_error(guessed, load, measured, drawn))
    return Replay(name, len(rows), _error(posterior, load, measured, chosen), mean(errors))


def _error(posterior: Posterior, load: LoadPoints, measured: Array, known: Sequence[int]) -> float:
    rest = np.setdiff1d(np.arange(len(load)), known)
    predicted = posterior.log_seconds(load[rest])
    return float(np.median(np.abs(np.exp(measured[rest] - predicted) - 1.0)))


def main() -> None:
    """Print a line for each group, and the two summary figures."""
    reference = reference_measurements()
    rows = read_measurement_csv(sys.argv[1]) if len(sys.argv) > 1 else reference
    print(f"{'design':>7} {'random':>7} {'rows':>5}  group")
    results = []
    for result in replay(rows, reference, load_catalog()):
        results.append(result)
        errors = f"{result.design_error:7.1%} {result.random_error:7.1%}"
        print(f"{errors} {result.rows:5}  {result.group}")
    if not results:
        sys.exit(f"no group has {FEWEST_ROWS} rows or more: give a file with longer sweeps")
    error = median(result.design_error for result in results)
    wins = mean(result.design_wins for result in results)
    print(f"\n{len(results)} groups, {POINTS} points each, {DRAWS} random draws")
    print(f"median error on the rest: {error:.1%} (target {TARGET_ERROR:.0%})")
    print(f"design better than random: {wins:.0%} of groups (target {TARGET_WINS:.0%})")


if __name__ == "__main__":
    try:
        main()
    except PlannerError as error:
        sys.exit(f"Error: {error}")

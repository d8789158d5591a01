"""What the next calibration is worth: what it saves to know the forecast's error before buying."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.forecast.evidence import CALIBRATION_NOISE_SD
from planner.forecast.forecaster import Forecaster
from planner.forecast.pace import Pace
from planner.physics.load_points import mixed_load_points
from planner.physics.work import work_of
from planner.risk.samples import normals
from planner.vllm.deployment import Deployment
from planner.workload.request_mix import RequestMix

Array = NDArray[np.float64]

MINUTES = 10.0
"""About as long as a calibration of a few points takes, the engine's start included."""

_RESULTS = 40  # of the calibration, each with ...
_OTHERS = 50  # ... samples of everything else: 2,000 together


@dataclass(frozen=True, slots=True)
class CalibrationWorth:
    """The log sd of seconds per request before and after, and what the calibration saves.

    ``saves_usd_per_year`` is the mean over what it may find: dollars, and what missing a limit or
    falling short is worth avoiding. ``costs_usd`` is the price of the machine while it is measured,
    of one for each model if there are several; the log sd is then of the least certain one.
    """

    log_sd_before: float
    log_sd_after: float
    saves_usd_per_year: float
    costs_usd: float


def log_sd_after_calibration(
    forecaster: Forecaster, deployment: Deployment, mix: RequestMix, pace: Pace
) -> float:
    """The forecast's log sd once the plan's own load is measured, at its concurrency.

    It does not depend on what is measured, as far as that fits the forecast.
    """
    points = mixed_load_points(work_of(deployment), mix, np.array([float(pace.concurrency)]))
    prior = forecaster.prior_for_calibration(deployment)
    found = prior.updated(points, prior.log_seconds(points), CALIBRATION_NOISE_SD)
    return min(pace.log_sd, float(found.log_sd(points, CALIBRATION_NOISE_SD)[0]))


def calibration_worth(
    saving: Callable[[Array, Array, int], float],
    deployments: int,
    log_sds: tuple[float, float],
    usd_per_hour: float,
) -> CalibrationWorth:
    """The worth of calibrating the first of ``deployments``.

    ``saving`` is what it saves to know in which of so many equal groups a sample is; it is asked
    for standard normal numbers of the volume (n,) and of the error of each deployment
    (deployments, n). ``log_sds`` are the first one's before and after. What is known after is a
    share 1 - (after / before)^2 of its variance.
    """
    before, after = log_sds
    left = 0.0 if before == 0.0 else after / before
    found = np.repeat(normals(_RESULTS, 1)[0], _OTHERS)
    others = np.tile(normals(_OTHERS, 1 + deployments), _RESULTS)
    others[1] = math.sqrt(max(0.0, 1.0 - left**2)) * found + left * others[1]
    saves = saving(others[0], others[1:], _RESULTS)
    return CalibrationWorth(before, after, saves, usd_per_hour * MINUTES / 60.0)

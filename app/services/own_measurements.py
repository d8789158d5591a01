"""The user's own measurements and calibration runs."""

from __future__ import annotations

from app.services.opened_store import forecaster, store
from planner.forecast.own_runs import OwnRun
from planner.records.calibration_record import CalibrationRun
from planner.vllm.deployment import Deployment


def own_runs() -> list[tuple[Deployment, tuple[OwnRun, ...]]]:
    """The user's deployments: the newest run of each, and the older ones as forecasts use them."""
    return forecaster().own_runs()


def sources_set_aside() -> tuple[str, ...]:
    """Ids of the user's sources that no forecast uses."""
    return tuple(sorted(store().set_aside()))


def runs() -> tuple[CalibrationRun, ...]:
    """The user's own calibration runs."""
    return store().runs()

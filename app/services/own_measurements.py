"""The user's own measurements and calibration runs."""

from __future__ import annotations

from collections.abc import Iterable

from app.services.opened_store import forecaster, store
from db.measurement_rows import Source
from planner.forecast.own_runs import OwnRun, Role
from planner.records.calibration_record import CalibrationRun
from planner.vllm.deployment import Deployment


def own_runs() -> list[tuple[Deployment, tuple[OwnRun, ...]]]:
    """The user's deployments: the newest run of each, and the older ones as forecasts use them."""
    return forecaster().own_runs()


def roles_by_source(
    used: Iterable[tuple[Deployment, tuple[OwnRun, ...]]],
) -> dict[str, frozenset[Role]]:
    """The roles that each source's runs have in forecasts."""
    found: dict[str, frozenset[Role]] = {}
    for run in (run for _, of_it in used for run in of_it):
        found[run.source] = found.get(run.source, frozenset()) | {run.role}
    return found


def sources_set_aside() -> tuple[str, ...]:
    """Ids of the user's sources that no forecast uses."""
    return tuple(sorted(store().set_aside()))


def runs() -> tuple[CalibrationRun, ...]:
    """The user's own calibration runs."""
    return store().runs()


def own_sources() -> tuple[Source, ...]:
    """The user's sources of measurements, those that are set aside among them."""
    return tuple(source for source in store().sources() if source.own)


def set_aside(source_id: str) -> None:
    """Keep one of the user's sources out of all forecasts. Raises InputError."""
    store().set_source_aside(source_id)


def use_again(source_id: str) -> None:
    """Let forecasts use a source again."""
    store().take_source_back(source_id)

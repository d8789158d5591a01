"""Fixtures of several tests: the packaged catalogue, and fits that are made once a process."""

from __future__ import annotations

import gc
import hashlib
import os
import pickle
import subprocess
import time
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from paths import SUPPORT

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from packaged import packaged_catalog, packaged_forecaster

from planner.catalog import price_age
from planner.catalog.lookup import Catalog
from planner.commands.store_access import Known
from planner.forecast.forecaster import Forecaster
from planner.learning import throughput
from planner.records.reference import reference_measurements

# Collecting makes a million objects that all stay; a third of its time went into garbage.
gc.disable()

# No deadline: a shared machine may take a second for what takes a millisecond.
settings.register_profile("fast", deadline=None, max_examples=25)
settings.register_profile("thorough", deadline=None, max_examples=300)
settings.register_profile("soak", deadline=None, max_examples=500)
settings.load_profile("fast")

SOAK_S = "SOAK_SECONDS"
"""Set by `make soak`: how long all fuzzers together run."""


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a fuzzer again and again, with other examples, for its share of the soak's time."""
    if SOAK_S not in os.environ or pyfuncitem.get_closest_marker("fuzz") is None:
        return None
    fuzzers = [item for item in pyfuncitem.session.items if item.get_closest_marker("fuzz")]
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    end = time.monotonic() + float(os.environ[SOAK_S]) * workers / len(fuzzers)
    wanted = pyfuncitem._fixtureinfo.argnames
    while time.monotonic() < end:
        pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in wanted})
    return True


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Only `make soak` runs what is marked so.

    With ``--dist loadgroup``, one worker has the browser and the app that it opens. pytest-xdist
    3.8.0 does not yet put its groups where pytest 9.2.0 reads them, so that both workers have one.
    """
    if SOAK_S not in os.environ:
        left_out = [item for item in items if item.get_closest_marker("soak")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.xdist_group("browser"))


def pytest_collection_finish() -> None:
    """Leave what was collected out of every later search for garbage."""
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True, scope="session")
def _day_of_the_prices() -> Iterator[None]:
    """Tests see the packaged prices at the age that they had when they were collected."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(price_age, "today", lambda: date(2026, 11, 27))
        yield


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return packaged_catalog()


@pytest.fixture(scope="session")
def forecaster() -> Forecaster:
    return packaged_forecaster()


@pytest.fixture(scope="session")
def forecaster_without_the_article(catalog: Catalog) -> Forecaster:
    return Forecaster(reference_measurements(), catalog, exclude_sources=["article"])


@pytest.fixture(scope="session", autouse=True)
def _each_fit_is_made_once() -> Iterator[None]:
    """Return an earlier fit if its input was the same; most tests fit the reference."""
    find_mode, found = throughput.find_mode, {}

    def remembered(*arguments: Any) -> Any:
        key = hashlib.sha256(pickle.dumps(arguments)).digest()
        if key not in found:
            found[key] = find_mode(*arguments)
        return found[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(throughput, "find_mode", remembered)
        yield


@pytest.fixture(scope="session", autouse=True)
def _commands_share_a_forecaster() -> Iterator[None]:
    """Commands that know the same catalogue and measurements get the same forecaster."""
    make = lru_cache(maxsize=4)(Known.forecaster)

    def shared(known: Known, exclude_sources: tuple[str, ...] = ()) -> Forecaster:
        if (known, exclude_sources) == (PACKAGED, ()):
            return packaged_forecaster()
        return make(known, exclude_sources)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Known, "forecaster", shared)
        yield


PACKAGED = Known(packaged_catalog(), reference_measurements(), frozenset())


@pytest.fixture(scope="session")
def _data_directories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """New empty directories. (pytest looks through all of its own whenever it makes one.)"""
    folder = tmp_path_factory.mktemp("data")
    return (folder / str(number) for number in count())


@pytest.fixture(autouse=True)
def own_data_directory(_data_directories: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the store of the person who runs it."""
    directory = next(_data_directories)
    directory.mkdir()
    monkeypatch.setenv("PLANNER_DATA_DIR", str(directory))
    monkeypatch.delenv("PLANNER_DATABASE_URL", raising=False)
    monkeypatch.delenv("COLUMNS", raising=False)  # of the terminal that the tests are run from


@pytest.fixture(scope="session")
def nvml_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a library that pynvml takes for NVML, see ``support/nvml_stub.c``."""
    folder = tmp_path_factory.mktemp("nvml")
    source, library = SUPPORT / "nvml_stub.c", folder / "libnvidia-ml.so.1"
    flags = ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror"]
    subprocess.run(["cc", *flags, "-o", str(library), str(source)], check=True)
    return folder

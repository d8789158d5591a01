"""Every store that can keep a run keeps the contract of ``RunStore``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from postgres_server import new_database_url
from store_samples import POINT, REFERENCE, RUN

from benchmarks.measuring.run_store import RunFile, RunStore, StoreOrFile
from db.storage import open_storage
from planner.errors import InputError, StoreError
from planner.records.calibration_record import RunPoint
from planner.records.measurement_csv import write_measurement_csv

FAILED = replace(POINT, status="failed", reason="CUDA out of memory", measurement=None)
SECOND = replace(POINT, key="1024x128x16", position=1, concurrency=16)


def away(*_: object) -> bool:
    raise StoreError("The store cannot be used (connection lost).")


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    path = tmp_path / "reference.csv"
    write_measurement_csv(path, [REFERENCE])
    return path


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgresql", marks=pytest.mark.slow),
        "file",
        "store and file",
        "store gone away",
    ]
)
def store(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    reference: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[RunStore]:
    """One store of each kind; the last refuses every update and every point."""
    if request.param == "file":
        yield RunFile(tmp_path)
        return
    postgresql = request.param == "postgresql"
    url = new_database_url() if postgresql else f"sqlite:///{tmp_path / 'store.sqlite3'}"
    with closing(open_storage(url, reference)) as storage:
        if request.param in ("sqlite", "postgresql"):
            yield storage
            return
        if request.param == "store gone away":
            monkeypatch.setattr(storage, "record_point", away)
            monkeypatch.setattr(storage, "update_run", away)
        yield StoreOrFile(storage, tmp_path / "journal.json", lambda _line: None, tmp_path)


class TestRunStore:
    def test_a_run_is_returned_as_it_was_created(self, store: RunStore) -> None:
        store.create_run(RUN)
        assert store.run(RUN.run_id) == RUN
        assert store.run_points(RUN.run_id) == ()

    def test_an_update_replaces_what_is_known_of_a_run(self, store: RunStore) -> None:
        store.create_run(RUN)
        known = replace(RUN, engine_version="0.32.0", environment={"driver": None})
        store.update_run(known)
        assert store.run(RUN.run_id) == known

    def test_a_run_that_is_there_stays_when_it_is_created_again(self, store: RunStore) -> None:
        store.create_run(RUN)
        store.record_point(RUN.run_id, POINT)
        store.create_run(replace(RUN, suite="standard"))
        assert store.run(RUN.run_id) == RUN
        assert store.run_points(RUN.run_id) == (POINT,)

    def test_points_are_returned_whole_and_by_position(self, store: RunStore) -> None:
        store.create_run(RUN)
        assert store.record_point(RUN.run_id, SECOND) is True
        assert store.record_point(RUN.run_id, POINT) is True
        assert store.run_points(RUN.run_id) == (POINT, SECOND)

    def test_noise_settings_and_peaks_of_a_measurement_come_back(self, store: RunStore) -> None:
        assert POINT.measurement is not None
        row = replace(
            POINT.measurement,
            gpu="cpu",
            gpu_memory_gb=16.0,
            engine_settings="max_num_seqs=64; prefix_hit_share=0.5",
            throughput_sd=0.04,
            peak_bandwidth_gb_per_s=20.25,
            peak_fp16_tflops=0.2,
        )
        store.create_run(RUN)
        assert store.record_point(RUN.run_id, replace(POINT, measurement=row)) is True
        assert store.run_points(RUN.run_id) == (replace(POINT, measurement=row),)

    @pytest.mark.parametrize("later", [POINT, FAILED], ids=["same", "failed"])
    def test_a_successful_point_stays(self, store: RunStore, later: RunPoint) -> None:
        store.create_run(RUN)
        store.record_point(RUN.run_id, POINT)
        assert store.record_point(RUN.run_id, later) is False
        assert store.run_points(RUN.run_id) == (POINT,)

    @pytest.mark.parametrize("status", ["failed", "skipped"])
    def test_any_other_point_is_replaced_by_a_later_one(self, store: RunStore, status: str) -> None:
        store.create_run(RUN)
        store.record_point(RUN.run_id, replace(FAILED, status=status))
        assert store.record_point(RUN.run_id, FAILED) is True
        assert store.run_points(RUN.run_id) == (FAILED,)
        assert store.record_point(RUN.run_id, POINT) is True
        assert store.run_points(RUN.run_id) == (POINT,)

    def test_an_unknown_run_is_refused(self, store: RunStore) -> None:
        store.create_run(RUN)
        for call in (
            lambda: store.run("x"),
            lambda: store.update_run(replace(RUN, run_id="x")),
            lambda: store.record_point("x", replace(POINT, run_id="x")),
        ):
            with pytest.raises(InputError, match="'x'"):
                call()
        assert store.run_points("x") == ()
        assert store.run(RUN.run_id) == RUN
        assert store.run_points(RUN.run_id) == ()

    def test_nothing_is_kept_before_the_run_is_created(self, store: RunStore) -> None:
        with pytest.raises(InputError):
            store.run(RUN.run_id)
        with pytest.raises(InputError):
            store.record_point(RUN.run_id, POINT)
        assert store.run_points(RUN.run_id) == ()

    def test_a_point_of_another_run_is_refused(self, store: RunStore) -> None:
        store.create_run(RUN)
        with pytest.raises(InputError, match="does not belong to run"):
            store.record_point(RUN.run_id, replace(POINT, run_id="other"))
        assert store.run_points(RUN.run_id) == ()


def test_points_that_a_store_lacks_are_kept_for_its_return(
    tmp_path: Path, reference: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    journal = tmp_path / "journal.json"
    with closing(open_storage(f"sqlite:///{tmp_path / 'store.sqlite3'}", reference)) as storage:
        with monkeypatch.context() as patch:
            patch.setattr(storage, "record_point", away)
            first = StoreOrFile(storage, journal, told.append, tmp_path)
            first.create_run(RUN)
            first.record_point(RUN.run_id, POINT)
            resumed = StoreOrFile(storage, journal, told.append, tmp_path)
            resumed.create_run(RUN)
            assert resumed.run_points(RUN.run_id) == (POINT,)
            assert resumed.missed == 1
        resumed.record_point(RUN.run_id, SECOND)
        assert storage.run_points(RUN.run_id) == (POINT, SECOND)
    assert told[-1] == "The store is back and now has the 2 points that it missed."

"""What a store takes can be exported and imported again; what it could not give back it refuses."""

from __future__ import annotations

import io
import itertools
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from postgres_server import new_database_url
from store_samples import MEASUREMENT, POINT, REFERENCE, RUN
from strategies import engines

from benchmarks.measuring.run_store import RunFile
from db.storage import Storage, open_storage
from planner.errors import InputError
from planner.records.measurement import COLUMNS, LOADS, Measurement
from planner.records.measurement_csv import (
    FLOAT_COLUMNS,
    parse_measurement_csv,
    read_measurement_csv,
    write_measurement_csv,
)
from planner.vllm.settings_text import settings_text

SPEEDS = itertools.count(1000.0)
texts = st.text(max_size=8) | st.sampled_from(["=1+1", "'-x", " a", "a\n b", 'a,"b"', "x" * 2001])
floats = st.floats(allow_nan=True) | st.floats(1e-9, 1e12)


def any_value(column: str) -> st.SearchStrategy[object]:
    """What programs may hand to a store, sound or not."""
    if column == "gpu_count":
        return st.integers(-1, 64)
    if column == "load":
        return st.sampled_from((*LOADS, "rush"))
    if column == "engine_settings":
        return st.none() | engines.map(settings_text) | texts
    return st.none() | (floats if column in FLOAT_COLUMNS else texts)


unsound = st.dictionaries(st.sampled_from(COLUMNS), st.none(), max_size=3).flatmap(
    lambda chosen: st.fixed_dictionaries({column: any_value(column) for column in chosen})
)


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], scope="module"
)
def stores(request: pytest.FixtureRequest) -> Iterator[tuple[Storage, Storage]]:
    with tempfile.TemporaryDirectory() as folder:
        reference = Path(folder) / "reference.csv"
        write_measurement_csv(reference, [REFERENCE])
        urls = [
            f"sqlite:///{folder}/{name}.sqlite3"
            if request.param == "sqlite"
            else new_database_url()
            for name in ("here", "elsewhere")
        ]
        with (
            closing(open_storage(urls[0], reference)) as here,
            closing(open_storage(urls[1], reference)) as elsewhere,
        ):
            yield here, elsewhere


def imported(exported: tuple[Measurement, ...]) -> tuple[Measurement, ...]:
    text = io.StringIO(newline="")
    write_measurement_csv(text, exported)
    return parse_measurement_csv(text.getvalue(), "f.csv")


@pytest.mark.slow
@given(unsound)
def test_a_row_is_refused_or_exported_and_imported_as_it_is(
    stores: tuple[Storage, Storage], values: dict[str, Any]
) -> None:
    here, elsewhere = stores
    own = {"source_id": "mine", "output_tokens_per_s": next(SPEEDS)}  # no row is stored twice
    row = replace(MEASUREMENT, **own | values)
    before = here.measurements()
    try:
        here.add_measurements([row])
    except InputError:
        assert here.measurements() == before
        return
    assert row in here.measurements()
    again = imported(here.measurements())
    assert again == here.measurements()
    elsewhere.add_measurements(again)
    assert row in elsewhere.measurements()


@pytest.mark.slow
@given(
    st.floats(1e-3, 1e4),
    st.floats(1e-6, 1e3),
    st.none() | st.floats(1e-4, 1.0),
    engines.map(settings_text),
)
def test_the_peaks_of_a_processor_its_noise_and_settings_come_back(
    stores: tuple[Storage, Storage],
    bandwidth: float,
    tflops: float,
    noise: float | None,
    settings: str | None,
) -> None:
    here, elsewhere = stores
    row = replace(
        MEASUREMENT,
        source_id="run-7f3a",
        gpu="cpu",
        gpu_memory_gb=16.0,
        peak_bandwidth_gb_per_s=bandwidth,
        peak_fp16_tflops=tflops,
        throughput_sd=noise,
        engine_settings=settings,
    )
    here.add_measurements([row])
    elsewhere.add_measurements(imported(here.measurements()))
    assert row in elsewhere.measurements()


def test_the_file_of_a_run_is_imported_as_the_run_was_recorded(tmp_path: Path) -> None:
    file = RunFile(tmp_path)
    file.create_run(RUN)
    assert POINT.measurement is not None
    row = replace(POINT.measurement, throughput_sd=0.04, notes="=not a formula")
    file.record_point(RUN.run_id, replace(POINT, measurement=row))
    assert file.file is not None
    assert read_measurement_csv(file.file) == (row,)

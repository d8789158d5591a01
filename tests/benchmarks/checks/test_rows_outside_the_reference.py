"""The public rows that docs/accuracy.md scores: none is of an author whom the forecasts know."""

from __future__ import annotations

import re

import pytest
from paths import DATA

from planner.records.measurement import Measurement
from planner.records.measurement_csv import read_measurement_csv
from planner.records.reference import reference_measurements

ROWS = DATA / "benchmarks" / "rows_outside_the_reference.csv"
REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")


@pytest.fixture(scope="module")
def rows() -> list[Measurement]:
    return list(read_measurement_csv(ROWS))


def repository(row: Measurement) -> str:
    """The repository of a row's source, without its revision."""
    found = REPOSITORY.match(row.source or "")
    assert found is not None, row
    return found[0].partition("@")[0]


def test_each_row_states_its_source_and_its_date(rows: list[Measurement]) -> None:
    assert len(rows) == 291
    assert all(row.date for row in rows)
    assert {repository(row) for row in rows} == {
        "Massed-Compute/gpu-benchmark",
        "alesha-pro/4x3090-llm-benchmarks",
        "dennislee22/vLLM-benchmarking",
        "dstackai/benchmarks",
        "sariekr/gpu_conc",
        "tenstorrent/tt-inference-server",
        "vllm-project/vllm",
    }


def test_no_row_is_of_a_repository_in_the_reference(rows: list[Measurement]) -> None:
    known = " ".join({row.source or "" for row in reference_measurements()}).lower()
    # An issue of vLLM's repository is of whoever wrote it.
    for name in {repository(row) for row in rows} - {"vllm-project/vllm"}:
        assert name.lower() not in known

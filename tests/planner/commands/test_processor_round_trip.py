"""Measurements on a processor: exported, and imported where nobody knows that processor."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from command_line import answer, fill_store, run
from stand_ins import PROCESSOR
from store_samples import MEASUREMENT

from db.storage import open_storage
from planner.records.measurement import Measurement
from planner.records.measurement_csv import read_measurement_csv

TINY = "Qwen/Qwen2.5-0.5B-Instruct"
AT_4 = ("predict", "--gpu", "cpu", "--model", TINY, "--input-tokens", "64")
AT_4 = (*AT_4, "--output-tokens", "16", "--concurrency", "4")
ROW = replace(
    MEASUREMENT,
    source_id="run-7f3a",
    gpu="cpu",
    gpu_memory_gb=16.0,
    model=TINY,
    quantization="none",
    engine_version="0.11.0",
    input_tokens=64.0,
    output_tokens=16.0,
    concurrency=4.0,
    output_tokens_per_s=9.0,
    source="planner calibrate, run 20261122-7f3a",
    notes=None,
)
STATED = replace(ROW, peak_bandwidth_gb_per_s=20.0, peak_fp16_tflops=0.2)


@pytest.mark.slow
@pytest.mark.parametrize("row", [ROW, STATED], ids=["older row", "row with peaks"])
def test_the_machines_peak_goes_with_its_measurements(
    row: Measurement, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_store()
    storage = open_storage()
    storage.add_gpu(PROCESSOR)
    storage.add_measurements([row])
    storage.close()
    here = answer(*AT_4)
    assert here["basis"] == "measured"
    file = tmp_path / "mine.csv"
    assert run("export", str(file), "--source", "run-7f3a").exit_code == 0
    assert read_measurement_csv(file) == (STATED,)
    assert answer("import", str(file))["added"] == 0

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setenv("PLANNER_DATA_DIR", str(elsewhere))
    fill_store()
    found = answer("import", str(file))
    assert (found["added"], found["unusable"]) == (1, [])
    there = answer(*AT_4)
    assert there["basis"] == "measured"
    speeds = [forecast["output_tokens_per_s"]["value"] for forecast in (here, there)]
    assert speeds[1] == pytest.approx(speeds[0], rel=1e-3)


@pytest.mark.slow
def test_the_peaks_of_another_machine_are_not_taken_for_those_of_this_one() -> None:
    fill_store()
    storage = open_storage()
    storage.add_gpu(PROCESSOR)
    storage.add_measurements([replace(STATED, peak_bandwidth_gb_per_s=200.0)])
    storage.close()
    assert answer(*AT_4)["basis"] == "extrapolated"
    [listed] = answer("measurements", "list")
    assert listed["gpu"] == "cpu of 200 GB/s and 0.2 TFLOP/s"

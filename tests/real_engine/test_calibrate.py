"""A quick calibration of a tiny model on vLLM itself, from the command line to stored points."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from stand_ins import PROCESSOR

from db.storage import open_storage
from planner.vllm.settings_text import settings_in

pytestmark = [pytest.mark.engine, pytest.mark.timeout(900)]

POINTS = 4


def calibrated(vllm: Path, model: Path, folder: Path, *options: object) -> Any:
    """The answer of a calibration around 256 tokens in and 32 out."""
    workload = folder / "workload.yaml"
    workload.write_text("input_tokens: 256\noutput_tokens: 32\n")
    command = [sys.executable, "-m", "planner", "calibrate", "--gpu", "cpu", "--json"]
    command += ["--model", str(model), "--workload", str(workload)]
    command += ["--engine-command", f"{vllm} serve", "--target-interval", "0.02"]
    words = [*command, *map(str, options)]
    answer = subprocess.run(words, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def test_a_quick_calibration_stores_its_points_and_improves_the_forecast(
    vllm: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = calibrated(vllm, tiny_model, tmp_path, "--points", POINTS, "--point-seconds", 3)
    with capsys.disabled():
        before, after = found["forecast_error_before"], found["forecast_error_after"]
        print(f"\nforecast error on points left out: {before:.0%} before, {after:.0%} after")
    assert found["stopped"] == "limit reached"
    with closing(open_storage()) as storage:
        points = storage.run_points(found["run_id"])
        run = storage.run(found["run_id"])
        own = [row for row in storage.measurements() if row.source_id == run.source_id]
    assert [point.status for point in points] == ["ok"] * POINTS
    assert [point.measurement for point in points] == own
    assert [point["output_tokens_per_s"] for point in found["points"]] == [
        row.output_tokens_per_s for row in own
    ]
    assert run.engine_version == "0.32.0"
    engine = run.environment["engines"]["1"]
    assert engine["prefix_caching"] is False
    assert engine["kv_cache_tokens"] > 100_000
    for point in points:
        uses = [attempt["engine"] for attempt in point.details["attempts"]]
        assert all(use["prefix_cache_hit_tokens"] == 0 for use in uses)
        assert len({attempt["seed"] for attempt in point.details["attempts"]}) == len(uses)
    # A processor that others share is no place for a claim in percent; this is a broken fit.
    assert after < 1.0


def test_points_under_settings_state_them_with_the_shares_that_vllm_counted(
    vllm: Path, tiny_model: Path, tmp_path: Path
) -> None:
    with closing(open_storage()) as storage:
        storage.add_gpu(PROCESSOR)
    settings = ("--prefix-share", 0.5, "--max-num-seqs", 4)
    speculating = ("--speculative-tokens", 3, "--speculative-acceptance", 0.9)
    once = ("--points", 1, "--point-seconds", 4)
    found = calibrated(vllm, tiny_model, tmp_path, *settings, *speculating, *once)
    with closing(open_storage()) as storage:
        [point] = storage.run_points(found["run_id"])
    row = point.measurement
    assert row is not None
    assert row.input_tokens == pytest.approx(point.input_tokens, abs=4)
    stated = settings_in(row.engine_settings)
    assert stated.max_num_seqs == 4
    # 128 of 256 tokens: just a block of the cache on a processor, which a token less would miss.
    assert stated.prefix_hit_share == pytest.approx(0.5, abs=0.02)
    assert stated.speculative is not None
    # Nobody guesses random tokens right: what was expected, 0.9, is not what is recorded.
    assert stated.speculative.acceptance < 0.5
    assert row.notes is None or "do not show it" not in row.notes

"""Offline points: their command lines, and which results are believed."""

from __future__ import annotations

import json
import sys
import time
from contextlib import nullcontext
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from stand_in_system import deployment, subject

from benchmarks.design.points import LargestLoad, LoadPoint
from benchmarks.design.steady_load import SteadyLoad
from benchmarks.design.suite import Method
from benchmarks.engine.engine_flags import EngineLaunch, engine_spec
from benchmarks.engine.vllm_process import EngineSpec
from benchmarks.hardware.cards import Hardware
from benchmarks.hardware.nvml import Sample
from benchmarks.measuring.offline_bench import OfflineBench, offline_unavailable
from benchmarks.measuring.point_attempt import Attempt
from benchmarks.measuring.system_under_test import MeasuringOptions
from planner.catalog.lookup import Catalog
from planner.learning.from_measurements import observe
from planner.records.measurement import COLUMNS, Measurement
from planner.vllm.settings_text import settings_in

POINT = LoadPoint(input_tokens=100, output_tokens=10, concurrency=2)
SCRIPT = """\
import os, sys
from pathlib import Path
print("ValueError: what the engine says", file=sys.stderr)
options = dict(zip(sys.argv, sys.argv[1:]))
if os.environ["RESULT"]:
    Path(options["--output-json"]).write_text(os.environ["RESULT"])
sys.exit(int(os.environ["STATUS"]))
"""
LATENCY = {"latencies": [1.0, 1.0, 1.0, 1.0]}
THROUGHPUT = {"num_requests": 8, "total_num_tokens": 8 * 110, "elapsed_time": 4.0}


def bench(method: Method, folder: Path) -> OfflineBench:
    script = folder / "vllm.py"
    script.write_text(SCRIPT)
    spec = EngineSpec(
        command=(sys.executable, str(script), "serve"),
        model="m",
        flags=("--max-model-len", "160", "--max-num-seqs", "16"),
        start_timeout_s=0,
    )
    return OfflineBench(method, spec, subject(), MeasuringOptions(SteadyLoad(seconds=5), folder))


def attempt(
    method: Method, folder: Path, monkeypatch: pytest.MonkeyPatch, result: str, status: int = 0
) -> Attempt:
    monkeypatch.setenv("RESULT", result)
    monkeypatch.setenv("STATUS", str(status))
    return bench(method, folder).measure(POINT, requests=8, seed=7, timeout_s=30)


PHASES = """\
import sys, time
from pathlib import Path
options = dict(zip(sys.argv, sys.argv[1:]))
result = Path(options["--output-json"])
phase = result.with_name("phase")
for name, seconds in (("loads", 0.6), ("measures", 1.3), ("ends", 0.6)):
    phase.write_text(name)
    time.sleep(seconds)
    if name == "measures":
        result.write_text('{"latencies": [0.25, 0.25, 0.25, 0.25]}')
"""
IN_PHASE = {
    "loads": {"power_w": 60.0, "memory_gib": 79.0, "throttle_bits": 0x08},
    "measures": {"power_w": 300.0, "memory_gib": 40.0, "throttle_bits": 0x40},
    "ends": {"power_w": 50.0, "memory_gib": 1.0, "throttle_bits": 0x08},
}


@pytest.fixture
def card_that_follows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A card that does in each phase of the process what such a process makes it do."""
    phase = tmp_path / "phase"

    def read(_index: int) -> Sample:
        known = IN_PHASE[phase.read_text() or "loads" if phase.exists() else "loads"]
        nothing: dict[str, Any] = dict.fromkeys(Sample.__slots__)
        return Sample(**nothing | known | {"at_s": time.perf_counter()})

    monkeypatch.setattr("benchmarks.hardware.telemetry.read_sample", read)
    monkeypatch.setattr("benchmarks.hardware.telemetry.nvml", nullcontext)


@pytest.mark.slow
@pytest.mark.usefixtures("card_that_follows")
def test_the_cards_are_looked_at_while_the_batches_are_measured_and_not_while_it_loads(
    tmp_path: Path,
) -> None:
    script = tmp_path / "vllm.py"
    script.write_text(PHASES)
    spec = EngineSpec((sys.executable, str(script), "serve"), "m", ("--max-model-len", "160"))
    system = OfflineBench(
        "latency", spec, subject(), MeasuringOptions(SteadyLoad(seconds=1), tmp_path, cards=(0,))
    )
    found = system.measure(POINT, requests=8, seed=7, timeout_s=30)
    assert found.failure is None
    assert found.figures["power_w"] == 300.0
    assert found.figures["peak_memory_gb"] == pytest.approx(42.95, abs=0.01)  # 40 GiB
    assert found.flags == (
        "throttled: GPU 0: heat (hardware thermal slowdown) in 100% of readings",
    )
    telemetry = found.details["telemetry"]
    assert telemetry["window_s"] == 1.0
    # 300 W for 1 s, during which 8 answers of 10 tokens were made
    assert telemetry["energy_wh_per_1000_output_tokens"] == pytest.approx(300 / 3600 / 0.08)
    assert 3 <= telemetry["cards"][0]["samples"] <= 6
    assert "counted back from when the result was written" in found.details["window"]


def test_without_cards_an_offline_point_has_no_telemetry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = attempt("latency", tmp_path, monkeypatch, json.dumps(LATENCY))
    assert (found.details["telemetry"], found.figures["power_w"]) == (None, None)


def options(method: Method, folder: Path) -> dict[str, str]:
    return dict(pairwise(bench(method, folder).arguments(POINT, requests=8)))


def test_a_batch_is_given_whole(tmp_path: Path) -> None:
    words = options("latency", tmp_path)
    assert "latency" in words["bench"]
    assert (words["--batch-size"], words["--input-len"], words["--output-len"]) == (
        "2",
        "100",
        "10",
    )
    assert words["--max-num-seqs"] == "2"


def test_transformers_gets_no_flags_of_vllm(tmp_path: Path) -> None:
    words = options("transformers", tmp_path)
    assert (words["--backend"], words["--hf-max-batch-size"]) == ("hf", "2")
    assert (words["--random-input-len"], words["--random-output-len"]) == ("100", "10")
    assert "--max-model-len" not in words


def test_throughput_of_a_batch_follows_from_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = attempt("latency", tmp_path, monkeypatch, json.dumps(LATENCY))
    assert (found.failure, found.complaint) == (None, None)
    assert found.figures == {
        "requests": 8.0,
        "requests_per_s": 2.0,
        "output_tokens_per_s": 20.0,
        "e2e_s_mean": 1.0,
        "peak_memory_gb": None,
        "power_w": None,
    }


def test_batches_that_take_different_times_are_not_steady(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uneven = json.dumps({"latencies": [1.0, 1.0, 1.0, 1.2]})
    found = attempt("latency", tmp_path, monkeypatch, uneven)
    assert found.complaint == "not steady: a batch took from 1 s to 1.2 s"


def test_batches_that_were_quicker_than_expected_are_repeated_for_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = json.dumps({"latencies": [0.1, 0.1, 0.1, 0.1]})
    found = attempt("latency", tmp_path, monkeypatch, quick)
    assert found.complaint == "too short: 0.4 s instead of 5 s"


def test_throughput_of_requests_follows_from_the_elapsed_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = attempt("throughput", tmp_path, monkeypatch, json.dumps(THROUGHPUT))
    assert found.figures["output_tokens_per_s"] == 20.0
    assert found.figures["e2e_s_mean"] is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "document", "words"),
    [
        ("latency", LATENCY | {"latencies": [1.0]}, "1 batches, 4 were asked for"),
        ("throughput", THROUGHPUT | {"num_requests": 7}, "7 requests, 8 asked for"),
        ("throughput", THROUGHPUT | {"total_num_tokens": 8192}, "8192 tokens, 880 asked for"),
        ("throughput", {}, "KeyError"),
        ("throughput", THROUGHPUT | {"elapsed_time": -4.0}, "are not positive, finite seconds"),
        (
            "latency",
            {"latencies": [1.0, 1.0, 1.0, float("nan")]},
            "are not positive, finite seconds",
        ),
    ],
)
def test_a_result_that_is_not_what_was_asked_for_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    method: Method,
    document: dict[str, Any],
    words: str,
) -> None:
    found = attempt(method, tmp_path, monkeypatch, json.dumps(document))
    assert found.figures == {}
    assert found.failure is not None
    assert found.failure.kind == "not_what_it_claims"
    assert words in found.failure.words


@pytest.mark.parametrize(("result", "status"), [("", 0), (json.dumps(LATENCY), 1)])
def test_a_failure_is_told_in_the_engines_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, result: str, status: int
) -> None:
    failure = attempt("latency", tmp_path, monkeypatch, result, status).failure
    assert failure is not None
    assert failure.kind == "load_generator"
    assert failure.words == f"ValueError: what the engine says (exit status {status})"


def test_transformers_is_left_out_where_there_are_no_weights() -> None:
    launch = EngineLaunch("org/m", deployment(), Hardware(deployment().gpu, 1), "dummy")
    reason = offline_unavailable("transformers", launch, is_own=True)
    assert reason is not None
    assert "needs the weights of org/m on disk" in reason
    assert offline_unavailable("latency", launch, is_own=True) is None
    assert offline_unavailable("latency", launch, is_own=False) is not None
    with_weights = replace(launch, load_format="auto")
    assert offline_unavailable("transformers", with_weights, is_own=True) is None


def test_offline_prompts_have_no_prefix_to_share() -> None:
    sharing = replace(deployment(), engine=settings_in("prefix_hit_share=0.5"))
    launch = EngineLaunch("org/m", sharing, Hardware(sharing.gpu, 1), "auto")
    reason = offline_unavailable("throughput", launch, is_own=True)
    assert reason == (
        "the prompts of an offline benchmark share no prefix: leave --prefix-share out"
    )
    assert offline_unavailable("transformers", launch, is_own=True) is None


@pytest.mark.parametrize(("settings", "sequences"), [(None, "8"), ("max_num_seqs=4", "4")])
def test_a_batch_runs_together_unless_a_limit_was_asked_for(
    tmp_path: Path, settings: str | None, sequences: str
) -> None:
    limited = replace(deployment(), engine=settings_in(settings))
    launch = EngineLaunch("org/m", limited, Hardware(limited.gpu, 1), "dummy")
    spec = engine_spec(launch, ("vllm", "serve"), LargestLoad(1000, 8))
    system = OfflineBench(
        "latency",
        spec,
        replace(subject(), deployment=limited),
        MeasuringOptions(SteadyLoad(), tmp_path),
    )
    words = system.arguments(LoadPoint(100, 10, 8), 8)
    assert words.count("--max-num-seqs") == 1
    assert words[words.index("--max-num-seqs") + 1] == sequences


@pytest.mark.parametrize("engine", ["transformers", "sglang", "tgi"])
def test_no_forecast_of_vllm_rests_on_another_engine(catalog: Catalog, engine: str) -> None:
    fields: dict[str, Any] = dict.fromkeys(COLUMNS) | {
        "source_id": "lab",
        "gpu": "L4",
        "gpu_count": 1,
        "model": "mistralai/Mistral-7B-Instruct-v0.2",
        "engine": engine,
        "load": "static_batch",
        "input_tokens": 100.0,
        "output_tokens": 10.0,
        "concurrency": 1.0,
        "output_tokens_per_s": 3.0,
        "source": "our lab",
    }
    assert observe([Measurement(**fields | {"engine": "vllm"})], catalog)[1] == []
    [skipped] = observe([Measurement(**fields)], catalog)[1]
    assert skipped.reason == (f"measured without vLLM, on '{engine}': no evidence of vLLM's speed")
    assert observe([Measurement(**fields | {"engine": "vLLM"})], catalog)[1] == []

"""Offline points: their command lines, and which results are believed."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from agent_rig import deployment, subject

from benchmarks.attempts import Attempt
from benchmarks.engine import EngineSpec
from benchmarks.hardware import Hardware
from benchmarks.offline import OfflineBench, offline_unavailable
from benchmarks.points import LoadPoint
from benchmarks.rigs import Measuring
from benchmarks.serving import Served
from benchmarks.steadiness import Steadiness
from benchmarks.suite import Method
from planner.catalog import Catalog
from planner.measurement import COLUMNS, Measurement
from planner.observations import observe

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
    return OfflineBench(method, spec, subject(), Measuring(Steadiness(), folder))


def attempt(
    method: Method, folder: Path, monkeypatch: pytest.MonkeyPatch, result: str, status: int = 0
) -> Attempt:
    monkeypatch.setenv("RESULT", result)
    monkeypatch.setenv("STATUS", str(status))
    return bench(method, folder).measure(POINT, requests=8, seed=7, timeout_s=30)


def options(method: Method, folder: Path) -> dict[str, str]:
    return dict(pairwise(bench(method, folder).arguments(POINT)))


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
    }


def test_batches_that_take_different_times_are_not_steady(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uneven = json.dumps({"latencies": [1.0, 1.0, 1.0, 1.2]})
    found = attempt("latency", tmp_path, monkeypatch, uneven)
    assert found.complaint == "not steady: a batch took from 1 s to 1.2 s"


def test_throughput_of_requests_follows_from_the_elapsed_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = attempt("throughput", tmp_path, monkeypatch, json.dumps(THROUGHPUT))
    assert found.figures["output_tokens_per_s"] == 20.0
    assert found.figures["e2e_s_mean"] is None


@pytest.mark.parametrize(
    ("method", "document", "words"),
    [
        ("latency", LATENCY | {"latencies": [1.0]}, "1 batches, 4 were asked for"),
        ("throughput", THROUGHPUT | {"num_requests": 7}, "7 requests, 8 asked for"),
        ("throughput", THROUGHPUT | {"total_num_tokens": 8192}, "8192 tokens, 880 asked for"),
        ("throughput", {}, "KeyError"),
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
    served = Served("org/m", deployment(), Hardware(deployment().gpu, 1), "dummy")
    reason = offline_unavailable("transformers", served, is_own=True)
    assert reason is not None
    assert "needs the weights of org/m on disk" in reason
    assert offline_unavailable("latency", served, is_own=True) is None
    assert offline_unavailable("latency", served, is_own=False) is not None
    with_weights = replace(served, load_format="auto")
    assert offline_unavailable("transformers", with_weights, is_own=True) is None


def test_no_forecast_of_vllm_rests_on_transformers(catalog: Catalog) -> None:
    fields: dict[str, Any] = dict.fromkeys(COLUMNS) | {
        "source_id": "lab",
        "gpu": "L4",
        "gpu_count": 1,
        "model": "mistralai/Mistral-7B-Instruct-v0.2",
        "engine": "transformers",
        "load": "static_batch",
        "input_tokens": 100.0,
        "output_tokens": 10.0,
        "concurrency": 1.0,
        "output_tokens_per_s": 3.0,
        "source": "our lab",
    }
    assert observe([Measurement(**fields | {"engine": "vllm"})], catalog)[1] == []
    [skipped] = observe([Measurement(**fields)], catalog)[1]
    assert "measured without vLLM" in skipped.reason

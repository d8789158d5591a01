"""``planner calibrate`` against servers in trouble: the right record, and no false success.

The load generator is vLLM's own, which calls what it gets from them "completed".
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from misbehaving_server import Behaviour, misbehaving_server
from stand_ins import PROCESSOR

from db.storage import open_storage

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]

BEFORE_ANY_LOAD = 0
UNDER_LOAD = 1
"""The one answer that a server is asked for before a load is driven at it is well."""


@pytest.fixture
def words(vllm: Path, tiny_model: Path, tmp_path: Path) -> list[str]:
    with closing(open_storage()) as storage:
        storage.add_gpu(PROCESSOR)
    workload = tmp_path / "workload.yaml"
    workload.write_text("input_tokens: 64\noutput_tokens: 16\n")
    command = [sys.executable, "-m", "planner", "calibrate", "--json", "--gpu", "cpu"]
    command += ["--model", str(tiny_model), "--workload", str(workload)]
    command += ["--engine-command", f"{vllm} serve"]
    return [*command, "--point-seconds", "1", "--max-minutes", "0.5"]


@pytest.mark.parametrize(
    ("behaviour", "well_first", "reason"),
    [
        ("error", BEFORE_ANY_LOAD, "requests_failed: HTTP 500"),
        ("clamp", BEFORE_ANY_LOAD, "not_what_it_claims: an answer has 3 tokens where 16 were"),
        ("cut", BEFORE_ANY_LOAD, "not_what_it_claims: its stream ends without the usage"),
        ("error", UNDER_LOAD, "requests failed: Internal Server Error"),
        ("clamp", UNDER_LOAD, "answers do not have the 16 tokens that were asked for, but 3"),
        ("cut", UNDER_LOAD, "answers do not have the 16 tokens that were asked for, but 8"),
    ],
)
def test_a_server_in_trouble_leaves_a_failed_point_and_no_measurement(
    behaviour: Behaviour, well_first: int, reason: str, words: list[str]
) -> None:
    with misbehaving_server(behaviour, well_first) as base_url:
        answer = subprocess.run([*words, "--base-url", base_url], capture_output=True, text=True)
    assert answer.returncode == 1, answer.stderr
    found = json.loads(answer.stdout)
    assert {point["status"] for point in found["points"]} == {"failed"}
    assert reason in found["points"][0]["reason"]
    with closing(open_storage()) as storage:
        assert storage.own_source_ids() == frozenset()
        assert storage.run(found["run_id"]).stopped in ("interrupted", "time")


@pytest.mark.parametrize("behaviour", ["well", "lumps"])
def test_a_server_without_metrics_or_version_is_measured(
    behaviour: Behaviour, words: list[str]
) -> None:
    with misbehaving_server(behaviour) as base_url:
        server = ["--base-url", base_url, "--points", "1"]
        answer = subprocess.run([*words, *server], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    with closing(open_storage()) as storage:
        run = storage.run(json.loads(answer.stdout)["run_id"])
        [point] = storage.run_points(run.run_id)
    assert (run.engine, run.engine_version) == ("somebody", None)
    assert point.measurement is not None
    assert point.details["attempts"][-1]["engine"] is None

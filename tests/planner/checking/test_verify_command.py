"""``planner verify`` against servers of a few lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import complaint, fill_store, run
from misbehaving_server import Behaviour, misbehaving_server

SCENARIO = """\
schema_version: 2
quantization: awq
classes:
  - {name: letters, requests_per_s: 1, input_tokens: 200, output_tokens: {fixed: 8}}
hardware: {gpus: [L4]}
"""
FAST = ("--requests", "20", "--speed", "40")


@pytest.fixture(autouse=True)
def _store() -> None:
    fill_store()


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    (tmp_path / "scenario.yaml").write_text(SCENARIO)
    return str(tmp_path / "scenario.yaml")


def verified(scenario: str, behaviour: Behaviour, *options: str) -> tuple[int, Any]:
    """The exit status and the JSON of a verification."""
    with misbehaving_server(behaviour) as base_url:
        result = run("verify", "--base-url", base_url, scenario, *FAST, *options, "--json")
    return result.exit_code, json.loads(result.stdout)


@pytest.mark.slow
def test_each_figure_is_measured_beside_its_forecast(scenario: str) -> None:
    _, found = verified(scenario, "well")
    assert (found["requests"], found["failed"]) == (20, 0)
    assert (found["gpu"], found["gpu_count"], found["quantization"]) == ("L4", 1, "awq")
    rows = {row["name"]: row for row in found["rows"]}
    assert list(rows) == [
        "Requests per second",
        "Output tokens per second",
        "Answer time (p50)",
        "Answer time (p95)",
        "First token (p50)",
        "First token (p95)",
        "Time per token (p95)",
    ]
    # The server sleeps 5 ms after each of the 8 tokens.
    assert rows["Answer time (p50)"]["measured"]["value"] >= 0.035
    assert rows["Time per token (p95)"]["measured"]["value"] >= 5.0
    for row in rows.values():
        assert row["measured"]["low"] <= row["measured"]["value"] <= row["measured"]["high"]
        assert row["verdict"] in ("as forecast", "better", "worse", "not forecast")


@pytest.mark.slow
def test_the_status_says_whether_it_is_as_forecast(scenario: str) -> None:
    status, found = verified(scenario, "well")
    worse = any(row["verdict"] == "worse" for row in found["rows"])
    assert found["as_forecast"] is not worse
    assert status == (1 if worse else 0)


@pytest.mark.slow
def test_a_table_has_a_line_for_each_figure(scenario: str) -> None:
    with misbehaving_server("well") as base_url:
        result = run("verify", "--base-url", base_url, scenario, *FAST)
    assert "1 x L4, awq: 20 requests" in result.stdout
    assert "Answer time (p95), s" in result.stdout
    assert result.stderr.startswith("Sending 20 requests in ")


def test_a_server_that_clamps_answers_is_refused_before_the_load(scenario: str) -> None:
    with misbehaving_server("clamp") as base_url:
        line = complaint("verify", "--base-url", base_url, scenario, *FAST)
    assert "3 tokens where 16 were asked for" in line


@pytest.mark.slow
def test_requests_that_fail_are_counted_and_no_measurement(scenario: str) -> None:
    with misbehaving_server("error", well_first=1) as base_url:
        result = run("verify", "--base-url", base_url, scenario, *FAST, "--json")
    found = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (found["failed"], found["rows"], found["as_forecast"]) == (20, [], False)
    assert found["first_failure"].startswith("HTTP 500")


def test_where_nothing_answers_is_refused(scenario: str) -> None:
    line = complaint("verify", "--base-url", "http://127.0.0.1:9", scenario)
    assert "does not list models" in line


def test_a_server_of_another_size_than_any_in_the_plan_is_refused(scenario: str) -> None:
    with misbehaving_server("well") as base_url:
        line = complaint("verify", "--base-url", base_url, scenario, "--gpu-count", "7")
    assert "no configuration with such a server" in line


STATED = """\
schema_version: 2
quantization: awq
classes:
  - {name: letters, requests_per_s: 3, input_tokens: 200, output_tokens: {fixed: 8}}
hardware:
  gpus: [L4]
  fleet: [{gpu: L4, replicas: 2}, {gpu: A100 80GB, replicas: 1}]
"""


@pytest.mark.slow
def test_a_replica_of_a_stated_fleet_gets_its_share_of_the_documents(tmp_path: Path) -> None:
    (tmp_path / "stated.yaml").write_text(STATED)
    plan = json.loads(run("plan", str(tmp_path / "stated.yaml"), "--json").stdout)
    shares = {item["gpu"]: item["serves"][0]["share"] for item in plan["options"][0]["fleet"]}
    for gpu, replicas in (("L4", 2), ("A100 80GB", 1)):
        _, found = verified(str(tmp_path / "stated.yaml"), "well", "--gpu", gpu)
        assert found["gpu"] == gpu
        # three requests a second come, 40 times as fast as in the busiest hour
        assert found["requests_per_s"] == pytest.approx(3 * shares[gpu] / replicas * 40)


@pytest.mark.slow
def test_it_is_told_that_no_configuration_keeps_every_limit(scenario: str) -> None:
    with misbehaving_server("well") as base_url:
        Path(scenario).write_text(f"{SCENARIO}limits: {{budget_usd_per_year: 1}}\n")
        result = run("verify", "--base-url", base_url, scenario, *FAST)
    assert "No configuration keeps every limit" in result.stderr


OF_TWO_MODELS = """\
schema_version: 2
quantization: awq
classes:
  - {name: letters, documents_per_year: 31_536_000, input_tokens: 200, output_tokens: {fixed: 8}}
  - name: claims
    documents_per_year: 31_536_000
    input_tokens: 4000
    output_tokens: {fixed: 100}
    model: mistralai/Mistral-7B-Instruct-v0.3
hardware: {gpus: [L4, A100 80GB], owned: [{gpu: L4, count: 1}]}
"""


@pytest.mark.slow
@pytest.mark.parametrize("budget", ["", "limits: {budget_usd_per_year: %d}\n"])
def test_a_replica_is_that_of_the_plan_of_all_models(tmp_path: Path, budget: str) -> None:
    file = tmp_path / "two.yaml"
    file.write_text(OF_TWO_MODELS)
    unlimited = json.loads(run("plan", str(file), "--json").stdout)["recommended"]
    file.write_text(OF_TWO_MODELS + (budget % unlimited["cost_usd_per_year"] if budget else ""))
    plan = json.loads(run("plan", str(file), "--json").stdout)
    best = plan["recommended"] or plan["options"][0]
    letters = best["models"][0]
    _, found = verified(str(file), "well", "--model", letters["model"])
    [item] = letters["fleet"]
    assert (found["gpu"], found["gpu_count"]) == (item["gpu"], item["gpu_count"])
    # One of these documents comes a second, 40 times as fast as in the busiest hour.
    assert found["requests_per_s"] == pytest.approx(40 / item["replicas"])

"""``planner verify`` against vLLM itself, with a tiny model on the processor."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
from command_line import run
from stand_ins import PROCESSOR

from benchmarks.engine.target_server import Server
from db.storage import open_storage

pytestmark = [pytest.mark.engine, pytest.mark.timeout(600)]

SCENARIO = """\
schema_version: 2
model: {model}
classes:
  - {{name: notes, requests_per_s: 1.5, input_tokens: 48, output_tokens: {{fixed: 8}}}}
  - {{name: letters, requests_per_s: 0.5, input_tokens: 200, output_tokens: {{fixed: 16}}}}
max_model_len: 1024
"""


def test_a_scenario_is_replayed_and_each_figure_compared(
    server: Server, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(open_storage()) as storage:
        storage.add_gpu(PROCESSOR)  # measuring it takes minutes if others share it
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(SCENARIO.format(model=tiny_model))
    words = ("--base-url", server.base_url, "--gpu", "cpu", "--requests", "30", "--json")
    result = run("verify", str(scenario), *words)
    assert result.exit_code in (0, 1), result.stderr
    found = json.loads(result.stdout)
    with capsys.disabled():
        for row in found["rows"]:
            measured, forecast = row["measured"]["value"], (row["forecast"] or {}).get("value")
            print(f"\n{row['name']}: {measured:.3g}, forecast {forecast}, {row['verdict']}", end="")
    assert (found["requests"], found["failed"], found["gpu"]) == (30, 0, "cpu")
    assert found["requests_per_s"] == pytest.approx(2.0)
    rows = {row["name"]: row for row in found["rows"]}
    # A processor that others share is no place for a claim on its speed.
    assert 0 < rows["Requests per second"]["measured"]["value"] < 4.0
    assert 0 < rows["First token (p50)"]["measured"]["value"] < 60
    assert (
        rows["First token (p50)"]["measured"]["value"]
        < rows["Answer time (p50)"]["measured"]["value"]
    )
    assert all(row["forecast"] is not None for row in rows.values())

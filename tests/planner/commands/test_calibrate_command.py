"""``planner calibrate`` from its options to the store, with stand-ins for vLLM."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from command_line import answer, complaint, fill_store, run
from stand_ins import PROCESSOR, STAND_IN

from benchmarks.engine.engine_cpu.tiny_model import write_tiny_model
from benchmarks.engine.vllm_process import free_port
from db.storage import Storage, open_storage
from planner.catalog.gpu import CPU
from planner.records.measurement_csv import read_measurement_csv

Calibrate = Callable[..., Any]


pytestmark = pytest.mark.slow  # each runs the whole command with a stand-in for vLLM


@pytest.fixture(autouse=True)
def store() -> None:
    fill_store()
    with closing(open_storage()) as storage:
        storage.add_gpu(PROCESSOR)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture
def trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What goes wrong is written to this file."""
    monkeypatch.setenv("STAND_IN_FOLDER", str(tmp_path))
    return tmp_path / "trouble"


@pytest.fixture
def words(tiny: Path, trouble: Path) -> tuple[str, ...]:
    workload = trouble.with_name("workload.yaml")
    workload.write_text("input_tokens: 200\noutput_tokens: 20\n")
    return (
        *("calibrate", "--gpu", "cpu", "--model", str(tiny), "--workload", str(workload)),
        *("--engine-command", STAND_IN, "--point-seconds", "1", "--target-interval", "0.02"),
    )


@pytest.fixture
def storage() -> Iterator[Storage]:
    with closing(open_storage()) as storage:
        yield storage


def test_a_calibration_is_stored_and_answers_as_the_interface_says(
    words: tuple[str, ...], storage: Storage
) -> None:
    found = answer(*words, "--points", "3")
    assert set(found) == {
        *("run_id", "environment", "points", "stopped"),
        *("forecast_error_before", "forecast_error_after"),
    }
    assert [set(point) for point in found["points"]] == [
        {
            *("key", "input_tokens", "output_tokens", "concurrency"),
            *("status", "output_tokens_per_s", "reason"),
        }
    ] * 3
    assert found["stopped"] == "limit reached"
    assert found["forecast_error_before"] > 0
    assert found["forecast_error_after"] > 0
    run_id = found["run_id"]
    points = storage.run_points(run_id)
    assert [point.status for point in points] == ["ok"] * 3
    assert {(p.input_tokens, p.output_tokens, p.concurrency) for p in points[:2]} == {
        (200, 20, 1),
        (200, 20, 8),
    }
    measured = points[0].measurement
    assert measured is not None
    assert (measured.gpu, measured.model, measured.engine_version) == (CPU, "tiny", "0.11.0")
    assert storage.run(run_id).source_id in storage.own_source_ids()
    engine = found["environment"]["engines"]["1"]
    assert "--no-enable-prefix-caching" in engine["engine_command"]
    assert engine["engine_environment"] == {"VLLM_CPU_KVCACHE_SPACE": "1"}
    forecast = ("--model", str(words[4]), "--input-tokens", "200", "--output-tokens", "20")
    predicted = answer("predict", "--gpu", "cpu", *forecast, "--concurrency", "1")
    assert predicted["basis"] == "measured"


def test_people_get_the_forecast_before_and_after_and_what_it_changes(
    words: tuple[str, ...],
) -> None:
    result = run(*words, "--points", "2")
    assert result.exit_code == 0, result.stderr
    assert "Forecast of output tokens/s at 200 tokens in, 20 out" in result.stdout
    assert "extrapolated" in result.stdout
    assert "measured" in result.stdout
    assert "The plan" in result.stdout
    assert "min left" in result.stderr


def test_memory_that_runs_out_is_a_result_and_the_run_goes_on(
    words: tuple[str, ...], trouble: Path
) -> None:
    trouble.write_text("out of memory at 8")
    found = answer(*words, "--points", "2")
    by_concurrency = {point["concurrency"]: point for point in found["points"]}
    assert by_concurrency[8]["status"] == "failed"
    assert (
        "out_of_memory: torch.OutOfMemoryError: CUDA out of memory" in by_concurrency[8]["reason"]
    )
    assert sum(point["status"] == "ok" for point in found["points"]) == 2


def test_an_engine_that_died_during_a_point_is_started_again_and_resume_tries_it_again(
    words: tuple[str, ...], trouble: Path, storage: Storage
) -> None:
    trouble.write_text("crash once at 8")
    found = answer(*words, "--points", "2")
    failed = [point for point in found["points"] if point["status"] == "failed"]
    assert [point["concurrency"] for point in failed] == [8]
    assert "RuntimeError: it died" in failed[0]["reason"]
    resumed = answer("calibrate", "--resume", found["run_id"], "--points", "3")
    assert resumed["run_id"] == found["run_id"]
    assert [point["status"] for point in resumed["points"]] == ["ok"] * 3
    keys = [point.key for point in storage.run_points(found["run_id"])]
    assert len(keys) == len(set(keys)) == 3


def test_an_engine_that_refuses_to_start_ends_the_run_with_its_words(
    words: tuple[str, ...], trouble: Path
) -> None:
    trouble.write_text("refuse")
    found = answer(*words, status=1)
    assert [point["status"] for point in found["points"]] == ["failed"]
    assert "ValueError: the stand-in does not start" in found["points"][0]["reason"]
    assert found["stopped"] == "interrupted"
    assert found["forecast_error_before"] is None


def test_an_engine_with_room_for_less_is_started_with_less(
    words: tuple[str, ...], trouble: Path
) -> None:
    trouble.write_text("room for 150")
    found = answer(*words, "--points", "2")
    measured = [point for point in found["points"] if point["status"] == "ok"]
    assert len(measured) == 2
    assert all(point["input_tokens"] + point["output_tokens"] <= 150 for point in measured)


UNDER_SETTINGS = (
    *("--max-num-seqs", "4", "--kv-cache-dtype", "fp8", "--prefix-share", "0.5"),
    *("--speculative-tokens", "3", "--speculative-acceptance", "0.6"),
)
STATED = "max_num_seqs=4; kv_cache_dtype=fp8; prefix_hit_share=0.5; speculative=ngram:3:0.6"


def test_engine_settings_go_into_command_measurements_and_a_resumed_run(
    words: tuple[str, ...], storage: Storage
) -> None:
    found = answer(*words, *UNDER_SETTINGS, "--points", "2")
    engine = found["environment"]["engines"]["1"]["engine_command"]
    for flags in (
        ["--enable-prefix-caching"],
        ["--max-num-seqs", "4"],
        ["--kv-cache-dtype", "fp8"],
        ["--speculative-config"],
    ):
        at = engine.index(flags[0])
        assert engine[at : at + len(flags)] == flags
    assert found["environment"]["prefix_caching"] == "on, prompts share 50 %"
    # More than four would only queue up.
    assert max(point["concurrency"] for point in found["points"]) == 4
    resume = ("calibrate", "--resume", found["run_id"])
    answer(*resume, "--points", "3")
    points = storage.run_points(found["run_id"])
    rows = [point.measurement for point in points if point.measurement is not None]
    assert [row.engine_settings for row in rows] == [STATED] * 3
    # The random part of a prompt is the shorter by what it shares.
    assert [row.input_tokens for row in rows] == [point.input_tokens for point in points]
    assert all("hit share as asked for, the engine" in (row.notes or "") for row in rows)
    assert "--prefix-share is given too" in complaint(*resume, "--prefix-share", "0.1")

    load = ("--input-tokens", "200", "--output-tokens", "20", "--concurrency", "1")
    forecast = answer(
        *("predict", "--gpu", "cpu", "--model", str(words[4]), *load),
        *("--prefix-hit-share", "0.5", *UNDER_SETTINGS[2:4], *UNDER_SETTINGS[6:]),
    )
    assert forecast["basis"] == "measured"
    assert {setting["certainty"] for setting in forecast["settings"]} == {"measured"}


def test_what_settings_need_is_asked_for(words: tuple[str, ...]) -> None:
    tokens = ("--speculative-tokens", "3")
    assert "needs the chance that a proposed token" in complaint(*words, *tokens)
    eagle = (*tokens, "--speculative-acceptance", "0.6", "--speculative-method", "eagle")
    assert "give it as --speculative-model" in complaint(*words, *eagle)


def test_a_model_that_proposes_tokens_itself_needs_no_draft(words: tuple[str, ...]) -> None:
    tokens = ("--speculative-tokens", "1", "--speculative-acceptance", "0.8")
    mtp = (*tokens, "--speculative-method", "mtp", "--points", "1", "--dry-run")
    assert '"method": "mtp"' in str(answer(*words, *mtp)["commands"])


def test_a_dry_run_shows_what_prompts_share(words: tuple[str, ...]) -> None:
    commands = answer(*words, "--prefix-share", "0.25", "--points", "1", "--dry-run")["commands"]
    assert "--enable-prefix-caching" in commands[0]
    assert "--random-prefix-len" in commands[1]


@pytest.fixture
def address(trouble: Path) -> Iterator[tuple[str, str]]:
    """The options that name a server which somebody else started."""
    port = str(free_port())
    command = [*shlex.split(STAND_IN), "m", "--max-model-len", "9", "--host", "127.0.0.1"]
    environment = os.environ | {"STAND_IN_FOLDER": str(trouble.parent)}
    with subprocess.Popen([*command, "--port", port], env=environment) as server:
        try:
            yield ("--base-url", f"http://127.0.0.1:{port}")
        finally:
            server.terminate()


def test_another_server_is_measured_with_the_hardware_that_is_named(
    words: tuple[str, ...], address: tuple[str, str], storage: Storage
) -> None:
    found = _once_it_answers(lambda: run(*words, *address, "--points", "1", "--json"))
    assert found.exit_code == 0, found.stderr
    latest = storage.latest_run()
    assert latest is not None
    assert (latest.gpu, latest.engine, latest.engine_version) == (CPU, "somebody", "0.11.0")
    named = ("--engine", "tgi", "--engine-version", "3.3.0")
    found = run(*words, *address, *named, "--points", "1", "--json")
    assert found.exit_code == 0, found.stderr
    run_id = json.loads(found.stdout)["run_id"]
    assert (storage.run(run_id).engine, storage.run(run_id).engine_version) == ("tgi", "3.3.0")
    [point] = storage.run_points(run_id)
    assert point.measurement is not None
    assert (point.measurement.engine, point.measurement.engine_version) == ("tgi", "3.3.0")
    assert "--engine describes the server at --base-url" in complaint(*words, "--engine", "tgi")
    assert point.measurement.engine_settings is None
    run_id = answer(*words, *address, *UNDER_SETTINGS, "--points", "1")["run_id"]
    [point] = storage.run_points(run_id)
    assert point.measurement is not None
    assert point.measurement.engine_settings == STATED


def test_another_server_that_does_not_count_its_tokens_is_told_so_before_any_load(
    words: tuple[str, ...], address: tuple[str, str], trouble: Path
) -> None:
    trouble.write_text("no usage")
    found = _once_it_answers(lambda: run(*words, *address, "--points", "1", "--json"))
    assert found.exit_code == 1, found.stderr
    [point] = json.loads(found.stdout)["points"]
    assert point["status"] == "failed"
    assert "not_what_it_claims: its stream ends without the usage" in point["reason"]


def _once_it_answers(attempt: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 20
    while (result := attempt()).exit_code == 2 and time.monotonic() < deadline:
        time.sleep(0.2)
    return result


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_and_the_like_end_the_run_and_leave_no_process(
    words: tuple[str, ...], trouble: Path, storage: Storage, told: signal.Signals
) -> None:
    trouble.write_text("slow")
    command = [sys.executable, "-m", "planner", *words]
    # As a script's & starts it, with Ctrl-C ignored.
    command = ["sh", "-c", "trap '' INT; exec \"$@\"", "sh", *command]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as agent:
        assert agent.stderr is not None
        for line in agent.stderr:
            if "at once, about" in line:
                time.sleep(0.5)
                agent.send_signal(told)
                break
        rest = agent.stderr.read()
        assert agent.wait(60) == 130, rest
    assert "interrupted: the current point is given up" in rest
    latest = storage.latest_run()
    assert latest is not None
    assert latest.stopped == "interrupted"
    assert storage.run_points(latest.run_id) == ()
    assert not _processes_with(str(trouble.parent))


def _processes_with(word: str) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_text()
        except OSError:
            continue
        if word in line and int(process.name) != os.getpid():
            found.append(line)
    return found


def test_without_a_store_the_run_is_a_file_that_import_takes(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLANNER_DATABASE_URL", "sqlite:////proc/no/store.sqlite3")
    result = run(*words, "--points", "1")
    assert result.exit_code == 0, result.stderr
    assert "results go to a file in this folder" in result.stderr
    [file] = tmp_path.glob("calibration-*.csv")
    assert len(read_measurement_csv(file)) == 1
    monkeypatch.delenv("PLANNER_DATABASE_URL")
    assert answer("import", str(file))["added"] == 1


def test_a_run_goes_on_with_its_own_settings_only(words: tuple[str, ...]) -> None:
    run_id = answer(*words, "--points", "1")["run_id"]
    line = complaint("calibrate", "--resume", run_id, "--model", "other")
    assert "--model is given too" in line

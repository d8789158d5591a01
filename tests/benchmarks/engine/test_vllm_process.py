"""The life of an engine, with a stand-in that starts in no time; the real one is in real_engine."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from paths import SUPPORT

from benchmarks.design.points import Failure
from benchmarks.engine.vllm_process import (
    EngineProcess,
    EngineSpec,
    bench_command,
    engine_command,
    engine_environment,
    free_port,
)
from planner.errors import InputError

FAKE = SUPPORT / "fake_engine.py"


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def spec(
    behaviour: str, *, start_timeout_s: float = 30, port: int | None = None, flags: str = ""
) -> EngineSpec:
    return EngineSpec(
        command=(sys.executable, str(FAKE), "serve"),
        model=behaviour,
        flags=tuple(flags.split()),
        port=port,
        start_timeout_s=start_timeout_s,
    )


@pytest.fixture
def healthy(tmp_path: Path) -> Iterator[EngineProcess]:
    with EngineProcess(spec("healthy"), tmp_path / "run") as engine:
        assert engine.start() is None
        yield engine


def test_a_started_engine_is_well_and_says_its_version(healthy: EngineProcess) -> None:
    assert healthy.failure() is None
    assert healthy.facts is not None
    assert healthy.facts.version == "9.9.9"
    assert healthy.facts.limits.kv_cache_tokens is None
    assert healthy.base_url is not None
    assert healthy.base_url.startswith("http://127.0.0.1:")


@pytest.mark.slow
def test_nothing_of_an_engine_is_left_after_the_block(tmp_path: Path) -> None:
    with EngineProcess(spec("healthy"), tmp_path) as engine:
        assert engine.start() is None
        group = engine.process_group
        assert group is not None
    with pytest.raises(ProcessLookupError):
        os.killpg(group, 0)
    assert engine.failure() == Failure("crashed", "the engine is not running")


@pytest.mark.slow
def test_an_engine_that_is_killed_has_crashed_and_starts_again_with_a_new_log(
    healthy: EngineProcess, tmp_path: Path
) -> None:
    assert healthy.process_group is not None
    os.killpg(healthy.process_group, signal.SIGKILL)
    failure = healthy.failure()
    assert failure is not None
    assert failure.kind == "crashed"
    assert "killed by SIGKILL" in failure.words
    assert healthy.start() is None
    assert healthy.failure() is None
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == [
        "engine-1.log",
        "engine-2.log",
    ]


@pytest.mark.slow
def test_an_engine_that_does_not_answer_hangs(healthy: EngineProcess) -> None:
    Path("mute").touch()
    assert healthy.failure(timeout_s=0.5) == Failure("hung", "no answer from /health within 0.5 s")


def test_memory_that_runs_out_is_told_from_other_refusals(tmp_path: Path) -> None:
    with EngineProcess(spec("out of memory"), tmp_path) as engine:
        failure = engine.start()
    assert failure == Failure(
        "out_of_memory",
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.02 GiB. "
        "GPU 0 has a total capacity of 14.58 GiB (exit status 1)",
    )


@pytest.mark.slow
def test_an_engine_that_is_never_healthy_hangs_and_is_ended(tmp_path: Path) -> None:
    with EngineProcess(spec("silent", start_timeout_s=1), tmp_path) as engine:
        failure = engine.start()
        assert engine.process_group is None
    assert failure == Failure("hung", "not healthy after 1 s; last said: starting")


def test_an_engine_that_is_killed_while_it_starts_says_so(tmp_path: Path) -> None:
    with EngineProcess(spec("killed while it starts"), tmp_path) as engine:
        assert engine.start() == Failure("refused_to_start", "starting (killed by SIGKILL)")


@pytest.mark.slow
def test_a_port_lost_to_another_program_is_replaced_by_a_new_one(tmp_path: Path) -> None:
    with EngineProcess(spec("loses the port once"), tmp_path / "run") as engine:
        assert engine.start() is None
    assert (tmp_path / "run" / "engine-2.log").exists()


def test_a_chosen_port_that_is_held_fails_without_starting_anything(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with EngineProcess(spec("healthy", port=port), tmp_path / "run") as engine:
            failure = engine.start()
    assert failure == Failure("port_in_use", f"port {port} of 127.0.0.1 is used by another program")
    assert not (tmp_path / "run").exists()


def test_the_command_line_is_bound_to_this_machine() -> None:
    words = spec("/models/m", flags="--dtype half").arguments(8000)
    assert words[2:4] == ["serve", "/models/m"]
    assert words[4:] == ["--dtype", "half", "--host", "127.0.0.1", "--port", "8000"]


def test_a_local_model_asks_no_hub_and_no_usage_is_reported(tmp_path: Path) -> None:
    local, remote = engine_environment(str(tmp_path)), engine_environment("org/model")
    assert local["HF_HUB_OFFLINE"] == "1"
    assert remote.get("HF_HUB_OFFLINE") == os.environ.get("HF_HUB_OFFLINE")
    assert local["VLLM_NO_USAGE_STATS"] == remote["DO_NOT_TRACK"] == "1"
    assert "127.0.0.1" in remote["NO_PROXY"].split(",")


def test_an_engine_command_is_split_as_in_a_shell() -> None:
    assert engine_command("sh '/opt/my vllm' serve")[1:] == ("/opt/my vllm", "serve")


@pytest.mark.parametrize("text", ["", "/nowhere/vllm serve", "sh 'vllm serve"])
def test_an_engine_command_without_a_program_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="engine command") as refusal:
        engine_command(text)
    assert refusal.value.field == "engine_command"


def test_the_load_generator_is_the_engines_own() -> None:
    assert bench_command(["/e/bin/vllm", "serve"]) == ("/e/bin/vllm", "bench", "serve")
    with pytest.raises(InputError, match="does not end in 'serve'"):
        bench_command(["python", "-m", "server"])


def test_a_free_port_can_be_bound() -> None:
    with socket.create_server(("127.0.0.1", free_port())) as server:
        assert server.getsockname()[1] > 0

"""The agent's engine and load against vLLM itself, on the processor."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from paths import REPOSITORY

from benchmarks.design.points import Failure, LoadPoint, PointResult
from benchmarks.engine.metrics import read_counters
from benchmarks.engine.target_server import Server
from benchmarks.engine.vllm_process import EngineProcess, EngineSpec
from benchmarks.load.bench_run import measure

pytestmark = [pytest.mark.engine, pytest.mark.timeout(900)]

SHORT = LoadPoint(input_tokens=64, output_tokens=16, concurrency=2)
LONG = LoadPoint(input_tokens=256, output_tokens=1500, concurrency=2)


def processes(group: int) -> dict[int, str]:
    """The running processes of a group, by number, with what each calls itself."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, _, its_group = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
            words = (folder / "cmdline").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(its_group) == group and state != "Z":
            found[int(folder.name)] = words
    return found


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_until(condition: Callable[[], object], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "what was waited for did not happen"
        time.sleep(0.1)


def measure_and_disturb(
    server: Server, folder: Path, disturb: Callable[[], None], seed: int
) -> PointResult:
    """Measure a long point, and do ``disturb`` once 500 of its tokens are generated."""
    before = read_counters(server.base_url).generated_tokens or 0

    def once_it_computes() -> None:
        wait_until(lambda: (read_counters(server.base_url).generated_tokens or 0) > before + 500)
        disturb()

    disturber = threading.Thread(target=once_it_computes)
    disturber.start()
    result = measure(server, LONG, requests=4, seed=seed, folder=folder, stall_s=5)
    disturber.join()
    return result


def test_the_limits_are_read_back(engine: EngineProcess) -> None:
    assert engine.facts is not None
    assert engine.facts.version == "0.32.0"
    assert engine.facts.limits.gpu_blocks == 70
    assert engine.facts.limits.block_size_tokens == 128
    assert engine.facts.limits.kv_cache_tokens == 70 * 128
    assert engine.facts.limits.max_concurrency == pytest.approx(70 * 128 / 2048)
    assert engine.facts.limits.prefix_caching is False


def test_a_point_is_measured_and_the_engine_agrees(server: Server, tmp_path: Path) -> None:
    result = measure(server, SHORT, requests=8, seed=1, folder=tmp_path)
    assert result.failure is None
    assert result.figures is not None
    assert result.figures.input_tokens_mean == pytest.approx(64, abs=4)
    assert result.figures.output_tokens_per_s * result.figures.duration_s == pytest.approx(8 * 16)
    assert 0 < result.figures.ttft_ms.mean < 1000 * result.figures.e2e_s.mean
    assert result.figures.mean_in_flight == pytest.approx(2, rel=0.2)
    assert result.figures.halves_requests_per_s is not None
    assert result.figures.window is not None
    assert result.engine_use is not None
    assert result.engine_use.generated_tokens == (8 + 2) * 16
    assert (result.engine_use.preemptions, result.engine_use.prefix_cache_hit_tokens) == (0, 0)


def test_requests_that_outgrow_the_kv_cache_are_preempted(server: Server, tmp_path: Path) -> None:
    crowd = LoadPoint(input_tokens=1500, output_tokens=300, concurrency=6)
    result = measure(server, crowd, requests=6, warmups=0, seed=2, folder=tmp_path)
    assert result.failure is None
    assert result.engine_use is not None
    assert result.engine_use.preemptions
    assert result.engine_use.kv_cache_usage_peak is not None
    assert result.engine_use.kv_cache_usage_peak > 0.8


def test_answers_that_vllm_clamps_at_its_longest_context_are_no_success(
    server: Server, tmp_path: Path
) -> None:
    over = LoadPoint(input_tokens=2000, output_tokens=100, concurrency=1)
    failure = measure(server, over, requests=2, warmups=0, seed=3, folder=tmp_path).failure
    assert failure is not None
    assert failure.kind == "not_what_it_claims"
    assert "2 of 2 answers do not have the 100 tokens that were asked for" in failure.words


def test_an_engine_that_stops_computing_during_a_point_hangs(
    engine: EngineProcess, server: Server, tmp_path: Path
) -> None:
    group = engine.process_group
    assert group is not None
    try:
        result = measure_and_disturb(
            server, tmp_path, lambda: os.killpg(group, signal.SIGSTOP), seed=4
        )
    finally:
        os.killpg(group, signal.SIGCONT)
    assert result.figures is None
    assert result.failure == Failure("hung", "no answer from /health within 10 s")


def test_a_worker_that_is_killed_during_a_point_is_a_crash_and_no_result(
    engine: EngineProcess, server: Server, tmp_path: Path
) -> None:
    group = engine.process_group
    assert group is not None
    worker = next(pid for pid, words in processes(group).items() if "Worker" in words)
    result = measure_and_disturb(server, tmp_path, lambda: os.kill(worker, signal.SIGKILL), seed=6)
    assert result.figures is None
    assert result.failure is not None
    assert result.failure.kind == "crashed"
    assert "died unexpectedly" in result.failure.words
    engine.stop()
    assert processes(group) == {}


def test_a_kv_cache_that_is_too_small_refuses_to_start_and_names_what_fits(
    make_spec: Callable[..., EngineSpec], tmp_path: Path
) -> None:
    with EngineProcess(make_spec(kv_blocks=8), tmp_path) as engine:
        failure = engine.start()
    assert failure is not None
    assert failure.kind == "refused_to_start"
    assert "estimated maximum model length is" in failure.words


AGENT = """
import sys
from pathlib import Path
from benchmarks.engine.vllm_process import EngineProcess, EngineSpec
log, program, word, model, *flags = sys.argv[1:]
with EngineProcess(EngineSpec((program, word), model, tuple(flags)), Path(log)) as engine:
    engine.start()
"""


def test_kill_9_of_the_agent_ends_the_engine(
    make_spec: Callable[..., EngineSpec], tmp_path: Path
) -> None:
    spec = make_spec()
    agent = subprocess.Popen(
        [sys.executable, "-c", AGENT, str(tmp_path), *spec.command, spec.model, *spec.flags],
        cwd=REPOSITORY,
    )
    try:
        wait_until(lambda: children(agent.pid))
        (guard,) = children(agent.pid)
        wait_until(lambda: children(guard))
        (group,) = children(guard)
        wait_until(lambda: any("EngineCore" in words for words in processes(group).values()))
    finally:
        agent.kill()
        agent.wait()
    wait_until(lambda: not processes(group), seconds=15)

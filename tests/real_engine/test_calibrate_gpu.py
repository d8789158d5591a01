"""``planner calibrate`` as on a GPU machine: NVML's cards are a stand-in, vLLM is itself.

The engine runs on the processor, so its speed is no card's; what is tested is the way from
the cards that NVML lists to stored points with telemetry.
"""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from nvml_cards import BOTH
from paths import REPOSITORY, SUPPORT

from db.storage import open_storage
from planner.records.calibration_record import RunPoint

pytestmark = [pytest.mark.engine, pytest.mark.timeout(900)]

# Sees none of the cards, and has a processor's flags in place of a card's.
ENGINE = """\
#!/bin/sh
unset LD_LIBRARY_PATH CUDA_VISIBLE_DEVICES
export VLLM_CPU_KVCACHE_SPACE=1
case "$1 $2" in
  "bench serve") exec {vllm} "$@" ;;
  *) exec {vllm} "$@" --dtype bfloat16 --enforce-eager ;;
esac
"""
ARTICLE = """\
summary: Two of the six analyses, small
analyses:
  - name: gpus
    title: The same point on every GPU of the machine
    methods: [online]
    quantizations: [none]
    every_gpu: true
    input_tokens: [64]
    output_tokens: [16]
    concurrency: [2]
  - name: batch-size
    title: Throughput against batch size, offline
    methods: [latency]
    quantizations: [none]
    input_tokens: [64]
    output_tokens: [16]
    concurrency: [2]
"""
HOT = "0 throttle 0x40\n" + BOTH.replace("0 throttle 0x1\n", "")
UNKNOWN = """
driver 570.86.15
count 1
0 name NVIDIA RTX 9000 Zeta
0 memory_total 51539607552
0 memory_used 10737418240
0 compute_capability 8.9
0 power_limit 300000
0 power 200000
"""
QUESTIONS = {
    "Memory bandwidth, GB/s": "1000",
    "Dense FP16 TFLOP/s": "200",
    "Where these figures are from": "the maker's datasheet",
}


@pytest.fixture
def words(vllm: Path, tiny_model: Path, tmp_path: Path) -> list[str]:
    program = tmp_path / "vllm"
    program.write_text(ENGINE.format(vllm=vllm))
    program.chmod(0o755)
    (tmp_path / "workload.yaml").write_text("input_tokens: 64\noutput_tokens: 16\n")
    return [
        *("calibrate", "--model", str(tiny_model), "--workload", str(tmp_path / "workload.yaml")),
        *("--engine-command", f"{program} serve", "--point-seconds", "1", "--json"),
    ]


@pytest.fixture
def machine(nvml_library: Path, tmp_path: Path) -> Callable[[str], dict[str, str]]:
    def machine(cards: str) -> dict[str, str]:
        (tmp_path / "cards").write_text(cards)
        stub = {"NVML_STUB": str(tmp_path / "cards"), "LD_LIBRARY_PATH": str(nvml_library)}
        return os.environ | stub | {"PYTHONPATH": str(REPOSITORY)}

    return machine


def telemetry(point: RunPoint) -> dict[str, Any]:
    found: dict[str, Any] = point.details["attempts"][-1]["telemetry"]
    return found


def test_the_article_is_measured_across_the_cards_of_a_machine(
    words: list[str], machine: Callable[[str], dict[str, str]], tmp_path: Path
) -> None:
    (tmp_path / "article.yaml").write_text(ARTICLE)
    planner = [sys.executable, str(SUPPORT / "small_article.py"), str(tmp_path)]
    answer = subprocess.run(
        [*planner, *words, "--suite", "article"],
        env=machine(HOT),
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    run_id = json.loads(answer.stdout)["run_id"]
    with closing(open_storage()) as storage:
        points = {point.key: point for point in storage.run_points(run_id)}
        environment = storage.run(run_id).environment
        drivers = {card["driver"] for card in environment["cards"]}
    a100 = points["gpus/A100 80GB/online/none/64x16x2"]
    t4 = points["gpus/T4/online/none/64x16x2"]
    batch = points["batch-size/A100 80GB/latency/none/64x16x2"]
    assert [p.status for p in (a100, t4, batch)] == ["ok"] * 3, [p.reason for p in points.values()]
    rows = [p.measurement for p in (a100, t4, batch)]
    assert [(r.gpu, r.gpu_memory_gb, r.power_w) for r in rows if r] == [
        ("A100 80GB", 80.0, 250.0),
        ("T4", 16.0, 70.0),
        ("A100 80GB", 80.0, 250.0),
    ]
    for point in (a100, batch):
        assert "throttled: GPU 0: heat (hardware thermal slowdown) in 100% of" in str(point.reason)
        (card,) = telemetry(point)["cards"]
        assert (card["index"], card["sm_clock_mean_mhz"], card["temperature_max_c"]) == (
            0,
            1410,
            61,
        )
        assert card["memory_peak_gib"] == 72.0
    assert [card["index"] for card in telemetry(t4)["cards"]] == [1]
    for point in (a100, t4, batch):
        used = telemetry(point)
        assert point.measurement is not None
        assert point.measurement.output_tokens_per_s is not None
        # power / rate is joules per token, 1000 tokens of them in Wh
        expected = used["power_mean_w"] / point.measurement.output_tokens_per_s / 3.6
        assert used["energy_wh_per_1000_output_tokens"] == pytest.approx(expected, rel=0.05)
    visible = [e.get("engine_environment") for e in environment["engines"].values()]
    assert {"CUDA_VISIBLE_DEVICES": "0"} in visible
    assert {"CUDA_VISIBLE_DEVICES": "1"} in visible
    assert drivers == {"570.86.15"}


def test_a_card_that_the_catalogue_lacks_is_asked_for_added_and_measured(
    words: list[str], machine: Callable[[str], dict[str, str]]
) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "planner", *words, "--points", "1"],
        env=machine(UNKNOWN),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        start_new_session=True,
    ) as agent:
        os.close(theirs)
        shown = ""
        for question, reply in QUESTIONS.items():
            while question not in shown:
                shown += os.read(ours, 1024).decode()
            os.write(ours, f"{reply}\n".encode())
        shown += _rest(ours)
        assert agent.stdout is not None
        answer = agent.stdout.read()
        assert agent.wait() == 0, shown
    assert "Added NVIDIA RTX 9000 Zeta to the catalogue: the maker's datasheet" in shown
    found = json.loads(answer)
    with closing(open_storage()) as storage:
        [gpu] = storage.gpus()
        run = storage.run(found["run_id"])
        measured = [p.measurement for p in storage.run_points(run.run_id) if p.measurement]
    assert (gpu.memory_gib, gpu.bandwidth_gb_per_s, gpu.fp16_tflops) == (48.0, 1000.0, 200.0)
    assert (gpu.compute_capability, gpu.architecture, gpu.tdp_w) == ((8, 9), "Ada", 300.0)
    assert [(row.gpu, row.power_w) for row in measured] == [(gpu.name, 200.0)]


def _rest(terminal: int) -> str:
    """What is shown until the other side closes it, which Linux tells as an I/O error."""
    shown = ""
    try:
        while chunk := os.read(terminal, 1024):
            shown += chunk.decode("utf-8", "replace")
    except OSError:
        pass
    return shown

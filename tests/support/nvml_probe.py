"""Run by test_telemetry in a process of its own, where the C library stands in for NVML."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from benchmarks.design.points import Window
from benchmarks.hardware.nvml import find_cards
from benchmarks.hardware.telemetry import Sampler

SCRIPT = Path(os.environ.get("NVML_STUB", os.devnull))


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "the sampler took no sample in 30 s"
        time.sleep(0.01)


def sample(*later_lines: str) -> dict[str, object]:
    """Take samples, let the cards say something else as well, and take more."""
    start_s = time.perf_counter()  # before the first sample, which counts, too
    with Sampler([0, 1], interval_s=0.01) as sampler:
        wait_for(lambda: min(map(len, sampler.samples.values())) >= 3)
        if later_lines:
            SCRIPT.write_text("\n".join([*later_lines, SCRIPT.read_text()]))
            taken = len(sampler.samples[0])
            wait_for(lambda: len(sampler.samples[0]) >= taken + 3)
        window = Window(start_s, time.perf_counter())
    return asdict(sampler.summary(window, output_tokens=1000))


def sample_nothing() -> dict[str, object]:
    with Sampler([0], interval_s=0.01) as sampler:
        wait_for(lambda: bool(sampler.lost))
    return asdict(sampler.summary(None, output_tokens=1000))


if __name__ == "__main__":
    question, *lines = sys.argv[1:]
    answers: dict[str, Callable[[], object]] = {
        "cards": lambda: asdict(find_cards()),
        "sample": lambda: sample(*lines),
        "sample nothing": sample_nothing,
    }
    print(json.dumps(answers[question]()))

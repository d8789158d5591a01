"""Peak arithmetic and memory bandwidth of this machine's processor.

    PYTHON benchmarks/hardware/cpu_speed.py

No datasheet states these two figures for a processor in a machine, so they are measured, in a
separate process and on all cores that it may use. They serve as physical limits, below which
no fitted model can go. So the engine's own Python runs this: its torch multiplies in bfloat16,
as vLLM does, and numpy in float32; the faster one counts, because torch is hundreds of times
slower where the processor has no instructions for bfloat16, and vLLM then does not use it. The
matrix may fit into caches, as those of a small model do.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

THREAD_SETTINGS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
SIDE = 2048
REPEATING_S = 1.5


@dataclass(frozen=True)
class ProcessorSpeed:
    """TFLOP/s of a matrix product, and GB/s of a matrix times a vector, at best."""

    tflops: float
    bandwidth_gb_per_s: float
    number_format: str


def measure_processor(python: str = sys.executable) -> ProcessorSpeed:
    """Measure in a new process of ``python``; takes a few seconds."""
    environment = {k: v for k, v in os.environ.items() if k not in THREAD_SETTINGS}
    answer = subprocess.run(
        [python, "-I", str(Path(__file__).resolve())],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return ProcessorSpeed(**json.loads(answer.stdout))


def _measure() -> ProcessorSpeed:
    import numpy as np

    matrix = np.random.default_rng(0).random((SIDE, SIDE), dtype=np.float32)
    vector = matrix[0].copy()
    seconds, number_format = min((_fastest_s(work), name) for name, work in _products(matrix))
    return ProcessorSpeed(
        tflops=2.0 * SIDE**3 / seconds / 1e12,
        bandwidth_gb_per_s=matrix.nbytes / _fastest_s(lambda: matrix @ vector) / 1e9,
        number_format=number_format,
    )


def _products(matrix: Any) -> Iterator[tuple[str, Callable[[], object]]]:
    """The same matrix product in each number format that can be tried."""
    yield "float32 (numpy)", lambda: matrix @ matrix
    try:
        torch = importlib.import_module("torch")
    except ImportError:
        return
    tensor = torch.from_numpy(matrix).to(torch.bfloat16)
    yield "bfloat16 (torch)", lambda: tensor @ tensor


def _fastest_s(work: Callable[[], object]) -> float:
    """Seconds of the fastest of many repeats, as the limit is a peak and the machine is shared."""
    fastest_s = float("inf")
    end = time.perf_counter() + REPEATING_S
    while (began := time.perf_counter()) < end:
        work()
        fastest_s = min(fastest_s, time.perf_counter() - began)
    return fastest_s


if __name__ == "__main__":
    print(json.dumps(asdict(_measure())))

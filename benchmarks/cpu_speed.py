"""How fast this machine's processor multiplies matrices and copies memory.

    python -m benchmarks.cpu_speed

No datasheet states these two figures for a processor in a machine, so they are
measured. A process of its own measures them, on all cores that it may use:
numpy fixes its number of threads when it is first imported.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

THREAD_SETTINGS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
MATRIX = 2048
COPIED_BYTES = 256 * 2**20
REPEATS = 5


@dataclass(frozen=True, slots=True)
class ProcessorSpeed:
    """float32 multiply-add rate, and bytes read and written per second by copying."""

    tflops: float
    bandwidth_gb_per_s: float


def measure_processor() -> ProcessorSpeed:
    """Measure in a fresh process; about three seconds."""
    environment = {k: v for k, v in os.environ.items() if k not in THREAD_SETTINGS}
    answer = subprocess.run(
        [sys.executable, "-m", "benchmarks.cpu_speed"],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return ProcessorSpeed(**json.loads(answer.stdout))


def _measure() -> ProcessorSpeed:
    import numpy as np

    matrix = np.random.default_rng(0).random((MATRIX, MATRIX), dtype=np.float32)
    flop = 2.0 * MATRIX**3
    cores = len(os.sched_getaffinity(0))
    parts = np.ones((cores, COPIED_BYTES // cores), dtype=np.uint8)
    copies = np.zeros_like(parts)
    with ThreadPoolExecutor(cores) as pool:

        def copy() -> None:
            list(pool.map(np.copyto, copies, parts))

        copied_bytes = 2.0 * parts.nbytes
        return ProcessorSpeed(
            tflops=flop / _fastest_s(lambda: matrix @ matrix) / 1e12,
            bandwidth_gb_per_s=copied_bytes / _fastest_s(copy) / 1e9,
        )


def _fastest_s(work: Callable[[], object]) -> float:
    """The fastest of some repeats: a datasheet states a peak, and others share the machine."""
    taken = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return min(taken)


if __name__ == "__main__":
    print(json.dumps(asdict(_measure())))

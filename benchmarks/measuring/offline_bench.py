"""Measures points without a server: ``vllm bench latency`` and ``vllm bench throughput``.

Each point starts an engine of its own, which ends with it. The process loads the model and
warms up before it measures, and does not say when it begins to measure. But it writes its
result right after the last batch, and the result states how long the measured batches took.
So the window for telemetry is that time, counted back from the writing of the file. Its error
is the time between batches, a few milliseconds.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.design.points import Failure, FailureKind, LoadPoint, Window
from benchmarks.design.suite import Method
from benchmarks.engine.engine_flags import EngineLaunch
from benchmarks.engine.guarded_process import GuardedProcess, status_in_words
from benchmarks.engine.hang_rules import out_of_time
from benchmarks.engine.log import decisive_words, is_out_of_memory
from benchmarks.engine.vllm_process import EngineSpec, bench_command, engine_environment
from benchmarks.hardware.telemetry import Telemetry
from benchmarks.measuring.point_attempt import Attempt, Subject, gpu_figures, gpu_flags
from benchmarks.measuring.system_under_test import MeasuringOptions, watched

WARM_UP_BATCHES = 1
LENGTH_TOLERANCE = 0.05
SPREAD_TOLERANCE = 0.1
WINDOW = "the measured batches, counted back from when the result was written"


def offline_unavailable(method: Method, launch: EngineLaunch, *, is_own: bool) -> str | None:
    """Why a method cannot be used here; None if it can."""
    if not is_own:
        return "an offline benchmark needs the engine on this machine, not a server"
    if method != "transformers" and launch.deployment.engine.prefix_hit_share:
        return "the prompts of an offline benchmark share no prefix: leave --prefix-share out"
    if method == "transformers" and launch.load_format == "dummy":
        return (
            f"transformers needs the weights of {launch.model} on disk, but they are missing: "
            "download them, or give their folder as --model"
        )
    if method == "transformers" and launch.deployment.gpu_count > 1:
        return "the transformers backend of vllm bench throughput runs on one GPU"
    return None


class OfflineBench:
    """An offline benchmark; requests run in batches of the point's concurrency."""

    longest_tokens: int | None = None

    def __init__(
        self, method: Method, spec: EngineSpec, subject: Subject, measuring: MeasuringOptions
    ) -> None:
        self.subject = subject
        self._method = method
        self._spec = spec
        self._measuring = measuring

    def start(self) -> Failure | None:
        return None

    def is_well(self) -> bool:
        return True

    def facts(self) -> dict[str, Any]:
        return {"method": self._method, "flags": list(self._spec.flags)}

    def arguments(
        self, point: LoadPoint, requests: int, seed: int = 0, result: str = "result.json"
    ) -> list[str]:
        """The command line that measures ``point`` with ``requests`` in whole batches."""
        batches = _batches(point, requests)
        inputs, outputs = str(point.input_tokens), str(point.output_tokens)
        bench = [*bench_command(self._spec.command)[:-1], self._method]
        if self._method == "latency":
            load = ["--input-len", inputs, "--output-len", outputs]
            load += ["--batch-size", str(point.concurrency), "--num-iters", str(batches)]
            load += ["--num-iters-warmup", str(WARM_UP_BATCHES)]
        else:
            bench[-1] = "throughput"
            # With random prompts, the default of this option would override --input-len.
            load = ["--random-input-len", inputs, "--random-output-len", outputs]
            load += ["--dataset-name", "random", "--num-prompts", str(batches * point.concurrency)]
            load += ["--num-warmups", str(WARM_UP_BATCHES * point.concurrency)]
        flags = [*self._flags(point), "--seed", str(seed), "--output-json", result]
        return [*bench, "--model", self._spec.model, *load, *flags]

    def measure(self, point: LoadPoint, requests: int, seed: int, timeout_s: float) -> Attempt:
        folder = self._measuring.folder
        folder.mkdir(parents=True, exist_ok=True)
        result = folder / f"{self._method}-{seed}.json"
        result.unlink(missing_ok=True)
        batches = _batches(point, requests)
        command = self.arguments(point, requests, seed, str(result))
        started_at, began = datetime.now(UTC), time.monotonic()
        figures: dict[str, Any] = {}
        complaint: str | None = None
        parts_per_s: tuple[float, ...] = ()
        telemetry: Telemetry | None = None
        with watched(self._measuring.cards) as sampler:
            failure = _run(command, self._spec, result, timeout_s)
        if failure is None:
            try:
                document = json.loads(result.read_text("utf-8"))
                figures = self._figures(document, point, batches)
                parts_per_s = tuple(
                    point.concurrency / batch_s for batch_s in document.get("latencies", ())
                )
                steady_load = self._measuring.steady_load
                complaint = _complaint(document) or steady_load.too_short(_measured_s(document))
                if sampler is not None:
                    tokens = batches * point.concurrency * point.output_tokens
                    telemetry = sampler.summary(_window(document, result), tokens)
            except (ValueError, KeyError, TypeError, ZeroDivisionError) as error:
                words = f"{result.name} is not a result: {type(error).__name__} {error}"
                failure, figures, parts_per_s = Failure("not_what_it_claims", words), {}, ()
        return Attempt(
            started_at=started_at,
            wall_s=time.monotonic() - began,
            figures=figures | gpu_figures(telemetry) if figures else {},
            failure=failure,
            complaint=complaint,
            flags=gpu_flags(telemetry),
            details={
                "seed": seed,
                "batches": batches,
                "window": WINDOW,
                "telemetry": None if telemetry is None else asdict(telemetry),
            },
            parts_per_s=parts_per_s,
        )

    def _flags(self, point: LoadPoint) -> list[str]:
        if self._method == "transformers":
            return ["--backend", "hf", "--hf-max-batch-size", str(point.concurrency)]
        flags = list(self._spec.flags)
        if self.subject.deployment.engine.max_num_seqs is not None:
            return flags
        if "--max-num-seqs" in flags:
            at = flags.index("--max-num-seqs")
            del flags[at : at + 2]
        return [*flags, "--max-num-seqs", str(point.concurrency)]

    def _figures(
        self, document: Mapping[str, Any], point: LoadPoint, batches: int
    ) -> dict[str, Any]:
        """Fields of a measurement. Raises ValueError if the result is not what was asked for."""
        requests = batches * point.concurrency
        if self._method == "latency":
            if len(document["latencies"]) != batches:
                raise ValueError(f"{len(document['latencies'])} batches, {batches} were asked for")
            batch_s = _measured_s(document) / batches
            rate = point.concurrency / batch_s
            e2e_s: float | None = batch_s
        else:
            expected = requests * (point.input_tokens + point.output_tokens)
            if document["num_requests"] != requests:
                raise ValueError(f"{document['num_requests']} requests, {requests} asked for")
            if abs(document["total_num_tokens"] / expected - 1) > LENGTH_TOLERANCE:
                raise ValueError(f"{document['total_num_tokens']} tokens, {expected} asked for")
            rate, e2e_s = requests / _measured_s(document), None
        return {
            "requests": float(requests),
            "requests_per_s": rate,
            "output_tokens_per_s": rate * point.output_tokens,
            "e2e_s_mean": e2e_s,
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Nothing to end: each point has ended its own engine."""


def _batches(point: LoadPoint, requests: int) -> int:
    return max(1, requests // point.concurrency)


def _run(command: list[str], spec: EngineSpec, result: Path, timeout_s: float) -> Failure | None:
    log = result.with_suffix(".log")
    environment = engine_environment(spec.model, spec.environment)
    with GuardedProcess(command, log=log, environment=environment) as bench:
        status = bench.wait(timeout_s + spec.start_timeout_s)
    if status is None:
        return out_of_time(timeout_s)
    if status == 0 and result.is_file():
        return None
    text = log.read_text("utf-8", "replace")
    kind: FailureKind = "out_of_memory" if is_out_of_memory(text) else "load_generator"
    words = decisive_words(text) or "nothing in its log"
    return Failure(kind, f"{words} ({status_in_words(status)})")


def _measured_s(document: Mapping[str, Any]) -> float:
    """Seconds of all measured batches. Raises ValueError if a time is not positive and finite."""
    times = document["latencies"] if "latencies" in document else [document["elapsed_time"]]
    if not all(0 < each < math.inf for each in times):
        raise ValueError(f"{times} are not positive, finite seconds")
    return float(sum(times))


def _window(document: Mapping[str, Any], result: Path) -> Window:
    """The window of the module's docstring, on the clock of the samples."""
    end_s = result.stat().st_mtime - time.time() + time.perf_counter()
    return Window(end_s - _measured_s(document), end_s)


def _complaint(document: Mapping[str, Any]) -> str | None:
    """Why batches were not steady; None if their times agree or only the total is known."""
    times = document.get("latencies", ())
    if len(times) < 2 or max(times) <= (1 + SPREAD_TOLERANCE) * min(times):
        return None
    return f"not steady: a batch took from {min(times):.3g} s to {max(times):.3g} s"

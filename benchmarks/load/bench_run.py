"""Measures one load point with ``vllm bench serve``, and checks its result."""

from __future__ import annotations

import hashlib
import json
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.design.points import EngineUse, Failure, Figures, LoadPoint, PointResult
from benchmarks.engine.engine_watch import EngineWatch
from benchmarks.engine.guarded_process import GuardedProcess, status_in_words
from benchmarks.engine.hang_rules import (
    GENERATOR_GRACE_S,
    POINT_S,
    SETTLE_S,
    STALL_S,
    out_of_time,
    stalled,
)
from benchmarks.engine.log import decisive_words
from benchmarks.engine.target_server import Server
from benchmarks.engine.vllm_process import engine_environment
from benchmarks.load.bench_result import ResultRefusedError, read_figures

LOOK_S = 1.0
PERCENTILES = "50,95,99"


def point_seed(run_id: str, number: int) -> int:
    """The seed of a point, different for each point of each run so that no prompt is sent twice.

    >>> point_seed("a", 1) == point_seed("a", 1) != point_seed("a", 2)
    True
    """
    digest = hashlib.sha256(f"{run_id}/{number}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1


def bench_arguments(
    server: Server,
    point: LoadPoint,
    *,
    requests: int,
    warmups: int,
    seed: int,
    result: Path,
    prefix_share: float = 0.0,
) -> list[str]:
    """The command line that measures ``point``, also for ``--dry-run``.

    All prompts share the first ``prefix_share`` of their length; at least one token differs.
    """
    shared = min(round(prefix_share * point.input_tokens), point.input_tokens - 1)
    prefix = {"random-prefix-len": shared} if shared else {}
    options = {
        "backend": "openai",
        "base-url": server.base_url,
        "endpoint": "/v1/completions",
        "model": server.model,
        "tokenizer": server.tokenizer,
        "dataset-name": "random",
        **prefix,
        "random-input-len": point.input_tokens - shared,
        "random-output-len": point.output_tokens,
        "random-range-ratio": 0,
        "num-prompts": requests,
        "max-concurrency": point.concurrency,
        "num-warmups": warmups,
        "seed": seed,
        "percentile-metrics": "ttft,tpot,itl,e2el",
        "metric-percentiles": PERCENTILES,
        "ready-check-timeout-sec": 0,
        "result-dir": result.parent,
        "result-filename": result.name,
    }
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    return [
        *server.bench,
        *words,
        "--ignore-eos",
        "--disable-tqdm",
        "--save-result",
        "--save-detailed",
    ]


def measure(
    server: Server,
    point: LoadPoint,
    *,
    requests: int,
    seed: int,
    folder: Path,
    prefix_share: float = 0.0,
    warmups: int | None = None,
    timeout_s: float = POINT_S,
    stall_s: float = STALL_S,
) -> PointResult:
    """The result of ``requests`` requests at ``point``, after ``warmups`` (default: one round).

    Files go to ``folder``, named after the seed. ``timeout_s`` limits the whole attempt,
    ``stall_s`` the time without a token; after either, the load generator is ended. A failure is
    a result, not an exception. The warm-up repeats the first prompt: with prefix caching, the
    first request finds it cached, which the hits in the result show. All prompts share the
    first ``prefix_share`` of their length.
    """
    started_at, began = datetime.now(UTC), time.monotonic()
    warmups = point.concurrency if warmups is None else warmups
    watch = EngineWatch(server.base_url, warmups * point.output_tokens)
    outcome: Figures | Failure | None = server.health()
    if outcome is None:
        folder.mkdir(parents=True, exist_ok=True)
        result = folder / f"bench-{seed}.json"
        command = bench_arguments(
            server,
            point,
            requests=requests,
            warmups=warmups,
            seed=seed,
            result=result,
            prefix_share=prefix_share,
        )
        failure = _drive(command, server, result, watch, timeout_s, stall_s)
        outcome = failure or _read(result, point, requests)
        if isinstance(outcome, Figures):
            expected_tokens = (requests + warmups) * point.output_tokens
            outcome = _contradiction(watch.use(), expected_tokens) or outcome
        outcome = _trouble(server, settle=isinstance(outcome, Failure)) or outcome
    return PointResult(
        point=point,
        requests=requests,
        seed=seed,
        started_at=started_at,
        wall_s=time.monotonic() - began,
        figures=outcome if isinstance(outcome, Figures) else None,
        failure=outcome if isinstance(outcome, Failure) else None,
        engine_use=watch.use(),
    )


def _drive(
    command: list[str],
    server: Server,
    result: Path,
    watch: EngineWatch,
    timeout_s: float,
    stall_s: float,
) -> Failure | None:
    """Run the load generator; the failure if it fails or has to be stopped, else None."""
    result.unlink(missing_ok=True)
    log = result.with_suffix(".log")
    environment = engine_environment(server.tokenizer)
    with GuardedProcess(
        command, log=log, environment=environment, grace_s=GENERATOR_GRACE_S
    ) as bench:
        failure = _wait(bench, watch, timeout_s, stall_s)
        status = bench.poll()
    watch.look()
    if failure or status is None or (status == 0 and result.is_file()):
        return failure
    words = decisive_words(log.read_text("utf-8", "replace")) or "nothing in its log"
    return Failure("load_generator", f"{words} ({status_in_words(status)})")


def _wait(
    bench: GuardedProcess, watch: EngineWatch, timeout_s: float, stall_s: float
) -> Failure | None:
    deadline = time.monotonic() + timeout_s
    while bench.wait(LOOK_S) is None:
        watch.look()
        failure = stalled(watch.still_s(), watch.has_begun, stall_s)
        if failure is not None:
            return failure
        if time.monotonic() > deadline:
            return out_of_time(timeout_s)
    return None


def _read(result: Path, point: LoadPoint, requests: int) -> Figures | Failure:
    try:
        return read_figures(json.loads(result.read_text("utf-8")), point, requests)
    except ResultRefusedError as error:
        return error.failure
    except ValueError as error:
        return Failure("not_what_it_claims", f"{result.name} is not JSON: {error}")


def _contradiction(use: EngineUse | None, expected_tokens: int) -> Failure | None:
    """The failure if the engine's counters contradict a result that looks right, else None."""
    if use is None:
        return None
    if use.generated_tokens is not None and use.generated_tokens > expected_tokens:
        return Failure(
            "not_what_it_claims",
            f"the engine generated {use.generated_tokens} tokens, but {expected_tokens} were asked "
            "for: it served other requests at the same time",
        )
    if use.prefix_caching is False and use.prefix_cache_hit_tokens:
        return Failure(
            "not_what_it_claims",
            f"{use.prefix_cache_hit_tokens} prompt tokens came from a prefix cache that is off",
        )
    return None


def _trouble(server: Server, *, settle: bool) -> Failure | None:
    """What is wrong with the server, which explains a failed point better than its failure.

    With ``settle``, the server is watched for ``SETTLE_S``.
    """
    deadline = time.monotonic() + (SETTLE_S if settle else 0.0)
    while (failure := server.health()) is None and time.monotonic() < deadline:
        time.sleep(0.5)
    return failure

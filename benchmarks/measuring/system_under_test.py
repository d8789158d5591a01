"""The system under test: our own engine, or a server that somebody else started."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from benchmarks.design.points import Failure, LoadPoint
from benchmarks.design.steady_load import SteadyLoad
from benchmarks.engine.log import longest_that_fits
from benchmarks.engine.server_probe import probe
from benchmarks.engine.target_server import Server, api_key, own_server
from benchmarks.engine.vllm_process import EngineProcess, EngineSpec
from benchmarks.hardware.telemetry import Sampler, Telemetry
from benchmarks.load.bench_run import measure
from benchmarks.measuring.point_attempt import Attempt, Subject, online_attempt
from planner.vllm.engine_settings import EngineConfig


class SystemUnderTest(Protocol):
    """Something that can measure points; as a context manager it leaves nothing running."""

    @property
    def subject(self) -> Subject:
        """What is measured; the engine version is known after the start."""

    @property
    def longest_tokens(self) -> int | None:
        """The longest request, prompt and answer together, if shorter than asked for; else None."""

    def start(self) -> Failure | None:
        """Start, or restart after a failure; the failure if that does not work."""

    def is_well(self) -> bool:
        """True if the next point can be measured without a restart."""

    def measure(self, point: LoadPoint, requests: int, seed: int, timeout_s: float) -> Attempt:
        """One attempt. A failure is a result, not an exception."""

    def facts(self) -> dict[str, Any]:
        """Facts about the system, as JSON values for the run's environment."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class MeasuringOptions:
    """How every point of a run is measured. ``cards`` are the NVML indices of the GPUs to watch."""

    steady_load: SteadyLoad
    folder: Path
    cards: tuple[int, ...] = ()


class OwnEngine:
    """vLLM, started with ``spec``, or with the longest context that fits its KV cache."""

    def __init__(self, spec: EngineSpec, subject: Subject, measuring: MeasuringOptions) -> None:
        self.subject = subject
        self.longest_tokens: int | None = None
        self._engine = EngineProcess(spec, measuring.folder)
        self._measuring = measuring

    def start(self) -> Failure | None:
        failure = self._engine.start()
        fitting = None if failure is None else longest_that_fits(failure.words)
        if fitting is not None and self.longest_tokens is None:
            self.longest_tokens = fitting
            flags = _with_length(self._engine.spec.flags, fitting)
            self._engine.spec = replace(self._engine.spec, flags=flags)
            failure = self._engine.start()
        facts = self._engine.facts
        if failure is None and facts is not None:
            self.subject = replace(self.subject, engine_version=facts.version)
        return failure

    def is_well(self) -> bool:
        return self._engine.failure() is None

    def measure(self, point: LoadPoint, requests: int, seed: int, timeout_s: float) -> Attempt:
        server, asked = own_server(self._engine), self.subject.deployment.engine
        return measured_online(server, asked, point, requests, seed, timeout_s, self._measuring)

    def facts(self) -> dict[str, Any]:
        facts = self._engine.facts
        return {
            "engine_command": self._engine.spec.arguments(0)[:-2],
            "engine_environment": dict(self._engine.spec.environment),
            **({} if facts is None else asdict(facts.limits)),
            "weights_gib": facts and facts.weights_gib,
            "kv_cache_gib": facts and facts.kv_cache_gib,
            "engine_start_s": facts and facts.start_s,
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._engine.stop()


class OtherServer:
    """A server at a base URL, which is neither started nor stopped here."""

    longest_tokens: int | None = None

    def __init__(self, server: Server, subject: Subject, measuring: MeasuringOptions) -> None:
        self.subject = replace(subject, engine=server.engine, engine_version=server.engine_version)
        self._server = server
        self._measuring = measuring

    def start(self) -> Failure | None:
        server = self._server
        return server.health() or probe(server.base_url, server.model, api_key())

    def is_well(self) -> bool:
        return self._server.health() is None

    def measure(self, point: LoadPoint, requests: int, seed: int, timeout_s: float) -> Attempt:
        server, asked = self._server, self.subject.deployment.engine
        return measured_online(server, asked, point, requests, seed, timeout_s, self._measuring)

    def facts(self) -> dict[str, Any]:
        return {"base_url": self._server.base_url, "served_model": self._server.model}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Nothing to end: the server is not ours."""


def measured_online(
    server: Server,
    asked: EngineConfig,
    point: LoadPoint,
    requests: int,
    seed: int,
    timeout_s: float,
    measuring: MeasuringOptions,
) -> Attempt:
    """One attempt with the load generator, with telemetry of the GPUs.

    Prompts share the prefix that the engine is ``asked`` to find in its prefix cache.
    """
    with watched(measuring.cards) as sampler:
        result = measure(
            server,
            point,
            requests=requests,
            seed=seed,
            folder=measuring.folder,
            prefix_share=asked.prefix_hit_share,
            timeout_s=timeout_s,
        )
    telemetry: Telemetry | None = None
    if sampler is not None and result.figures is not None:
        telemetry = sampler.summary(result.figures.window, requests * point.output_tokens)
    return online_attempt(result, telemetry, measuring.steady_load, asked)


def watched(cards: Sequence[int]) -> AbstractContextManager[Sampler | None]:
    """A context manager with a sampler of the cards; None if there are no cards."""
    return Sampler(cards) if cards else nullcontext()


def _with_length(flags: tuple[str, ...], tokens: int) -> tuple[str, ...]:
    words = list(flags)
    words[words.index("--max-model-len") + 1] = str(tokens)
    return tuple(words)

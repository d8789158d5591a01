"""Starts ``vllm serve``, watches it, reads its limits, and ends it with all it started."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType

from benchmarks.design.points import Failure, FailureKind
from benchmarks.engine import log as engine_log
from benchmarks.engine.engine_cpu.install import DEFAULT_DIRECTORY
from benchmarks.engine.guarded_process import GuardedProcess, status_in_words
from benchmarks.engine.hang_rules import ANSWER_S, START_ANSWER_S, START_S, never_healthy, no_answer
from benchmarks.engine.http_client import LOOPBACK, get_text
from benchmarks.engine.metrics import EngineLimits, read_counters
from planner.errors import InputError

HOST = "127.0.0.1"
PORT_ATTEMPTS = 3
POLL_S = 0.25
SILENT = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
# NVML numbers GPUs in bus order; CUDA does so only if told to.
CUDA_ORDER = {"CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """What to start. ``command`` is ``vllm serve`` as words; ``flags`` follow the model.

    ``port`` None means any free port. ``start_timeout_s`` must include the download of weights
    that are not on disk.
    """

    command: tuple[str, ...]
    model: str
    flags: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None
    start_timeout_s: float = START_S

    def arguments(self, port: int) -> list[str]:
        """The whole command line as words, also for ``--dry-run``."""
        address = ["--host", HOST, "--port", str(port)]
        return [*self.command, self.model, *self.flags, *address]


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What a started engine reports about itself; None if it does not."""

    version: str | None
    limits: EngineLimits
    weights_gib: float | None
    kv_cache_gib: float | None
    start_s: float


class EngineProcess:
    """One vLLM server at a time; as a context manager it ends the server. Logs go to ``folder``.

    ``start`` after a failure starts a new server, with a new log.
    """

    def __init__(self, spec: EngineSpec, folder: Path) -> None:
        self.spec = spec
        self.folder = folder
        self.log: Path | None = None
        self.facts: EngineFacts | None = None
        self.base_url: str | None = None
        self._process: GuardedProcess | None = None

    def start(self) -> Failure | None:
        """Start or restart, and wait until healthy. After a failure nothing is left running."""
        failure: Failure | None = None
        for _ in range(PORT_ATTEMPTS):
            failure = self._start_once()
            if failure is None:
                return None
            self.stop()
            if failure.kind != "port_in_use" or self.spec.port is not None:
                break
        return failure

    def failure(self, timeout_s: float = ANSWER_S) -> Failure | None:
        """What is wrong with the engine now; None if it is healthy."""
        if self._process is None or self.base_url is None:
            return Failure("crashed", "the engine is not running")
        status = self._process.poll()
        if status is not None:
            return self._death("crashed", status)
        try:
            get_text(f"{self.base_url}/health", timeout_s)
        except TimeoutError:
            return no_answer("from /health", timeout_s)
        except OSError as error:
            status = self._process.wait(timeout_s)
            return self._death("crashed", status) if status is not None else _unhealthy(error)
        return None

    @property
    def process_group(self) -> int | None:
        """Process group of the engine; None if it does not run."""
        return None if self._process is None else self._process.group

    def stop(self) -> None:
        """End the engine and everything that it started."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def __enter__(self) -> EngineProcess:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _start_once(self) -> Failure | None:
        self.stop()
        port = self.spec.port or free_port()
        # Another server on this port would answer /health instead of this engine.
        if not _is_free(port):
            return Failure("port_in_use", f"port {port} of {HOST} is used by another program")
        began = time.monotonic()
        self.log = _next_log(self.folder)
        self.base_url = f"http://{HOST}:{port}"
        self._process = GuardedProcess(
            self.spec.arguments(port),
            log=self.log,
            environment=engine_environment(self.spec.model, self.spec.environment),
        )
        failure = self._wait_until_healthy(began + self.spec.start_timeout_s)
        if failure is None:
            self.facts = self._read_facts(time.monotonic() - began)
        return failure

    def _wait_until_healthy(self, deadline: float) -> Failure | None:
        assert self._process is not None
        while time.monotonic() < deadline:
            status = self._process.wait(POLL_S)
            if status is not None:
                return self._death("refused_to_start", status)
            try:
                get_text(f"{self.base_url}/health", timeout_s=START_ANSWER_S)
            except OSError:
                continue
            return None
        words = engine_log.decisive_words(self._log_text())
        return never_healthy(self.spec.start_timeout_s, words)

    def _read_facts(self, start_s: float) -> EngineFacts:
        logged = engine_log.logged_memory(self._log_text())
        limits = read_counters(self.base_url or "").limits
        if limits.kv_cache_tokens is None:
            limits = replace(limits, kv_cache_tokens=logged.kv_cache_tokens)
        if limits.max_concurrency is None:
            limits = replace(limits, max_concurrency=logged.max_concurrency)
        return EngineFacts(
            version=server_version(self.base_url or ""),
            limits=limits,
            weights_gib=logged.weights_gib,
            kv_cache_gib=logged.kv_cache_gib,
            start_s=start_s,
        )

    def _death(self, kind: FailureKind, status: int) -> Failure:
        text = self._log_text()
        ending = status_in_words(status)
        words = engine_log.decisive_words(text)
        if engine_log.is_out_of_memory(text):
            kind = "out_of_memory"
        elif kind == "refused_to_start" and engine_log.is_port_in_use(text):
            kind = "port_in_use"
        return Failure(kind, f"{words} ({ending})" if words else f"{ending}, nothing in its log")

    def _log_text(self) -> str:
        return self.log.read_text("utf-8", "replace") if self.log else ""


def engine_command(text: str = "vllm serve") -> tuple[str, ...]:
    """The words of ``--engine-command``, with the full path of its program.

    A plain ``vllm`` is looked up on PATH, then in the environment that ``engine_cpu.install``
    makes. Raises InputError if there is no such program.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise InputError(
            f"engine command {text!r} cannot be split into words ({error}): quote it as in a shell",
            field="engine_command",
        ) from error
    own = DEFAULT_DIRECTORY / "bin" / "vllm"
    program = shutil.which(words[0]) if words else None
    if program is None and words[:1] == ["vllm"] and own.is_file():
        program = str(own)
    if program is None:
        raise InputError(
            f"engine command {text!r} names a program that is not installed: install vLLM with "
            "pip install '.[engine]' on a GPU machine or make engine for a processor, "
            'or give --engine-command "/path/to/vllm serve"',
            field="engine_command",
        )
    return (program, *words[1:])


def engine_environment(model: str, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Environment for engine and load generator: no usage reports, no proxy for this machine.

    CUDA numbers the GPUs as NVML does, so ``nvml.visible_cards`` returns those in use. If the
    model is a folder, nothing is needed from the Hugging Face hub, and it is not contacted.
    """
    offline = OFFLINE if Path(model).is_dir() else {}
    no_proxy = ",".join([*LOOPBACK, *filter(None, [os.environ.get("NO_PROXY")])])
    proxies = {"NO_PROXY": no_proxy, "no_proxy": no_proxy}
    return {**os.environ, **SILENT, **CUDA_ORDER, **offline, **proxies, **(extra or {})}


def server_version(base_url: str) -> str | None:
    """The version that ``/version`` states; None if the server has no such page."""
    try:
        document = json.loads(get_text(f"{base_url}/version"))
    except (OSError, ValueError):
        return None
    version = document.get("version") if isinstance(document, dict) else None
    return str(version) if version else None


def free_port() -> int:
    """A port of 127.0.0.1 that is free at the moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _next_log(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    number = 1 + len(list(folder.glob("engine-*.log")))
    return folder / f"engine-{number}.log"


def _unhealthy(error: OSError) -> Failure:
    return Failure("crashed", f"/health answers with an error: {error}")


def bench_command(command: Sequence[str]) -> tuple[str, ...]:
    """The command ``vllm bench serve`` of the installation of ``vllm serve``.

    >>> bench_command(("/opt/vllm/bin/vllm", "serve"))
    ('/opt/vllm/bin/vllm', 'bench', 'serve')
    """
    if not command or command[-1] != "serve":
        raise InputError(
            f"engine command {shlex.join(command)!r} does not end in 'serve', so its "
            "load generator is not known: give a command such as '/path/to/vllm serve'",
            field="engine_command",
        )
    return (*command[:-1], "bench", "serve")

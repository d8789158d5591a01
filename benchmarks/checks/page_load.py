"""Measures the Plan page with many people at once: each enters a new volume every few seconds.

The app runs as a process of its own, on an empty store. One machine is unlike another, and others
may be at work on it: so 1 session is measured in the same run, and what else the machine did is
printed beside:

    python -m benchmarks.checks.page_load 1 10 50 200
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np

from benchmarks.load.page_session import Answered, PageError, PageSession, page_session

THINK_S = 5.0
"""Between an answer and the next entry: long enough to read the headline, no longer."""

ROUNDS = 4
OPENED_AT_ONCE = 4
STARTS_WITHIN_S = 120.0
IDLE_CPU_S = 0.05
"""A server that nobody asks for anything takes less in two seconds."""

FIRST_VOLUME = 20_000_001
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Load:
    """The waits that ``sessions`` at once saw, and their cost to the server.

    ``others_cores`` is the mean number of cores that other processes of the machine were busy
    with, ``cpu_s`` the server's CPU seconds for each entry.
    """

    sessions: int
    seconds: tuple[float, ...]
    errors: tuple[str, ...]
    cpu_s: float
    received_bytes: float
    resident_bytes: int
    others_cores: float

    def quantile(self, share: float) -> float:
        """Seconds within which this share of the entries was answered."""
        return float(np.quantile(self.seconds, share)) if self.seconds else float("nan")


@contextmanager
def running_app() -> Iterator[tuple[str, int]]:
    """The address and the process id of an app with an empty store."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"PLANNER_DATA_DIR": folder}
        environment.pop("PLANNER_DATABASE_URL", None)
        server = subprocess.Popen(
            [sys.executable, "-m", "app", "--port", str(port)],
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait_until_healthy(f"http://127.0.0.1:{port}/_stcore/health", server)
            _wait_until_warm(server.pid)
            yield f"http://127.0.0.1:{port}/", server.pid
        finally:
            server.terminate()
            server.wait(timeout=30)


def _wait_until_healthy(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline and server.poll() is None:
        with suppress(OSError), urllib.request.urlopen(url, timeout=2):
            return
        time.sleep(0.3)
    raise PageError(f"The app did not start within {STARTS_WITHIN_S:.0f} s.")


def _wait_until_warm(server: int) -> None:
    """Wait until the server has done what it does beside its start."""
    deadline, before = time.monotonic() + STARTS_WITHIN_S, -1.0
    while time.monotonic() < deadline and (now := _cpu_s(server)) - before > IDLE_CPU_S:
        before = now
        time.sleep(2.0)


async def load_of(sessions: int, address: str, server: int, rounds: int = ROUNDS) -> Load:
    """The load of so many sessions, measured once all of them are open."""
    errors: list[str] = []
    answers: list[Answered] = []
    volumes = count(FIRST_VOLUME + sessions * 10_000)
    async with AsyncExitStack() as stack:
        pages = [await stack.enter_async_context(page_session(address)) for _ in range(sessions)]
        gate = asyncio.Semaphore(OPENED_AT_ONCE)
        await asyncio.gather(*(_open(page, gate, errors) for page in pages))
        start, before = time.monotonic(), _CpuSeconds.until_now(server)
        await asyncio.gather(*(_enter(page, volumes, rounds, answers, errors) for page in pages))
        wall_s, used = time.monotonic() - start, _CpuSeconds.until_now(server) - before
        return Load(
            sessions=sessions,
            seconds=tuple(one.seconds for one in answers),
            errors=tuple(errors),
            cpu_s=used.server / max(1, len(answers)),
            received_bytes=float(np.mean([one.received_bytes for one in answers] or [0])),
            resident_bytes=_resident_bytes(server),
            others_cores=max(0.0, used.others / wall_s),
        )


async def _open(page: PageSession, gate: asyncio.Semaphore, errors: list[str]) -> None:
    async with gate:
        try:
            await page.open()
        except PageError as error:
            errors.append(f"opening: {error}")


async def _enter(
    page: PageSession,
    volumes: Iterator[int],
    rounds: int,
    answers: list[Answered],
    errors: list[str],
) -> None:
    await asyncio.sleep(random.uniform(0.0, THINK_S))
    for _ in range(rounds):
        volume = next(volumes)
        try:
            answer = await page.enter("documents", str(volume))
        except PageError as error:
            errors.append(str(error))
            return
        if any(f"{volume:,} documents a year" in text for text in answer.texts):
            answers.append(answer)
        else:
            errors.append(f"The answer is not that to {volume:,} documents.")
        await asyncio.sleep(THINK_S)


@dataclass(frozen=True, slots=True)
class _CpuSeconds:
    """CPU seconds of the whole machine, of the server and of this process."""

    machine: float
    server: float
    own: float

    @classmethod
    def until_now(cls, server: int) -> _CpuSeconds:
        numbers = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
        user, nice, system, _idle, _waiting, irq, soft_irq = map(int, numbers[:7])
        busy_s = (user + nice + system + irq + soft_irq) / TICKS_PER_S
        return cls(busy_s, _cpu_s(server), _cpu_s(os.getpid()))

    def __sub__(self, before: _CpuSeconds) -> _CpuSeconds:
        return _CpuSeconds(
            self.machine - before.machine, self.server - before.server, self.own - before.own
        )

    @property
    def others(self) -> float:
        """Processor seconds of all other processes."""
        return self.machine - self.server - self.own


def _cpu_s(process: int) -> float:
    after_name = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / TICKS_PER_S


def _resident_bytes(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text()
    kib = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    return int(kib) * 1024


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a row for each number of sessions."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("sessions", type=int, nargs="*", default=[1, 10, 50, 200])
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="entries of each session")
    chosen = parser.parse_args(arguments)
    print(
        "| sessions | p50, s | p95, s | entries | errors | CPU an entry, s | kB an entry "
        "| server's memory, MB | cores busy with other work |\n|" + "---:|" * 9
    )
    with running_app() as (address, server):
        for sessions in chosen.sessions:
            load = asyncio.run(load_of(sessions, address, server, chosen.rounds))
            print(
                f"| {sessions} | {load.quantile(0.5):.2f} | {load.quantile(0.95):.2f} "
                f"| {len(load.seconds)} | {len(load.errors)} | {load.cpu_s:.3f} "
                f"| {load.received_bytes / 1e3:.0f} | {load.resident_bytes / 1e6:.0f} "
                f"| {load.others_cores:.1f} of {os.cpu_count()} |",
                flush=True,
            )
            for error in sorted(set(load.errors))[:5]:
                print(f"  {error}")


if __name__ == "__main__":
    main()

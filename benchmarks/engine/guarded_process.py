"""A command that ends when the process that started it ends, for whatever reason."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from benchmarks.engine.hang_rules import GUARD_MARGIN_S, STOP_GRACE_S
from benchmarks.engine.orphan_guard import SIGNALLED

GUARD = Path(__file__).with_name("orphan_guard.py")


class GuardedProcess:
    """A command in its own process group, with a guard that survives a kill -9 of the owner.

    stdout and stderr are appended to ``log``. ``grace_s`` is the time between SIGTERM and
    SIGKILL in ``stop``. Use it as a context manager, or call ``stop``.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        grace_s: float = STOP_GRACE_S,
    ) -> None:
        self._grace_s = grace_s
        self._link, guards_end = socket.socketpair()
        arguments = [str(guards_end.fileno()), str(grace_s), *command]
        with guards_end, log.open("ab") as output:
            self._guard = subprocess.Popen(
                [sys.executable, "-I", str(GUARD), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(os.environ if environment is None else environment),
                pass_fds=[guards_end.fileno()],
                start_new_session=True,
            )
        with self._link.makefile("rb") as words:
            answer = words.readline()
        self.group: int | None = int(answer) if answer else None
        """The process group of the command; None if it could not be started."""

    def poll(self) -> int | None:
        """Exit status of the command, 128 + N if signal N ended it; None while it runs."""
        return self._guard.poll()

    def wait(self, timeout_s: float) -> int | None:
        """The same as ``poll``, after waiting for at most ``timeout_s`` seconds."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._guard.wait(timeout_s)
        return None

    def stop(self) -> None:
        """End the command and everything that it started, and return when all of it is gone."""
        self._link.close()
        if self.wait(self._grace_s + GUARD_MARGIN_S) is None:
            self._guard.kill()
        guard_was_killed = self._guard.wait() < 0
        if guard_was_killed and self.group is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.group, signal.SIGKILL)

    def __enter__(self) -> GuardedProcess:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def status_in_words(status: int) -> str:
    """``exit status 1`` or ``killed by SIGKILL``.

    >>> status_in_words(137)
    'killed by SIGKILL'
    """
    if status > SIGNALLED:
        with contextlib.suppress(ValueError):
            return f"killed by {signal.Signals(status - SIGNALLED).name}"
    return f"exit status {status}"

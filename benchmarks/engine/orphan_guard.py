"""Runs one command, and ends all of it when the process that asked for it ends.

    python -I orphan_guard.py SOCKET GRACE_S COMMAND...

``SOCKET`` is an inherited file descriptor; the asking process holds the other end. When that
process ends, by kill -9 too, the kernel closes its end. The guard then ends the command's
process group and every descendant that left the group. Only ``guarded_process`` starts it. It
uses the standard library alone, and needs Linux to adopt orphaned grandchildren.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import socket
import subprocess
import sys
from types import FrameType

POLL_S = 0.1
PR_SET_CHILD_SUBREAPER = 36  # <linux/prctl.h>
SIGNALLED = 128  # a shell's convention: 128 + the signal's number


def run(link: socket.socket, grace_s: float, command: list[str]) -> int:
    """Run ``command`` until it ends or ``link`` closes; return its status, 128 + N for signal N."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        leader = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    except OSError as error:
        print(f"{type(error).__name__}: {error}", flush=True)
        return 127
    try:
        link.sendall(f"{leader.pid}\n".encode())
        while leader.poll() is None and not _closed(link):
            pass
    except BrokenPipeError:
        pass
    finally:
        _end(leader, grace_s)
    status = leader.wait()
    return SIGNALLED - status if status < 0 else status


def _closed(link: socket.socket) -> bool:
    readable, _, _ = select.select([link], [], [], POLL_S)
    if not readable:
        return False
    with contextlib.suppress(ConnectionResetError):
        return link.recv(1) == b""
    return True


def _end(leader: subprocess.Popen[bytes], grace_s: float) -> None:
    # A stopped process acts on SIGTERM only after SIGCONT.
    for request in (signal.SIGTERM, signal.SIGCONT):
        _signal_group(leader.pid, request)
    with contextlib.suppress(subprocess.TimeoutExpired):
        leader.wait(grace_s)
    _signal_group(leader.pid, signal.SIGKILL)
    leader.wait()
    while _kill_adopted():
        pass


def _signal_group(group: int, request: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, request)


def _kill_adopted() -> bool:
    """Kill and reap an orphan that this process adopted; False if there is none."""
    with contextlib.suppress(FileNotFoundError), open("/proc/thread-self/children") as listing:
        for child in listing.read().split():
            os.kill(int(child), signal.SIGKILL)
    try:
        os.wait()
    except ChildProcessError:
        return False
    return True


def _exit_on_sigterm(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(SIGNALLED + signal.SIGTERM)


def main() -> None:
    signal.signal(signal.SIGTERM, _exit_on_sigterm)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    link = socket.socket(fileno=int(sys.argv[1]))
    sys.exit(run(link, float(sys.argv[2]), sys.argv[3:]))


if __name__ == "__main__":
    main()

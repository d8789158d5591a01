from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from paths import REPOSITORY

from benchmarks.engine.guarded_process import GuardedProcess, status_in_words

FAMILY = """
import os, subprocess, sys, time
same_group = subprocess.Popen(["sleep", "600"])
other_session = subprocess.Popen(["sleep", "600"], start_new_session=True)
print(os.getpid(), same_group.pid, other_session.pid, flush=True)
time.sleep(600)
"""

OWNER = f"""
import sys, time
from pathlib import Path
from benchmarks.engine.guarded_process import GuardedProcess
with GuardedProcess([sys.executable, "-c", {FAMILY!r}], log=Path(sys.argv[1]), grace_s=1):
    time.sleep(600)
"""


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def within(seconds: float, condition: object) -> bool:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def family(log: Path) -> list[int]:
    assert within(20, lambda: log.is_file() and log.read_text().endswith("\n"))
    return [int(word) for word in log.read_text().split()]


def test_stop_ends_the_group_and_what_left_the_group(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = GuardedProcess([sys.executable, "-c", FAMILY], log=log, grace_s=1)
    pids = family(log)
    assert process.group == pids[0]
    process.stop()
    assert [pid for pid in pids if is_running(pid)] == []


@pytest.mark.slow
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_whatever_ends_the_owner_ends_the_command(tmp_path: Path, ending: signal.Signals) -> None:
    log = tmp_path / "log"
    # A runner under nohup or in the background ignores SIGHUP or SIGINT; its children inherit that.
    hears_all = (
        "import signal\n[signal.signal(n, signal.SIG_DFL) for n in (1, 15)]\n"
        "signal.signal(2, signal.default_int_handler)\n"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", hears_all + OWNER, str(log)],
        cwd=REPOSITORY,
        stderr=subprocess.DEVNULL,
    )
    pids = family(log)
    owner.send_signal(ending)
    owner.wait()
    assert within(10, lambda: not any(is_running(pid) for pid in pids))


@pytest.mark.slow
def test_a_stopped_command_that_ignores_sigterm_is_ended_all_the_same(tmp_path: Path) -> None:
    log = tmp_path / "log"
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1); time.sleep(600)"
    process = GuardedProcess([sys.executable, "-u", "-c", deaf], log=log, grace_s=0.5)
    assert within(20, lambda: log.read_text() == "1\n")
    assert process.group is not None
    os.killpg(process.group, signal.SIGSTOP)
    process.stop()
    assert not is_running(process.group)


def test_killing_the_guard_as_well_leaves_nothing_after_stop(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = GuardedProcess(["sleep", "600"], log=log)
    assert process.group is not None
    os.kill(int(Path(f"/proc/{process.group}/stat").read_text().split()[3]), signal.SIGKILL)
    process.stop()
    assert within(5, lambda: not is_running(process.group or 0))


@pytest.mark.parametrize(
    ("command", "status", "words"),
    [
        (["true"], 0, "exit status 0"),
        (["sh", "-c", "exit 3"], 3, "exit status 3"),
        (["sh", "-c", "kill -9 $$"], 137, "killed by SIGKILL"),
    ],
)
def test_the_status_says_how_the_command_ended(
    tmp_path: Path, command: list[str], status: int, words: str
) -> None:
    with GuardedProcess(command, log=tmp_path / "log") as process:
        assert process.wait(20) == status
    assert status_in_words(status) == words


def test_a_command_that_does_not_exist_ends_at_once_and_says_so(tmp_path: Path) -> None:
    with GuardedProcess(["/nowhere/vllm", "serve"], log=tmp_path / "log") as process:
        assert process.wait(20) == 127
        assert process.group is None
    assert "/nowhere/vllm" in (tmp_path / "log").read_text()

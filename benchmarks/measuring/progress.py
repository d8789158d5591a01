"""The messages of a running calibration: a live display on a terminal, else plain lines."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Protocol, Self, TextIO

from rich.console import Console
from rich.live import Live
from rich.text import Text

from benchmarks.design.points import LoadPoint
from planner.records.calibration_record import RunPoint

MINUTE_S = 60.0


class Progress(Protocol):
    """Where the agent reports what it does."""

    def say(self, text: str) -> None:
        """Report something that stays visible: a result, a failure."""

    def doing(self, text: str, left_s: float | None) -> None:
        """Report what begins now, and the seconds until the end of the run; None if not known."""


class Lines:
    """One line for each message, without control characters."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr

    def say(self, text: str) -> None:
        print(_plain(text), file=self._stream, flush=True)

    def doing(self, text: str, left_s: float | None) -> None:
        self.say(f"{text}{_left(left_s)}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Nothing is open."""


class Display:
    """Results scroll by; the last line shows the current activity, its time, and the time left."""

    def __init__(self) -> None:
        self._doing = ""
        self._began = time.monotonic()
        self._left_s: float | None = None
        self._live = Live(get_renderable=self._line, console=Console(stderr=True), transient=True)

    def say(self, text: str) -> None:
        self._live.console.print(Text(_plain(text)))

    def doing(self, text: str, left_s: float | None) -> None:
        self._doing, self._left_s, self._began = _plain(text), left_s, time.monotonic()

    def _line(self) -> Text:
        passed_s = time.monotonic() - self._began
        left_s = None if self._left_s is None else max(0.0, self._left_s - passed_s)
        return Text(f"{self._doing} · {passed_s:.0f} s{_left(left_s)}")

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._live.stop()


def progress_for(stream: TextIO) -> Lines | Display:
    """A display if ``stream`` is a terminal, else lines."""
    return Display() if stream.isatty() else Lines(stream)


def load_line(analysis: str, point: LoadPoint | RunPoint) -> str:
    """Lengths in tokens and the concurrency, after the analysis if the point belongs to one."""
    tokens = f"{point.input_tokens:,} tokens in, {point.output_tokens:,} out"
    load = f"{tokens}, {point.concurrency} at once"
    return f"{analysis}: {load}" if analysis else load


def point_line(point: RunPoint) -> str:
    """One line with the result of a recorded point."""
    load = load_line(point.analysis, point)
    measured = point.measurement
    if measured is None or measured.output_tokens_per_s is None:
        return f"{load}: {point.status}, {point.reason}"
    flagged = f" ({point.reason})" if point.reason else ""
    return f"{load}: {measured.output_tokens_per_s:,.1f} output tokens/s{flagged}"


def point_count(points: int) -> str:
    """``1 point``, ``2 points``."""
    return "1 point" if points == 1 else f"{points} points"


def _left(left_s: float | None) -> str:
    return "" if left_s is None else f", about {max(1.0, left_s / MINUTE_S):.0f} min left"


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)

"""What a calibration says while it runs: a live display on a terminal, plain lines elsewhere."""

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
    """Where the agent tells what it does."""

    def say(self, text: str) -> None:
        """Something to keep: a result, a failure."""

    def doing(self, text: str, left_s: float | None) -> None:
        """What begins now, and the time until the end of the run as far as it is known."""


class Lines:
    """One line each, without anything that steers a terminal."""

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
    """Results scroll by, the last line is what happens now, with its clock and the time left."""

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
    """The display where ``stream`` is a terminal, else lines."""
    return Display() if stream.isatty() else Lines(stream)


def load_in_words(analysis: str, point: LoadPoint | RunPoint) -> str:
    """Lengths in tokens, and the requests in flight; the analysis first, if it is part of one."""
    load = f"{point.input_tokens:,} in, {point.output_tokens:,} out, {point.concurrency} at once"
    return f"{analysis}: {load}" if analysis else load


def in_words(point: RunPoint) -> str:
    """A recorded point on one line."""
    load = load_in_words(point.analysis, point)
    measured = point.measurement
    if measured is None or measured.output_tokens_per_s is None:
        return f"{load}: {point.status}, {point.reason}"
    flagged = f" ({point.reason})" if point.reason else ""
    return f"{load}: {measured.output_tokens_per_s:,.1f} output tokens/s{flagged}"


def _left(left_s: float | None) -> str:
    return "" if left_s is None else f", about {max(1.0, left_s / MINUTE_S):.0f} min left"


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)

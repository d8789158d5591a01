"""The limits of a calibration: points, time, and the interval that is narrow enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Stopped = Literal["design complete", "time", "limit reached", "interrupted"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on successful ``points`` and on the seconds of this session; None is no limit.

    A design is complete if half its 90 % interval is at most ``target_interval``.
    """

    points: int | None
    max_s: float | None
    target_interval: float

    def reached(self, measured: int, passed_s: float, expected_s: float) -> Stopped | None:
        """Why a point that is expected to take ``expected_s`` is not begun; None if it is."""
        if self.points is not None and measured >= self.points:
            return "limit reached"
        if self.max_s is not None and passed_s + expected_s > self.max_s:
            return "time"
        return None

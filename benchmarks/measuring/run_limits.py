"""When a calibration has to stop although more could be measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Stopped = Literal["design complete", "time", "limit reached", "interrupted"]


@dataclass(frozen=True, slots=True)
class Limits:
    """``points`` that were measured well, seconds in this session; both None without limit.

    ``target_interval`` is half the 90 % interval at which a design is complete.
    """

    points: int | None
    max_s: float | None
    target_interval: float

    def reached(self, measured: int, passed_s: float, expected_s: float) -> Stopped | None:
        """Why no further point is begun, if it is expected to take ``expected_s``."""
        if self.points is not None and measured >= self.points:
            return "limit reached"
        if self.max_s is not None and passed_s + expected_s > self.max_s:
            return "time"
        return None

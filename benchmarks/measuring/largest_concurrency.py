"""The largest concurrency that works, for each sweep of a run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from planner.records.calibration_record import RunPoint


def largest_concurrency(points: Iterable[RunPoint]) -> dict[str, dict[str, Any]]:
    """By analysis and lengths: the largest concurrency that ``works``, and the result ``beyond``.

    Points that the design chose are left out, as they are not a sweep.
    """
    sweeps: dict[str, list[RunPoint]] = {}
    for point in points:
        if point.analysis:
            lengths = f"{point.input_tokens}x{point.output_tokens}"
            sweeps.setdefault(f"{point.analysis}/{lengths}", []).append(point)
    return {name: _largest(sweep) for name, sweep in sweeps.items() if len(sweep) > 1}


def _largest(sweep: list[RunPoint]) -> dict[str, Any]:
    works = max((p.concurrency for p in sweep if p.status == "ok"), default=None)
    failed = [p for p in sweep if p.status == "failed" and p.concurrency > (works or 0)]
    first = min(failed, key=lambda p: p.concurrency, default=None)
    beyond = "more were not tried" if first is None else f"{first.concurrency}: {first.reason}"
    return {"works": works, "beyond": beyond}
